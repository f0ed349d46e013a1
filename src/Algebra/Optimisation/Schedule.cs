namespace RlCore.Algebra;

/// <summary>
/// A learning-rate schedule: the factor of the base rate at a step, counted from 0. With a warm-up of n steps the factor
/// rises linearly from <see cref="WarmupStart"/> at step 0 to 1 at step n.
/// </summary>
/// <param name="WarmupSteps">Steps of linear warm-up.</param>
public abstract record Schedule(int WarmupSteps)
{
    /// <summary>Factor at step 0, when there is a warm-up.</summary>
    public double WarmupStart { get; init; }

    /// <summary>The factor at a step.</summary>
    /// <param name="step">Step, from 0.</param>
    public double Factor(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return step < WarmupSteps ? WarmupStart + ((1 - WarmupStart) * step / WarmupSteps) : AfterWarmup(step);
    }

    /// <summary>The factor once the warm-up is over.</summary>
    /// <param name="step">Step, from 0, at least the warm-up.</param>
    protected abstract double AfterWarmup(int step);

    // Share of the way from the end of the warm-up to the last step; past 1 after it.
    private double Progress(int step, int totalSteps) => (double)(step - WarmupSteps) / Math.Max(1, totalSteps - WarmupSteps);

    private static double HalfCosine(double turns) => 0.5 * (1 + Math.Cos(Math.PI * turns));

    /// <summary>1 after the warm-up.</summary>
    public sealed record Constant(int WarmupSteps = 0) : Schedule(WarmupSteps)
    {
        /// <inheritdoc/>
        protected override double AfterWarmup(int step) => 1;
    }

    /// <summary>Falls linearly to 0 at the last step.</summary>
    public sealed record Linear(int WarmupSteps, int TotalSteps) : Schedule(WarmupSteps)
    {
        /// <inheritdoc/>
        protected override double AfterWarmup(int step) => Math.Max(0, 1 - Progress(step, TotalSteps));
    }

    /// <summary>
    /// ½(1 + cos(2π·cycles·progress)), between a least factor and 1. Half a cycle falls to the least factor at the last
    /// step; past it the cosine rises again.
    /// </summary>
    public sealed record Cosine(int WarmupSteps, int TotalSteps, double Cycles = 0.5, double LeastFactor = 0) : Schedule(WarmupSteps)
    {
        /// <inheritdoc/>
        protected override double AfterWarmup(int step) =>
            (HalfCosine(2 * Cycles * Progress(step, TotalSteps)) * (1 - LeastFactor)) + LeastFactor;
    }

    /// <summary>Half a cosine after half a cosine, each from 1 to 0; 0 after the last step.</summary>
    public sealed record CosineWithRestarts(int WarmupSteps, int TotalSteps, int Restarts) : Schedule(WarmupSteps)
    {
        /// <inheritdoc/>
        protected override double AfterWarmup(int step)
        {
            double progress = Progress(step, TotalSteps);
            return progress >= 1 ? 0 : HalfCosine(Restarts * progress % 1);
        }
    }

    /// <summary>Falls as 1/√step. Without a warm-up, as if it had been of 10,000 steps.</summary>
    public sealed record InverseSqrt(int WarmupSteps) : Schedule(WarmupSteps)
    {
        private const int DefaultTimescale = 10_000;

        /// <inheritdoc/>
        protected override double AfterWarmup(int step)
        {
            int timescale = WarmupSteps == 0 ? DefaultTimescale : WarmupSteps;
            return 1 / Math.Sqrt((step + timescale - WarmupSteps) / (double)timescale);
        }
    }

    /// <summary>Falls as (1 − progress)^power to a least factor.</summary>
    public sealed record Polynomial(int WarmupSteps, int TotalSteps, double Power, double LeastFactor) : Schedule(WarmupSteps)
    {
        /// <inheritdoc/>
        protected override double AfterWarmup(int step) => step > TotalSteps
            ? LeastFactor
            : ((1 - LeastFactor) * Math.Pow(1 - Progress(step, TotalSteps), Power)) + LeastFactor;
    }

    /// <summary>Warm-up, a plateau at 1, a decay to the least factor, and the least factor for ever. The warm-up starts there too.</summary>
    public sealed record WarmupStableDecay(int WarmupSteps, int StableSteps, int DecaySteps, DecayShape Shape = DecayShape.Cosine, double LeastFactor = 0, double Cycles = 0.5)
        : Schedule(WarmupSteps)
    {
        /// <inheritdoc/>
        protected override double AfterWarmup(int step)
        {
            int into = step - WarmupSteps - StableSteps;
            if (into < 0)
            {
                return 1;
            }

            if (into >= DecaySteps)
            {
                return LeastFactor;
            }

            double progress = (double)into / DecaySteps;
            double factor = Shape switch
            {
                DecayShape.Linear => 1 - progress,
                DecayShape.InverseSquareRoot => 1 - Math.Sqrt(progress),
                _ => HalfCosine(2 * Cycles * progress),
            };
            return (factor * (1 - LeastFactor)) + LeastFactor;
        }
    }
}

/// <summary>The shape of a final decay.</summary>
public enum DecayShape
{
    /// <summary>Half a cosine.</summary>
    Cosine,

    /// <summary>A straight line.</summary>
    Linear,

    /// <summary>1 − √progress.</summary>
    InverseSquareRoot,
}
