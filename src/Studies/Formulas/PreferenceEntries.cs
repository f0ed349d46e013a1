using RlCore.Algebra;
using static RlCore.Studies.Formulas.Quantities;

namespace RlCore.Studies.Formulas;

/// <summary>Losses of a pair of completions.</summary>
internal static class PreferenceEntries
{
    private static readonly ExprConstant Delta = new("δ", 0.4317);
    private static readonly ExprConstant Gamma = new("γ", 0.5171);
    private static readonly ExprConstant Temperature = new("τ", 0.0533);
    private static readonly ExprConstant SimPoBeta = new("β", 2.0171);
    private static readonly ExprConstant Alpha = new("α", 0.2539);
    private static readonly ExprConstant Order = new("α", 1.5317);
    private static readonly ExprConstant Weight = new("λ", 0.1019);

    public static IEnumerable<LossEntry> All =>
    [
        Pair("dpo", "DPO", "Rafailov et al. 2023, eq. 7", "Sigmoid", new PreferenceLoss.Sigmoid(Beta.Value)) with
        {
            Notes =
            [
                "The gradient is −β·σ(−h) times the difference of the scores' gradients: pairs that are already in order weigh little.",
                "Scores are sums over the completion. Without a reference s = ℓ.",
            ],
            Peers =
            [
                new("label smoothing", "cdpo", "0.24: cDPO; 1.9: ignored for sigmoid", "—", "cDPO"),
                new("log-probs", "sums; means by option", "sums; sigmoid_norm: means", "—", "sums"),
            ],
        },
        Pair("cdpo", "Conservative DPO", "Mitchell 2023", "Sigmoid", new PreferenceLoss.Sigmoid(Beta.Value, Epsilon.Value), Epsilon) with
        {
            Notes = ["ε is the share of labels believed to be flipped. ε = 0 is DPO; at ε = ½ the least loss is at h = 0."],
            Peers = [new("where", "a loss of its own", "0.24: label_smoothing of sigmoid; 1.9: none", "—", "label_smoothing")],
        },
        Pair(
            "robust-dpo",
            "Robust DPO",
            "Chowdhury et al. 2024, eq. 12",
            "Robust",
            new PreferenceLoss.Robust(Beta.Value, Epsilon.Value),
            Epsilon) with { Notes = ["Its mean over labels flipped with probability ε is DPO's loss on the true labels."] },
        Pair("exo", "EXO for pairs", "Ji et al. 2024, eq. 16", "Exo", new PreferenceLoss.Exo(Beta.Value, Epsilon.Value), Epsilon) with
        {
            Notes = ["The KL from the policy's preference to the smoothed label; ε must be positive."],
            Peers = [new("ε = 0", "refused by its meaning: log 0", "0.24: 1e-3 instead; 1.9: refused", "—", "—")],
        },
        Pair(
            "hinge",
            "SLiC's hinge",
            "Zhao et al. 2023; as in Liu et al. 2024 (RSO)",
            "Hinge",
            new PreferenceLoss.Hinge(Beta.Value)) with { Notes = ["At h = 1 the two sides share the gradient."] },
        Pair("ipo", "IPO", "Azar et al. 2024, eq. 17", "Ipo", new PreferenceLoss.Ipo(Beta.Value)) with
        {
            Definitions = [],
            Notes = ["On sums of log-probs it is the paper's; on means, TRL's. Which one is said by name."],
            Peers = [new("log-probs", "sums; means by option", "means over the completion", "—", "sums")],
        },
        Pair("nca", "NCA for pairs", "Chen et al. 2024, eq. 11", "Nca", new PreferenceLoss.Nca(Beta.Value)),
        Pair(
            "bco",
            "BCO for pairs",
            "Jung et al. 2024, eq. 10",
            "Bco",
            new PreferenceLoss.Bco(Beta.Value) { Delta = Delta.Value },
            Delta) with
        {
            Notes = ["δ is a running mean of the rewards βs, held constant."],
            Peers = [new("δ", "given", "0.24: running mean; 1.9: none", "—", "—")],
        },
        Pair("sppo-hard", "SPPO with hard labels", "Wu et al. 2024, eq. 4.7", "SppoHard", new PreferenceLoss.SppoHard(Beta.Value)),
        Pair(
            "apo-zero",
            "APO-zero",
            "D'Oosterlinck et al. 2024, eq. 7",
            "ApoZero",
            new PreferenceLoss.ApoZero(Beta.Value)) with { Notes =
            [
                "Raises the chosen and lowers the rejected: for chosen completions better than the policy's.",
            ] },
        Pair(
            "apo-down",
            "APO-down",
            "D'Oosterlinck et al. 2024, eq. 8",
            "ApoDown",
            new PreferenceLoss.ApoDown(Beta.Value)) with { Notes =
            [
                "Lowers both, the rejected more: for policies better than the chosen completions.",
            ] },
        Pair(
            "discopop",
            "DiscoPOP",
            "Lu et al. 2024, eq. 5",
            "DiscoPop",
            new PreferenceLoss.DiscoPop(Beta.Value, Temperature.Value),
            Temperature) with { Notes = ["A blend of the logistic and the exponential loss, discovered by search; not convex."] },
        new(
            "simpo",
            "SimPO",
            Preference,
            "Meng et al. 2024, eq. 6",
            "PreferenceLosses.SimPo",
            new PairFormula(new PreferenceLoss.SimPo(SimPoBeta.Value, Gamma.Value)),
            [MeanChosen, MeanRejected])
        {
            Constants = [SimPoBeta, Gamma],
            Notes = ["No reference; mean log-probs, so that length is no advantage."],
            Peers =
            [
                new("margin", "γ", "simpo_gamma, 0.5", "—", "—"),
                new("implementation of γ", "subtracted from β(ℓ̄_w − ℓ̄_l)", "γ/β inside of the parentheses: the same", "—", "—"),
            ],
        },
        new(
            "alphapo",
            "AlphaPO",
            Preference,
            "Gupta et al. 2025, eq. 5",
            "PreferenceLosses.AlphaReward",
            new AlphaPo(),
            [MeanChosen, MeanRejected])
        {
            Constants = [SimPoBeta, Gamma, Alpha],
            Notes = ["The reward (1 − p^−α)/α of p = exp ℓ̄; α → 0 is SimPO."],
            Peers = [new("α", "given", "alpha of loss_type alphapo", "—", "—")],
        },
        new(
            "orpo",
            "ORPO's odds-ratio term",
            Preference,
            "Hong et al. 2024, eq. 6 and 7",
            "PreferenceLosses.Orpo",
            new Orpo(),
            [MeanChosen, MeanRejected])
        {
            Constants = [Weight],
            Notes = ["ORPO adds the NLL of the chosen completion. log(1 − eˣ) is computed without cancellation at both ends."],
            Peers = [new("log(1 − eˣ)", "stable", "0.11: underflows; 1.9: stable", "—", "—")],
        },
        Divergent("dpo-forward-kl", "DPO with the forward KL", "ForwardKl", new FDivergence.ForwardKl()),
        Divergent("dpo-jensen-shannon", "DPO with the Jensen–Shannon divergence", "JensenShannon", new FDivergence.JensenShannon()),
        Divergent("dpo-alpha", "DPO with an α-divergence", "Alpha", new FDivergence.Alpha(Order.Value)) with
        {
            Constants = [Beta, Order],
            Notes = ["The exponent is capped at 80, past which the gradient is zero. α → 1 is DPO."],
        },
        new(
            "aot",
            "AOT: alignment by optimal transport, paired",
            Preference,
            "Melnyk et al. 2024",
            "AlignmentByTransport.Losses",
            new Aot(),
            [Chosen, Rejected])
        {
            Constants = [Beta, Epsilon],
            Definitions = [Margin],
            Notes =
            [
                "The loss of one rank. Over a batch s_w and s_l are the i-th smallest of the policy's and of the reference's log-ratios "
                    + "ℓ_w − ℓ_l, each sorted by itself; unpaired, of the chosen and of the rejected scores.",
            ],
        },
    ];

