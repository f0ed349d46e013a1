namespace RlCore.Algebra;

/// <summary>A range of values.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Whether a value lies in it, ends included.</summary>
    /// <param name="value">The value.</param>
    public bool Contains(double value) => Low <= value && value <= High;
}

/// <summary>Confidence intervals of accuracies.</summary>
public static class Proportions
{
    /// <summary>The 0.975 quantile of the standard normal: intervals of 95 %.</summary>
    public const double Z95 = 1.959963984540054;

    /// <summary>
    /// Wilson's score interval of a proportion p̂ = successes/trials: every p with |p̂ − p| ≤ z·√(p(1 − p)/trials). Unlike
    /// p̂ ± z·√(p̂(1 − p̂)/trials) it stays in [0, 1] and has a width at 0 and 1. Source: Wilson 1927.
    /// </summary>
    /// <param name="successes">From 0 to <paramref name="trials"/>; an effective number need not be whole.</param>
    /// <param name="trials">Positive.</param>
    /// <param name="z">Quantile of the standard normal, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is not in its range.</exception>
    public static Interval Wilson(double successes, double trials, double z = Z95)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trials);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(z);
        double p = successes / trials;
        double square = z * z / trials;
        double centre = p + (square / 2);
        double half = Math.Sqrt(square * ((p * (1 - p)) + (square / 4)));

        // At p = 0 and 1 the end is the proportion itself: at 0 exactly, as the root of a square is, and at 1 but for rounding.
        return new Interval((centre - half) / (1 + square), p == 1 ? 1 : (centre + half) / (1 + square));
    }

    /// <summary>
    /// The interval of the mean over prompts of a quantity in [0, 1], where each prompt is a cluster of samples that are not independent
    /// of each other: Wilson's at the effective number of trials n_eff = n·m(1 − m)/s², n the prompts, m their mean, s² their
    /// variance (divisor n). Prompts of 0 and 1 have s² = m(1 − m), and so Wilson's own interval; samples that carry more information than
    /// one per prompt make n_eff larger, up to n·samples. Source: Korn and Graubard 1998 for the effective size; Miller 2024,
    /// "Adding error bars to evals", for prompts as clusters.
    /// </summary>
    /// <param name="means">One per prompt, in [0, 1].</param>
    /// <param name="samples">Samples per prompt, at least 1.</param>
    /// <param name="z">Quantile of the standard normal, positive.</param>
    /// <exception cref="ArgumentException">There is no prompt.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A mean lies outside of [0, 1], or another argument is not in its range.</exception>
    public static Interval Clustered(ReadOnlySpan<double> means, int samples, double z = Z95)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        if (means.IsEmpty)
        {
            throw new ArgumentException("A mean needs at least one prompt.", nameof(means));
        }

        foreach (double mean in means)
        {
            if (!(mean is >= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(means), mean, "A mean must lie in [0, 1].");
            }
        }

        Moments moments = Moments.Of(means);
        double n = means.Length;
        double most = moments.Mean * (1 - moments.Mean);
        double variance = moments.SquaredDeviations / n;
        double effective = !(most > 0) ? n : Math.Clamp(n * most / variance, n, n * samples);
        return Wilson(Math.Min(moments.Mean, 1) * effective, effective, z);
    }
}
