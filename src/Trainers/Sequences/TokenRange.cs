namespace RlCore.Trainers.Sequences;

/// <summary>Tokens next to each other in a sequence.</summary>
/// <param name="Start">Index of the first.</param>
/// <param name="End">The index after the last.</param>
public readonly record struct TokenRange(int Start, int End)
{
    /// <summary>How many tokens.</summary>
    public int Length => End - Start;
}
