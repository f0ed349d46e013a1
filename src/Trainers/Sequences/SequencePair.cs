namespace RlCore.Trainers.Sequences;

/// <summary>Two completions of one prompt, the first preferred.</summary>
/// <param name="Chosen">The better one.</param>
/// <param name="Rejected">The worse one.</param>
public sealed record SequencePair(TokenSequence Chosen, TokenSequence Rejected);
