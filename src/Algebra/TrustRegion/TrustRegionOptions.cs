namespace RlCore.Algebra;

/// <summary>
/// The trust region of TRPO (Schulman et al. 2015, eq. 14 and app. C): the mean KL(π_old‖π) over whole next-token distributions is at
/// most <see cref="MaxKl"/>, and the step is shortened until that holds and the surrogate improves.
/// </summary>
public sealed record TrustRegionOptions
{
    /// <summary>
    /// δ: the greatest mean KL(π_old‖π) of an update, in nats per token, over the whole next-token distributions at the rollout's tokens.
    /// </summary>
    /// <value>0.01.</value>
    [Within(0, LowOpen = true)]
    public double MaxKl { get; init; } = 0.01;

    /// <summary>How often a step is shortened before none is taken.</summary>
    /// <value>10.</value>
    [Within(0)]
    public int Backtracks { get; init; } = 10;

    /// <summary>What a step that is too long, or does not improve the surrogate, is multiplied by.</summary>
    /// <value>0.5.</value>
    [Within(0, 1, LowOpen = true, HighOpen = true)]
    public double Shrink { get; init; } = 0.5;
}
