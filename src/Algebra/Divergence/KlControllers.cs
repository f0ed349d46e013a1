namespace RlCore.Algebra;

/// <summary>How the KL coefficient changes between steps: a pure function of the state.</summary>
public abstract record KlController
{
    private KlController()
    {
    }

    /// <summary>The current coefficient.</summary>
    public abstract double Coefficient { get; init; }

    /// <summary>The controller after a step.</summary>
    /// <param name="measuredKl">KL to the reference measured in the step, in nats.</param>
    /// <param name="samples">Number of samples (episodes) of the step.</param>
    public abstract KlController Update(double measuredKl, int samples);

    /// <summary>A constant coefficient.</summary>
    public sealed record Fixed(double Coefficient) : KlController
    {
        /// <inheritdoc/>
        public override double Coefficient { get; init; } = Coefficient;

        /// <inheritdoc/>
        public override KlController Update(double measuredKl, int samples) => this;
    }

    /// <summary>
    /// Adapts the coefficient to keep the KL near a target: coefficient · (1 + clip(kl/target − 1, ±0.2) · samples/horizon).
    /// Source: Ziegler et al.
    /// 2019, sec. 2.2.
    /// </summary>
    /// <param name="Coefficient">The current coefficient.</param>
    /// <param name="Target">Target KL, in nats.</param>
    /// <param name="Horizon">Samples over which the error is corrected.</param>
    public sealed record Adaptive(double Coefficient, double Target, double Horizon) : KlController
    {
        private const double ErrorLimit = 0.2;

        /// <inheritdoc/>
        public override double Coefficient { get; init; } = Coefficient;

        /// <inheritdoc/>
        public override KlController Update(double measuredKl, int samples)
        {
            double error = Math.Clamp((measuredKl / Target) - 1, -ErrorLimit, ErrorLimit);
            return this with { Coefficient = Coefficient * (1 + (error * samples / Horizon)) };
        }
    }

    /// <summary>Whether an epoch should stop: the KL to the behaviour policy has passed 1.5 times its target.</summary>
    /// <param name="measuredKl">KL to the behaviour policy, in nats.</param>
    /// <param name="target">Target KL, in nats.</param>
    public static bool ShouldStopEpoch(double measuredKl, double target) => measuredKl > 1.5 * target;
}
