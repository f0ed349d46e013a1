namespace RlCore.Algebra;

/// <summary>
/// Which divergence regularises the policy: the score of a completion is f′(π/π_ref), less constants that cancel in a
/// pair. Source: Wang et al. 2024, table 2.
/// </summary>
public abstract record FDivergence
{
    private FDivergence() => WithinAttribute.Check(this);

    /// <summary>The score of a log-ratio d = ℓ − ℓ_ref.</summary>
    /// <param name="logRatio">d.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public abstract T Score<T>(T logRatio)
        where T : struct, IAlgebra<T>;

    /// <summary>KL(π‖π_ref): d. Plain DPO.</summary>
    public sealed record ReverseKl : FDivergence
    {
        /// <inheritdoc/>
        public override T Score<T>(T logRatio) => logRatio;
    }

    /// <summary>KL(π_ref‖π): −e^(−d).</summary>
    public sealed record ForwardKl : FDivergence
    {
        /// <inheritdoc/>
        public override T Score<T>(T logRatio) => -T.Exp(-logRatio);
    }

    /// <summary>Jensen–Shannon: log σ(d).</summary>
    public sealed record JensenShannon : FDivergence
    {
        /// <inheritdoc/>
        public override T Score<T>(T logRatio) => T.LogSigmoid(logRatio);
    }

    /// <summary>α-divergence: e^((α − 1)d)/(α − 1), the exponent capped; α → 1 is the reverse KL.</summary>
    /// <param name="DivergenceOrder">α, the order of the divergence.</param>
    /// <param name="ExponentCap">Greatest exponent, past which the gradient is zero.</param>
    public sealed record Alpha(
        [Within(0, LowOpen = true)] double DivergenceOrder = 0.5,
        [Within(0, LowOpen = true)] double ExponentCap = 80) : FDivergence
    {
        /// <inheritdoc/>
        public override T Score<T>(T logRatio)
        {
            double slope = DivergenceOrder - 1;
            return Math.Abs(slope) < 1e-6
                ? logRatio
                : T.Scale(T.Exp(T.Clamp(T.Scale(logRatio, slope), double.NegativeInfinity, ExponentCap)), 1 / slope);
        }
    }
}
