using RlCore.Algebra;

namespace RlCore.Studies.Formulas;

/// <summary>The quantities that many formulas share.</summary>
internal static class Quantities
{
    public const string Policy = "Policy losses";
    public const string Divergence = "KL estimators";
    public const string Preference = "Preference losses";
    public const string Unpaired = "Unpaired preference losses";
    public const string ValueFunction = "Value losses";
    public const string RewardModel = "Reward-model losses";
    public const string Supervised = "Supervised and distillation losses";

    public static readonly Variable LogProb = new(
        "ℓ", "log-probability of the token under the policy, in nats", -9, 0, Differentiable: true);
    public static readonly Variable OldLogProb = new("ℓ_old", "the same under the policy that drew the token; data", -9, 0);
    public static readonly Variable RefLogProb = new("ℓ_ref", "the same under the reference policy; data", -9, 0);
    public static readonly Variable Advantage = new("A", "advantage; data", -3, 3);
    public static readonly Variable Chosen = new(
        "s_w", "score of the chosen completion: its log-ratio to the reference, ℓ_w − ℓ_ref,w, in nats", -12, 12, Differentiable: true);
    public static readonly Variable Rejected = new("s_l", "score of the rejected completion", -12, 12, Differentiable: true);
    public static readonly Variable MeanChosen = new(
        "ℓ\u0304_w", "mean log-probability of a token of the chosen completion, in nats", -6, -0.05, Differentiable: true);
    public static readonly Variable MeanRejected = new(
        "ℓ\u0304_l", "mean log-probability of a token of the rejected completion", -6, -0.05, Differentiable: true);

    public static readonly ExprConstant Beta = new("β", 0.1037);
    public static readonly ExprConstant Epsilon = new("ε", 0.0713);
    public static readonly ExprConstant ClipLow = new("ε_low", 0.2013);
    public static readonly ExprConstant ClipHigh = new("ε_high", 0.2819);

    public static readonly ExprDefinition Ratio = new("ρ", Expr.Exp(LogProb.Symbol - OldLogProb.Symbol));
    public static readonly ExprDefinition LogRatio = new("δ", LogProb.Symbol - RefLogProb.Symbol);
    public static readonly ExprDefinition Margin = new("h", Expr.Scale(Chosen.Symbol - Rejected.Symbol, Beta.Value));
}
