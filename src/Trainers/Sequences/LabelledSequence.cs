namespace RlCore.Trainers.Sequences;

/// <summary>A completion labelled good or bad.</summary>
/// <param name="Sequence">Prompt and completion.</param>
/// <param name="Desirable">Whether it is good.</param>
public sealed record LabelledSequence(TokenSequence Sequence, bool Desirable);
