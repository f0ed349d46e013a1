using RlCore.Algebra;
using static RlCore.Studies.Formulas.Quantities;

namespace RlCore.Studies.Formulas;

/// <summary>Estimators of the KL divergence at one token.</summary>
internal static class DivergenceEntries
{
    private static readonly ExprConstant RatioBound = new("b", 20.0171);
    private static readonly ExprConstant ValueBound = new("c", 10.0139);

    public static IEnumerable<LossEntry> All =>
    [
        Estimator("k1", "k1", KlEstimator.K1, "K1", "The mean is the KL. In a loss it does nothing: the mean of its gradient is zero."),
        Estimator(
            "k2", "k2", KlEstimator.K2, "K2", "The mean is not the KL; on policy the mean of its gradient is the gradient of the KL."),
        Estimator(
            "k3",
            "k3",
            KlEstimator.K3,
            "K3",
            "The mean is the KL, and it is never negative. On policy the mean of its gradient is that of the forward KL(π_ref‖π). Computed "
                + "as eˣ − 1 − x without cancellation."),
        Estimator("kl-abs", "|δ|", KlEstimator.Abs, "Abs", "Neither its value nor its gradient is that of the KL; a measure of distance."),
        new(
            "k3-clamped",
            "k3 between bounds",
            Divergence,
            "verl (low_var_kl)",
            "KlTerm",
            Term(RatioBound.Value, ValueBound.Value, false),
            [LogProb, RefLogProb])
        {
            Quantity = "k",
            Constants = [RatioBound, ValueBound],
            Definitions = [LogRatio],
            Notes = ["Outside of either bound the gradient is zero: such a token is no longer pulled back to the reference."],
            Peers =
            [
                new("bound on δ", "given; none by default", "none", "±20", "none"),
                new("bound on k", "given; none by default", "none", "±10", "±10, on every estimator"),
            ],
        },
        new(
            "k3-plus",
            "The value of k3 with the gradient of k2",
            Divergence,
            "verl (low_var_kl+)",
            "KlTerm",
            Term(double.PositiveInfinity, double.PositiveInfinity, true),
            [LogProb, RefLogProb])
        {
            Quantity = "k",
            Definitions = [LogRatio],
            Notes = ["Straight-through: a mean and a gradient that are both right on policy."],
            Peers = [new("bounds", "none unless given", "—", "±20 on δ, ±10 on the value", "—")],
        },
        new(
            "kl-importance-weighted",
            "Ratio-weighted k1",
            Divergence,
            "open-instruct (estimator 3 of estimate_kl)",
            "ImportanceWeightedKlTerm",
            new RatioWeighted(),
            [LogProb, RefLogProb, OldLogProb])
        {
            Quantity = "k",
            Definitions = [Ratio, LogRatio],
            Notes = ["For tokens of an older policy; gradients go through the ratio too."],
        },
    ];

    private static LossEntry Estimator(string name, string title, KlEstimator estimator, string function, string note) =>
        new(
            name,
            $"The estimator {title}",
            Divergence,
            "Schulman 2020, \"Approximating KL Divergence\"",
            $"KlEstimators.{function}",
            new Plain(estimator),
            [LogProb, RefLogProb])
        {
            Quantity = "k",
            Definitions = [LogRatio],
            Notes = [note],
            Peers = estimator == KlEstimator.K3
                ? [new("bound on δ and on k", "none; see k3-clamped", "none", "±20 and ±10", "none and ±10")]
                : [],
        };

    private static DivergenceFormula<KlTerm> Term(double ratioBound, double valueBound, bool squareGradient) =>
        new(new KlTerm(KlEstimator.K3, ratioBound, valueBound, squareGradient));

    private sealed class RatioWeighted : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) =>
            new ImportanceWeightedKlTerm().Evaluate(new PolicyInputs<T>(at[0], OldLogProb: at[2], RefLogProb: at[1], Advantage: at[0]));
    }

    private sealed class Plain(KlEstimator estimator) : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => KlEstimators.Estimate(estimator, at[0], at[1]);
    }
}
