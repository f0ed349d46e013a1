namespace RlCore.Trainers.Datasets;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">user, assistant, system, or another.</param>
/// <param name="Content">The text.</param>
internal sealed record Turn(string Role, string Content)
{
    /// <summary>The role whose turns are completions.</summary>
    public const string Assistant = "assistant";

    /// <summary>The role for a speaker's name: ShareGPT's human and gpt are user and assistant.</summary>
    public static string RoleOf(string name) => name switch
    {
        "human" => "user",
        "gpt" or "bot" or "model" => Assistant,
        _ => name,
    };

    /// <summary>The prompt made of some turns: each as <c>role: content</c> on its own line, then <c>assistant: </c>.</summary>
    public static string Prompt(IEnumerable<Turn> turns) =>
        string.Concat(turns.Select(turn => $"{turn.Role}: {turn.Content}\n")) + $"{Assistant}: ";
}
