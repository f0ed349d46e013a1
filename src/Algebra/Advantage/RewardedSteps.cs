namespace RlCore.Algebra;

/// <summary>The steps of a completion with their rewards.</summary>
/// <param name="Ends">The number of actions of the completion up to the end of each step: increasing, at least 1.</param>
/// <param name="Rewards">The reward of each step.</param>
public sealed record RewardedSteps(int[] Ends, double[] Rewards)
{
    /// <inheritdoc/>
    public bool Equals(RewardedSteps? other) =>
        other is not null && Ends.AsSpan().SequenceEqual(other.Ends) && Rewards.AsSpan().SequenceEqual(other.Rewards);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Ends.Length, Rewards.Length > 0 ? Rewards[0] : 0);
}
