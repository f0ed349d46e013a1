namespace RlCore.Algebra;

/// <summary>
/// AOT: the i-th smallest of one sample is compared with the i-th smallest of another, so that one distribution comes to
/// dominate the other rather than one completion another. Source: Melnyk et al. 2024.
/// </summary>
public static class AlignmentByTransport
{
    /// <summary>The loss of each rank: −(1 − ε)·log σ(β·gap) − ε·log σ(−β·gap).</summary>
    /// <param name="upper">The sample that should dominate: paired, s of the policy's ℓ_w − ℓ_l; unpaired, the chosen scores.</param>
    /// <param name="lower">The other: paired, the reference's ℓ_w − ℓ_l; unpaired, the rejected scores.</param>
    /// <param name="upperKeys">The values of <paramref name="upper"/>, by which it is sorted.</param>
    /// <param name="lowerKeys">The values of <paramref name="lower"/>, by which it is sorted.</param>
    /// <param name="beta">β.</param>
    /// <param name="labelSmoothing">ε.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static T[] Losses<T>(
        ReadOnlySpan<T> upper,
        ReadOnlySpan<T> lower,
        ReadOnlySpan<double> upperKeys,
        ReadOnlySpan<double> lowerKeys,
        double beta,
        double labelSmoothing = 0)
        where T : struct, IAlgebra<T>
    {
        if (upper.Length != lower.Length || upper.Length != upperKeys.Length || lower.Length != lowerKeys.Length)
        {
            throw new ArgumentException(
                $"Two samples of one size are needed, but they have {upper.Length} and {lower.Length} elements, with {upperKeys.Length} "
                    + $"and {lowerKeys.Length} keys.",
                nameof(lower));
        }

        int[] upperOrder = Order(upperKeys);
        int[] lowerOrder = Order(lowerKeys);
        var losses = new T[upper.Length];
        for (int rank = 0; rank < losses.Length; rank++)
        {
            losses[rank] = PreferenceLosses.Smoothed(T.Scale(upper[upperOrder[rank]] - lower[lowerOrder[rank]], beta), labelSmoothing);
        }

        return losses;
    }

    /// <summary>The indices from the smallest key to the largest; equal keys keep their order.</summary>
    /// <param name="keys">The keys.</param>
    public static int[] Order(ReadOnlySpan<double> keys)
    {
        double[] values = keys.ToArray();
        return [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];
    }
}
