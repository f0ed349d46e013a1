using RlCore.Algebra;
using static RlCore.Studies.Formulas.Quantities;

namespace RlCore.Studies.Formulas;

/// <summary>Policy losses of a whole sequence, written for one of two tokens.</summary>
internal static class SequenceEntries
{
    private const string TwoTokens =
        "The page has the mean of the two tokens' losses of a sequence of two; in general it runs over all action tokens.";

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
        new("s_1", Expr.Exp(KlEstimators.StraightThrough(Expr.Symbol("g"), First.Symbol))),
        new("s_2", Expr.Exp(KlEstimators.StraightThrough(Expr.Symbol("g"), Second.Symbol))),
    ];

    private static readonly ExprConstant K = new("k", 2.0171);
    private static readonly ExprConstant Lambda = new("λ", 3.0197);

    public static IEnumerable<LossEntry> All =>
    [
        new(
            "gspo",
            "GSPO: the ratio of the sequence",
            Policy,
            "Zheng et al. 2025, eq. 7 and 14",
            "Surrogate.Gspo",
            new SequenceFormula(new Surrogate.Gspo(ClipLow.Value, ClipHigh.Value)),
            Tokens)
        {
            Constants = [ClipLow, ClipHigh],
            Definitions = RatioOfSequence,
            Notes =
            [
                TwoTokens,
                "s is the geometric mean of the token ratios. At length 1 it is the token's ratio, and GSPO is GRPO.",
                "Every token has the value of the sequence's ratio and the gradient of its own ℓ. By the mean over sequences that is the "
                    + "gradient of one clipped surrogate of s.",
            ],
            Peers =
            [
                new(
                    "gradient",
                    "straight-through to each token",
                    "through the mean; an experimental trainer has the other",
                    "straight-through to each token",
                    "through the mean"),
                new("bound on log s", "none", "none", "at most 10", "none"),
            ],
        },
        new(
            "gmpo",
            "GMPO: the geometric mean of clipped ratios",
            Policy,
            "Zhao et al. 2025, eq. 4",
            "Surrogate.Gmpo",
            new SequenceFormula(new Surrogate.Gmpo(ClipLow.Value, ClipHigh.Value)),
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
            "Surrogate.Vespo",
            new SequenceFormula(new Surrogate.Vespo(K.Value, Lambda.Value, K.Value, Lambda.Value)),
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
        ClipHigh.Value)[0, 0];

    // What trains: the surrogate on a grid of one sequence.
    private sealed class SequenceFormula(Surrogate surrogate) : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at)
        {
            Grid<T> old = Row(at[2], at[3]);
            Grid<T> losses = surrogate.TokenLoss<Grid<T>>(new(Row(at[0], at[1]), old, old, Row(at[4], at[4])), SequenceMask.Full(1, 2));
            return T.Scale(losses[0, 0] + losses[0, 1], 0.5);
        }

        private static Grid<T> Row<T>(T first, T second)
            where T : struct, IAlgebra<T> => Grid<T>.Of(1, 2, [first, second]);
    }
}
