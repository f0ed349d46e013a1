using RlCore.Algebra;
using static RlCore.Studies.Formulas.Quantities;

namespace RlCore.Studies.Formulas;

/// <summary>Policy losses of a whole sequence, written for one of two tokens.</summary>
internal static class SequenceEntries
{
    private const string TwoTokens = "The page is printed for a sequence of two tokens; the sums run over all action tokens.";

    private static readonly Variable First =
        LogProb with { Name = "ℓ_1", Meaning = "log-probability of the first token under the policy, in nats", Low = -5 };
    private static readonly Variable Second = First with { Name = "ℓ_2", Meaning = "log-probability of the second token" };
    private static readonly Variable OldFirst =
        First with { Name = "ℓ_old,1", Meaning = "the first under the policy that drew it; data", Differentiable = false };
    private static readonly Variable OldSecond =
        OldFirst with { Name = "ℓ_old,2", Meaning = "the second under the policy that drew it; data" };
    private static readonly ExprDefinition FirstLogRatio = new("δ_1", First.Symbol - OldFirst.Symbol);
    private static readonly ExprDefinition SecondLogRatio = new("δ_2", Second.Symbol - OldSecond.Symbol);
    private static readonly ExprDefinition[] RatioOfSequence =
    [
        FirstLogRatio,
        SecondLogRatio,
        new("g", Expr.Scale(FirstLogRatio.Meaning + SecondLogRatio.Meaning, 0.5)),
        new("s", Expr.Exp(Expr.Symbol("g"))),
    ];

    private static readonly ExprConstant K = new("k", 2.0171);
    private static readonly ExprConstant Lambda = new("λ", 3.0197);

    public static IEnumerable<LossEntry> All =>
    [
        new(
            "gspo",
            "GSPO: the ratio of the sequence",
            Policy,
            "Zheng et al. 2025, eq. 5 to 7",
            "SequenceRatios.LogGeometricMean",
            new Gspo(),
            Tokens)
        {
            Constants = [ClipLow, ClipHigh],
            Definitions = RatioOfSequence,
            Notes = [TwoTokens, "s is the geometric mean of the token ratios. At length 1 it is the token's ratio, and GSPO is GRPO."],
            Peers =
            [
                new(
                    "gradient",
                    "through the mean; gspo-token has the other",
                    "through the mean; an experimental trainer has the other",
                    "straight-through to each token (gspo-token)",
                    "through the mean"),
                new("bound on log s", "none", "none", "at most 10", "none"),
            ],
        },
        new(
            "gspo-token",
            "GSPO, token form",
            Policy,
            "Zheng et al. 2025, eq. 13 and 14",
            "SequenceRatios.LogGeometricMeanAtTokens",
            new GspoToken(),
            Tokens)
        {
            Constants = [ClipLow, ClipHigh],
            Definitions = RatioOfSequence,
            Notes =
            [
                TwoTokens,
                "Every token has the value of the sequence's ratio and the gradient of its own ℓ. The page has the mean of the two tokens' "
                    + "losses.",
            ],
        },
        new(
            "gmpo",
            "GMPO: the geometric mean of clipped ratios",
            Policy,
            "Zhao et al. 2025, eq. 4",
            "SequenceRatios.LogClippedGeometricMean",
            new Gmpo(),
            Tokens)
        {
            Constants = [ClipLow, ClipHigh],
            Definitions = [FirstLogRatio, SecondLogRatio, new("m_1", Pessimistic(FirstLogRatio)), new("m_2", Pessimistic(SecondLogRatio))],
            Notes = [TwoTokens, "Each log-ratio is limited on the side to which the advantage pushes, before the mean."],
            Peers = [new("mean over", "any aggregation", "all sequences", "all sequences, empty ones too", "—")],
        },
        new(
            "vespo",
            "VESPO: a gamma-shaped weight of the sequence ratio",
            Policy,
            "TRL 1.9 (vespo)",
            "SequenceRatios.GammaWeight",
            new Vespo(),
            Tokens)
        {
            Constants = [K, Lambda, new("1e−8", 1e-8)],
            Definitions = [FirstLogRatio, SecondLogRatio, new("w", LogWeight)],
            Notes =
            [
                TwoTokens,
                "The weight is 1 on policy and is held constant; it multiplies REINFORCE. k and λ may depend on the sign of A; the page "
                    + "has one pair for both.",
            ],
            Peers = [new("k, λ", "given", "2, 3 where A ≥ 0; 3, 2 elsewhere", "—", "—")],
        },
    ];

    private static Expr LogWeight => Expr.Clamp(
        Expr.Clamp(FirstLogRatio.Meaning, -20, 20) + Expr.Clamp(SecondLogRatio.Meaning, -20, 20), Math.Log(1e-8), 20);

    private static Variable[] Tokens => [First, Second, OldFirst, OldSecond, Advantage];

    private static Expr Pessimistic(ExprDefinition logRatio) => SequenceRatios.LogClippedGeometricMean(
        Grid<Expr>.Scalar(logRatio.Meaning),
        Grid<Expr>.Scalar(Expr.Number(0)),
        Grid<Expr>.Scalar(Advantage.Symbol),
        SequenceMask.Full(1, 1),
        ClipLow.Value,
        ClipHigh.Value)[0,
        0];

    private static SequenceMask Mask => SequenceMask.Full(1, 2);

    private static Grid<T> Row<T>(T first, T second)
        where T : struct, IAlgebra<T> => Grid<T>.Of(1, 2, [first, second]);

    private sealed class Gspo : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at)
        {
            T ratio = T.Exp(SequenceRatios.LogGeometricMean(Row(at[0], at[1]), Row(at[2], at[3]), Mask)[0, 0]);
            return PolicyLosses.ClippedSurrogate(ratio, at[4], ClipLow.Value, ClipHigh.Value);
        }
    }

    private sealed class GspoToken : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at)
        {
            Grid<T> logRatios = SequenceRatios.LogGeometricMeanAtTokens(Row(at[0], at[1]), Row(at[2], at[3]), Mask);
            T first = PolicyLosses.ClippedSurrogate(T.Exp(logRatios[0, 0]), at[4], ClipLow.Value, ClipHigh.Value);
            return T.Scale(first + PolicyLosses.ClippedSurrogate(T.Exp(logRatios[0, 1]), at[4], ClipLow.Value, ClipHigh.Value), 0.5);
        }
    }

    private sealed class Gmpo : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at)
        {
            Grid<T> logRatio = SequenceRatios.LogClippedGeometricMean(
                Row(at[0], at[1]), Row(at[2], at[3]), Row(at[4], at[4]), Mask, ClipLow.Value, ClipHigh.Value);
            return -(T.Exp(logRatio[0, 0]) * at[4]);
        }
    }

    private sealed class Vespo : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at)
        {
            var constants = (K.Value, Lambda.Value);
            Grid<T> weight = SequenceRatios.GammaWeight(
                Row(at[0], at[1]), Row(at[2], at[3]), Grid<T>.Scalar(at[4]), Mask, constants, constants);
            return PolicyLosses.Reinforce(at[0] + at[1], weight[0, 0] * at[4]);
        }
    }
}
