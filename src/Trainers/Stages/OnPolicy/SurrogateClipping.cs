using RlCore.Algebra;

namespace RlCore.Trainers.Stages;

/// <summary>What clipping means for each surrogate: the share of tokens whose own term was cut.</summary>
internal static class SurrogateClipping
{
    /// <summary>Whether a surrogate clips anything.</summary>
    /// <param name="surrogate">The surrogate.</param>
    public static bool Clips(SurrogateKind surrogate) => surrogate is SurrogateKind.PpoClip or SurrogateKind.Gspo or SurrogateKind.Gmpo or SurrogateKind.Cispo;

    /// <summary>The shares of a micro-batch; null where nothing is clipped. Grids are row-major of the mask's shape.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="current">log π.</param>
    /// <param name="old">log π_old.</param>
    /// <param name="advantages">Advantages.</param>
    public static ClipFractions? Measure(OnPolicyAlgorithm algorithm, SequenceMask mask, double[] current, double[] old, double[] advantages)
    {
        double low = 1 - algorithm.ClipLow, high = 1 + algorithm.ClipHigh;
        return algorithm.Surrogate switch
        {
            SurrogateKind.PpoClip => PolicyDiagnostics.Clipping(ImportanceWeights.Token(current, old, mask), advantages, mask, low, high),
            SurrogateKind.Gspo => PolicyDiagnostics.Clipping(
                TokenAdvantages.Spread(ImportanceWeights.GeometricMean(current, old, mask), mask), advantages, mask, low, high),

            // A token's bounds are on its log-ratio.
            SurrogateKind.Gmpo => PolicyDiagnostics.Clipping(
                ImportanceWeights.Token(current, old, mask), advantages, mask, Math.Exp(-algorithm.ClipLow), Math.Exp(algorithm.ClipHigh)),

            // The weight is capped whichever way the advantage points.
            SurrogateKind.Cispo => PolicyDiagnostics.Clipping(
                ImportanceWeights.Token(current, old, mask), [.. advantages.Select(_ => 1.0)], mask, double.NegativeInfinity, algorithm.WeightCap),
            _ => null,
        };
    }
}
