using RlCore.Algebra;
using RlCore.Engines;

namespace RlCore.Trainers.Stages;

/// <summary>The token losses of an on-policy algorithm on an engine.</summary>
internal static class Surrogates
{
    /// <summary>Surrogate plus KL term, [rows, columns].</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="logProbs">log π.</param>
    /// <param name="old">log π_old, data.</param>
    /// <param name="reference">log π_ref, data; read when the KL is in the loss.</param>
    /// <param name="advantages">Advantages, data.</param>
    /// <param name="mask">Action mask.</param>
    public static T TokenLoss<T>(OnPolicyAlgorithm algorithm, T logProbs, T old, T reference, T advantages, SequenceMask mask)
        where T : struct, ITensor<T>
    {
        var inputs = new PolicyInputs<T>(logProbs, old, reference, advantages);
        if (algorithm is { Surrogate: SurrogateKind.PpoClip, DualClip: 0 })
        {
            double coefficient = algorithm.KlInLoss ? algorithm.KlCoefficient : 0;
            return T.Map(new PpoClipTerm(algorithm.ClipLow, algorithm.ClipHigh, coefficient, algorithm.KlEstimator), inputs);
        }

        var loss = algorithm.Surrogate switch
        {
            SurrogateKind.PpoClip => T.Map(new DualClipTerm(algorithm.ClipLow, algorithm.ClipHigh, algorithm.DualClip), inputs),
            SurrogateKind.Cispo => T.Map(new CispoTerm(double.NegativeInfinity, algorithm.WeightCap), inputs),
            SurrogateKind.Sapo => T.Map(new SapoTerm(), inputs),
            SurrogateKind.Gspo => PolicyLosses.ClippedSurrogate(
                T.Exp(SequenceRatios.LogGeometricMeanAtTokens(logProbs, old, mask)), advantages, algorithm.ClipLow, algorithm.ClipHigh),
            SurrogateKind.Gmpo => -(T.ExpandOverTime(T.Exp(SequenceRatios.LogClippedGeometricMean(logProbs, old, advantages, mask, algorithm.ClipLow, algorithm.ClipHigh)), logProbs.Columns) * advantages),
            SurrogateKind.Vespo => PolicyLosses.Reinforce(logProbs, VespoWeight(logProbs, old, advantages, mask) * advantages),
            _ => PolicyLosses.Reinforce(logProbs, advantages),
        };
        return algorithm.KlInLoss
            ? loss + T.Scale(T.Map(new KlTerm(algorithm.KlEstimator), new DivergenceInputs<T>(logProbs, reference)), algorithm.KlCoefficient)
            : loss;
    }

    // A completion's advantage is the mean over its tokens, which it is for advantages of completions.
    private static T VespoWeight<T>(T logProbs, T old, T advantages, SequenceMask mask)
        where T : struct, ITensor<T> => T.ExpandOverTime(
            SequenceRatios.GammaWeight(logProbs, old, SequenceRatios.Mean(advantages, mask), mask, positive: (2, 3), negative: (3, 2)), logProbs.Columns);
}
