namespace RlCore.Algebra;

/// <summary>Mean and variance of a stream, batch by batch: immutable, an update gives a new value.</summary>
/// <param name="Mean">Mean so far.</param>
/// <param name="Variance">Population variance so far.</param>
/// <param name="Count">How many so far.</param>
public readonly record struct RunningMoments(double Mean, double Variance, double Count)
{
    /// <summary>The initial state. The tiny count lets the first batch dominate completely.</summary>
    public static RunningMoments Empty => new(0, 1, 1e-24);

    /// <summary>The same as moments of numbers that are all there.</summary>
    public Moments Moments => new((int)Math.Round(Count), Mean, Variance * Count);

    /// <summary>The moments with another batch. Source: Chan et al. 1979, the pairwise update.</summary>
    /// <param name="values">The batch.</param>
    public RunningMoments Update(ReadOnlySpan<double> values)
    {
        Moments batch = Algebra.Moments.Of(values);
        double total = Count + batch.Count;
        double difference = batch.Mean - Mean;
        double squares = (Variance * Count) + (difference * difference * Count * batch.Count / total) + batch.SquaredDeviations;
        return new(Mean + (difference * batch.Count / total), squares / total, total);
    }
}
