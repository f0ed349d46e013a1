namespace RlCore.Trainers.Sequences;

/// <summary>A completion that is good or bad by itself.</summary>
/// <param name="Sequence">Prompt and completion.</param>
/// <param name="Desirable">Whether it is good.</param>
public sealed record LabelledSequence(TokenSequence Sequence, bool Desirable);
