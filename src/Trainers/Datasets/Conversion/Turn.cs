namespace RlCore.Trainers.Datasets;

/// <summary>What one speaker says in a conversation.</summary>
/// <param name="Role">user, assistant, system, or another.</param>
/// <param name="Content">The text.</param>
internal sealed record Turn(string Role, string Content)
{
    /// <summary>Whose turns are completions.</summary>
    public const string Assistant = "assistant";

    /// <summary>The role that a name stands for: ShareGPT's human and gpt are user and assistant.</summary>
    public static string RoleOf(string name) => name switch
    {
        "human" => "user",
        "gpt" or "bot" or "model" => Assistant,
        _ => name,
    };

    /// <summary>The prompt that some turns make: each as <c>role: content</c> on a line of its own, then <c>assistant: </c>.</summary>
    public static string Prompt(IEnumerable<Turn> turns) => string.Concat(turns.Select(turn => $"{turn.Role}: {turn.Content}\n")) + $"{Assistant}: ";
}
