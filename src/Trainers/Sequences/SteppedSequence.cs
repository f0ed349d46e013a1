namespace RlCore.Trainers.Sequences;

/// <summary>A completion whose steps are labelled.</summary>
/// <param name="Sequence">Prompt and completion.</param>
/// <param name="Ends">The number of tokens of the completion up to the end of each step, increasing.</param>
/// <param name="Labels">How good each step is, from 0 to 1.</param>
public sealed record SteppedSequence(TokenSequence Sequence, IReadOnlyList<int> Ends, IReadOnlyList<double> Labels)
{
    /// <inheritdoc/>
    public bool Equals(SteppedSequence? other) =>
        other is not null && Sequence.Equals(other.Sequence) && Ends.SequenceEqual(other.Ends) && Labels.SequenceEqual(other.Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Sequence, Ends.Count);
}
