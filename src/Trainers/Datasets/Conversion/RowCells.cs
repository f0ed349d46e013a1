namespace RlCore.Trainers.Datasets;

/// <summary>What a line becomes: the text of each role.</summary>
internal sealed class RowCells() : Dictionary<string, string>(StringComparer.Ordinal)
{
    /// <summary>The role of the prompt.</summary>
    public const string Prompt = "prompt";

    /// <summary>The prompt as turns; empty where it is no conversation.</summary>
    public IReadOnlyList<Turn> Turns { get; init; } = [];

    /// <summary>Whether the prompt is a dialogue as text, of which each turn begins with white space.</summary>
    public bool IsDialogue { get; init; }

    /// <summary>The cells of a conversation that a completion ends.</summary>
    /// <param name="prompt">The turns before it.</param>
    public static RowCells Of(IReadOnlyList<Turn> prompt) => new() { Turns = prompt, [Prompt] = Turn.Prompt(prompt) };

    /// <summary>The same cells and one more.</summary>
    /// <param name="role">Its role.</param>
    /// <param name="text">Its text.</param>
    public RowCells With(string role, string text)
    {
        this[role] = text;
        return this;
    }
}
