namespace RlCore.Trainers.Models;

/// <summary>
/// How rotary angles are changed for sequences that are longer than those of pretraining. θᵢ = base^(−2i/size) is the angle by which pair
/// i turns from one position to the next; λᵢ = 2π/θᵢ is its wavelength in tokens.
/// </summary>
public abstract record RotaryScaling
{
    private RotaryScaling()
    {
    }

    /// <summary>The angle by which each pair turns from one position to the next, in radians.</summary>
    /// <param name="size">Width of a head.</param>
    /// <param name="theta">Base of the angles.</param>
    /// <returns>size / 2 angles.</returns>
    public double[] Angles(int size, double theta)
    {
        var angles = new double[size / 2];
        for (int i = 0; i < angles.Length; i++)
        {
            angles[i] = Change(Math.Pow(theta, -2.0 * i / size), i, size, theta);
        }

        return angles;
    }

    /// <summary>What queries and keys are multiplied by.</summary>
    /// <value>1.</value>
    public virtual double Magnitude => 1;

    private protected abstract double Change(double angle, int pair, int size, double theta);

    /// <summary>As in pretraining.</summary>
    public sealed record None : RotaryScaling
    {
        private protected override double Change(double angle, int pair, int size, double theta) => angle;
    }

    /// <summary>θᵢ / factor: positions are interpolated. Source: Chen et al. 2023, arXiv:2306.15595.</summary>
    /// <param name="RotaryFactor">By how much the context is extended.</param>
    public sealed record Linear(double RotaryFactor = 1) : RotaryScaling
    {
        private protected override double Change(double angle, int pair, int size, double theta) => angle / RotaryFactor;
    }

    /// <summary>
    /// Long wavelengths are interpolated, short ones are kept, those between are mixed: with s = (L/λᵢ − low)/(high − low) clamped to
    /// [0, 1], the angle is ((1 − s)/factor + s)·θᵢ. Source: Llama 3.1's model code.
    /// </summary>
    /// <param name="RotaryFactor">By how much the context is extended.</param>
    /// <param name="LowFrequencyFactor">L/λ up to which a wavelength is interpolated.</param>
    /// <param name="HighFrequencyFactor">L/λ from which a wavelength is kept.</param>
    /// <param name="OriginalContext">L, the context of pretraining.</param>
    public sealed record Llama3(
        double RotaryFactor = 8,
        double LowFrequencyFactor = 1,
        double HighFrequencyFactor = 4,
        int OriginalContext = 8192) : RotaryScaling
    {
        private protected override double Change(double angle, int pair, int size, double theta)
        {
            double turns = OriginalContext * angle / (2 * Math.PI);
            double kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
            return (((1 - kept) / RotaryFactor) + kept) * angle;
        }
    }

    /// <summary>
    /// Pairs that turn more than betaFast times within the original context are kept, those that turn less than betaSlow times are
    /// interpolated, those between are mixed linearly in the index of the pair; queries and keys are multiplied by attentionFactor.
    /// Source: Peng et al. 2023, "YaRN", arXiv:2309.00071, as transformers implements it.
    /// </summary>
    /// <param name="RotaryFactor">By how much the context is extended.</param>
    /// <param name="OriginalContext">The context of pretraining.</param>
    /// <param name="BetaFast">Turns from which a pair is kept.</param>
    /// <param name="BetaSlow">Turns up to which a pair is interpolated.</param>
    /// <param name="AttentionFactor">What queries and keys are multiplied by; 0 means 0.1·ln(factor) + 1.</param>
    public sealed record Yarn(
        double RotaryFactor = 4,
        int OriginalContext = 32_768,
        double BetaFast = 32,
        double BetaSlow = 1,
        double AttentionFactor = 0) : RotaryScaling
    {
        /// <inheritdoc/>
        public override double Magnitude =>
            AttentionFactor > 0 ? AttentionFactor : RotaryFactor > 1 ? (0.1 * Math.Log(RotaryFactor)) + 1 : 1;

        private protected override double Change(double angle, int pair, int size, double theta)
        {
            double low = Math.Max(Math.Floor(PairOf(BetaFast, size, theta)), 0);
            double high = Math.Min(Math.Ceiling(PairOf(BetaSlow, size, theta)), size - 1);
            double interpolated = Math.Clamp((pair - low) / (high == low ? 0.001 : high - low), 0, 1);
            return ((interpolated / RotaryFactor) + 1 - interpolated) * angle;
        }

        // The (fractional) pair that turns this many times within the original context.
        private double PairOf(double turns, int size, double theta) =>
            size * Math.Log(OriginalContext / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }
}