    private static LossEntry Pair(
        string name, string title, string source, string function, PreferenceLoss loss, params ExprConstant[] constants) =>
        new(name, title, Preference, source, $"PreferenceLosses.{function}", new PairFormula(loss), [Chosen, Rejected])
        {
            Constants = [Beta, .. constants],
            Definitions = [Margin],
        };

    private static LossEntry Divergent(string name, string title, string divergence, FDivergence by) =>
        new(
            name,
            title,
            Preference,
            "Wang et al. 2024, table 2",
            $"FDivergence.{divergence}",
            new DpoBy(by),
            [
                Chosen with { Name = "d_w", Low = -6, High = 6, Meaning = "log-ratio of the chosen completion, ℓ_w − ℓ_ref,w, in nats" },
                Rejected with { Name = "d_l", Low = -6, High = 6, Meaning = "log-ratio of the rejected completion" },
            ])
        {
            Constants = [Beta],
            Notes = ["The score of a completion is f′(π/π_ref) of its log-ratio, without constants that cancel in a pair."],
        };

    private sealed class DpoBy(FDivergence divergence) : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) =>
            PreferenceLosses.Sigmoid(divergence.Score(at[0]), divergence.Score(at[1]), Beta.Value);
    }

    private sealed class AlphaPo : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => PreferenceLosses.SimPo(
            PreferenceLosses.AlphaReward(at[0], Alpha.Value),
            PreferenceLosses.AlphaReward(at[1], Alpha.Value),
            SimPoBeta.Value,
            Gamma.Value);
    }

    private sealed class Orpo : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => PreferenceLosses.Orpo(at[0], at[1], Weight.Value);
    }

    private sealed class Aot : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) =>
            AlignmentByTransport.Losses<T>([at[0]], [at[1]], [0], [0], Beta.Value, Epsilon.Value)[0];
    }
}
