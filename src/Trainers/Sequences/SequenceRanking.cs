namespace RlCore.Trainers.Sequences;

/// <summary>Completions of one prompt from the best to the worst; two of them are a pair.</summary>
/// <param name="Completions">At least two, the best first.</param>
public sealed record SequenceRanking(IReadOnlyList<TokenSequence> Completions)
{
    /// <summary>By how much the first of a pair is better, in units of reward; 0 if unknown.</summary>
    /// <value>0.</value>
    public double Margin { get; init; }

    /// <inheritdoc/>
    public bool Equals(SequenceRanking? other) =>
        other is not null && Margin == other.Margin && Completions.SequenceEqual(other.Completions);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Completions.Count, Margin);
}
