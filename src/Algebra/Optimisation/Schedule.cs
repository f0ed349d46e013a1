namespace RlCore.Algebra;

/// <summary>
/// A learning-rate schedule: the factor of the base rate at a step, counted from 0. With a warm-up of n steps the factor
/// rises linearly from <see cref="WarmupStart"/> at step 0 to 1 at step n.
/// </summary>
public abstract record Schedule
{
    private Schedule(int warmupSteps)
    {
        WarmupSteps = warmupSteps;
        WithinAttribute.Check(this);
    }

    /// <summary>Steps of linear warm-up.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>Factor at step 0, when there is a warm-up.</summary>
    public double WarmupStart { get; init; }

    /// <summary>The factor at a step.</summary>
    /// <param name="step">Step, from 0.</param>
    /// <param name="totalSteps">Steps of the run, warm-up included.</param>
    public double Factor(int step, int totalSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(totalSteps);
        return step < WarmupSteps ? WarmupStart + ((1 - WarmupStart) * step / WarmupSteps) : AfterWarmup(step, totalSteps);
    }

    private protected abstract double AfterWarmup(int step, int totalSteps);

    // Share of the way from the end of the warm-up to the last step; past 1 after it.
    private double Progress(int step, int totalSteps) => (double)(step - WarmupSteps) / Math.Max(1, totalSteps - WarmupSteps);

    private static double HalfCosine(double turns) => 0.5 * (1 + Math.Cos(Math.PI * turns));

    /// <summary>1 after the warm-up.</summary>
    /// <param name="WarmupSteps">Steps of linear warm-up.</param>
    public sealed record Constant([Within(0)] int WarmupSteps = 0) : Schedule(WarmupSteps)
    {
        private protected override double AfterWarmup(int step, int totalSteps) => 1;
    }

    /// <summary>Falls linearly to 0 at the last step.</summary>
    /// <param name="WarmupSteps">Steps of linear warm-up.</param>
    public sealed record Linear([Within(0)] int WarmupSteps = 0) : Schedule(WarmupSteps)
    {
        private protected override double AfterWarmup(int step, int totalSteps) => Math.Max(0, 1 - Progress(step, totalSteps));
    }

    /// <summary>
    /// ½(1 + cos(2π·cycles·progress)), between a minimum factor and 1. Half a cycle falls to the minimum at the last
    /// step; past it the cosine rises again.
    /// </summary>
    /// <param name="WarmupSteps">Steps of linear warm-up.</param>
    /// <param name="Cycles">Cycles of the cosine over the run.</param>
    /// <param name="LeastFactor">The factor where the cosine is lowest.</param>
    public sealed record Cosine(
        [Within(0)] int WarmupSteps = 0,
        [Within(0, LowOpen = true)] double Cycles = 0.5,
        [Within(0, 1)] double LeastFactor = 0) : Schedule(WarmupSteps)
    {
        private protected override double AfterWarmup(int step, int totalSteps) =>
            (HalfCosine(2 * Cycles * Progress(step, totalSteps)) * (1 - LeastFactor)) + LeastFactor;
    }

    /// <summary>Half a cosine after half a cosine, each from 1 to 0; 0 after the last step.</summary>
    /// <param name="WarmupSteps">Steps of linear warm-up.</param>
    /// <param name="Restarts">Number of half cosines.</param>
    public sealed record CosineWithRestarts([Within(0)] int WarmupSteps = 0, [Within(1)] int Restarts = 1) : Schedule(WarmupSteps)
    {
        private protected override double AfterWarmup(int step, int totalSteps)
        {
            double progress = Progress(step, totalSteps);
            return progress >= 1 ? 0 : HalfCosine(Restarts * progress % 1);
        }
    }

    /// <summary>Falls as 1/√step. Without a warm-up, as if it had been of 10,000 steps.</summary>
    /// <param name="WarmupSteps">Steps of linear warm-up.</param>
    public sealed record InverseSqrt([Within(0)] int WarmupSteps = 0) : Schedule(WarmupSteps)
    {
        private const int DefaultTimescale = 10_000;

        private protected override double AfterWarmup(int step, int totalSteps)
        {
            int timescale = WarmupSteps == 0 ? DefaultTimescale : WarmupSteps;
            return 1 / Math.Sqrt((step + timescale - WarmupSteps) / (double)timescale);
        }
    }

    /// <summary>Falls as (1 − progress)^power to a least factor.</summary>
    /// <param name="WarmupSteps">Steps of linear warm-up.</param>
    /// <param name="Power">The power; 1 is linear.</param>
    /// <param name="LeastFactor">The factor of the last step and after it.</param>
    public sealed record Polynomial(
        [Within(0)] int WarmupSteps = 0,
        [Within(0, LowOpen = true)] double Power = 1,
        [Within(0, 1)] double LeastFactor = 0) : Schedule(WarmupSteps)
    {
        private protected override double AfterWarmup(int step, int totalSteps) => step > totalSteps
            ? LeastFactor
            : ((1 - LeastFactor) * Math.Pow(1 - Progress(step, totalSteps), Power)) + LeastFactor;
    }

    /// <summary>
    /// Warm-up, a plateau at 1, a decay to the minimum factor, and then the minimum factor. Its lengths are part of the schedule:
    /// the steps of the run are ignored.
    /// </summary>
    /// <param name="WarmupSteps">Steps of linear warm-up.</param>
    /// <param name="StableSteps">Steps of the plateau.</param>
    /// <param name="DecaySteps">Steps of the decay.</param>
    /// <param name="Shape">The shape of the decay.</param>
    /// <param name="LeastFactor">The factor after the decay.</param>
    /// <param name="Cycles">Cycles of a cosine decay.</param>
    public sealed record WarmupStableDecay(
        [Within(0)] int WarmupSteps = 0,
        [Within(0)] int StableSteps = 0,
        [Within(1)] int DecaySteps = 1,
        DecayShape Shape = DecayShape.Cosine,
        [Within(0, 1)] double LeastFactor = 0,
        [Within(0, LowOpen = true)] double Cycles = 0.5) : Schedule(WarmupSteps)
    {
        private protected override double AfterWarmup(int step, int totalSteps)
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
