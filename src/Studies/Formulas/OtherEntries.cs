using RlCore.Algebra;
using static RlCore.Studies.Formulas.Quantities;

namespace RlCore.Studies.Formulas;

/// <summary>Unpaired, value, reward-model, supervised and distillation losses.</summary>
internal static class OtherEntries
{
    private static readonly ExprConstant Delta = new("δ", 0.4317);
    private static readonly ExprConstant Range = new("c", 0.2071);
    private static readonly ExprConstant Centring = new("c", 0.0113);

    private static readonly Variable Score =
        Chosen with { Name = "s", Meaning = "score of the completion: its log-ratio to the reference, ℓ − ℓ_ref, in nats" };
    private static readonly Variable Point = new("z", "reference point: max(0, mean ℓ − ℓ_ref) over mismatched completions; data", 0, 4);
    private static readonly Variable Value = new("V", "value that the critic gives", -3, 3, Differentiable: true);
    private static readonly Variable OldValue = new("V_old", "value that it gave before the update; data", -3, 3);
    private static readonly Variable Target = new("R", "return; data", -3, 3);
    private static readonly Variable RewardChosen = new("r_w", "reward of the chosen completion", -9, 9, Differentiable: true);
    private static readonly Variable RewardRejected = RewardChosen with { Name = "r_l", Meaning = "reward of the rejected completion" };
    private static readonly Variable MarginOfPair = new("m", "margin of the pair; data", 0, 2);
    private static readonly Variable StepScore =
        RewardChosen with { Name = "s", Meaning = "score at the last token of a step" };
    private static readonly Variable StepLabel = new("y", "how good the step is, from 0 to 1; data", 0, 1);
    private static readonly Variable Student1 = LogProb with
    {
        Name = "q_1",
        Meaning = "the student's log-probability of the first token of a vocabulary of two",
        Low = -5,
        High = -0.1,
    };
    private static readonly Variable Student2 =
        Student1 with { Name = "q_2", Meaning = "the student's log-probability of the second token" };
    private static readonly Variable Teacher1 =
        Student1 with { Name = "p_1", Meaning = "the teacher's log-probability of the first token; data", Differentiable = false };
    private static readonly Variable Teacher2 =
        Teacher1 with { Name = "p_2", Meaning = "the teacher's log-probability of the second token; data" };

    public static IEnumerable<LossEntry> All =>
    [
        Kto("kto-desirable", "KTO, a desirable completion", true),
        Kto("kto-undesirable", "KTO, an undesirable completion", false),
        Bco("bco-desirable", "BCO, a desirable completion", true),
        Bco("bco-undesirable", "BCO, an undesirable completion", false),
        new(
            "value",
            "Value loss",
            ValueFunction,
            "Schulman et al. 2017, eq. 9, with the factor ½",
            "ValueLosses.Squared",
            new Squared(),
            [Value, Target])
        {
            Notes = ["With the factor ½ the gradient is the error itself."],
            Peers = [Half],
        },
        new(
            "value-clipped",
            "Value loss with a clip",
            ValueFunction,
            "OpenAI Baselines, the code of Schulman et al. 2017",
            "ValueLosses.Clipped",
            new Clipped(),
            [Value, OldValue, Target])
        {
            Constants = [Range],
            Definitions = [new("V_c", ValueLosses.ClippedValue(Value.Symbol, OldValue.Symbol, Range.Value))],
            Notes = ["Pessimistic: the greater of the two errors. At a tie each gives half of its gradient."],
            Peers = [Half, new("means", "any aggregation", "tokens, no ε", "tokens, no ε; by sequence token count + 1e-8", "tokens, no ε")],
        },
        new(
            "bradley-terry",
            "Reward model",
            RewardModel,
            "Bradley & Terry 1952; margin: Touvron et al. 2023, eq. 2; centring: Eisenstein et al. 2023",
            "RewardModelLosses.BradleyTerry",
            new BradleyTerry(),
            [RewardChosen, RewardRejected, MarginOfPair])
        {
            Constants = [Centring],
            Notes = ["Without centring (c = 0) a shift of all rewards changes nothing."],
            Peers =
            [
                new("log-sigmoid", "stable", "stable", "—", "stable; LogExpLoss overflows"),
                new("centring", "c", "center_rewards_coefficient", "—", "—"),
            ],
        },
        new(
            "plackett-luce",
            "Reward model of rankings",
            RewardModel,
            "Plackett 1975; Luce 1959",
            "RewardModelLosses.PlackettLuce",
            new PlackettLuce(),
            [
                RewardChosen with { Name = "r_1", Meaning = "reward of the best completion" },
                RewardChosen with { Name = "r_2", Meaning = "reward of the second" },
                RewardChosen with { Name = "r_3", Meaning = "reward of the last" },
            ])
        {
            Notes = ["The page has a ranking of three; two are Bradley–Terry."],
        },
        new(
            "step-reward",
            "Process reward model",
            RewardModel,
            "Wang et al. 2024 (Math-Shepherd), eq. 2; Lightman et al. 2023, sec. 2.6",
            "RewardModelLosses.Step",
            new Step(),
            [StepScore, StepLabel])
        {
            Notes =
            [
                "The loss of one step; a stage takes the mean over all steps of the optimizer step.",
                "The gradient is σ(s) − y: soft labels, such as the share of continuations that succeed, are learnt as they are.",
            ],
            Peers =
            [
                new("form", "one score s", "two logits; s is their difference", "—", "logits of two label tokens; s is their difference"),
                new("labels", "0 to 1", "true or false", "—", "true or false, or 0 to 1"),
            ],
        },
        new("nll", "Negative log-likelihood (SFT)", Supervised, "maximum likelihood", "SupervisedLosses.TokenNll", new Nll(), [LogProb])
        {
            Notes = ["The prompt is masked out; the end-of-sequence token is a target."],
            Peers =
            [
                new("mean over", "any aggregation, counted over the whole optimizer step", "tokens", "tokens", "tokens, or sequences"),
            ],
        },
        new("dft", "Dynamic fine-tuning", Supervised, "Wu et al. 2025, eq. 9", "SupervisedLosses.DynamicNll", new Dynamic(), [LogProb])
        {
            Notes = ["Each token's NLL is weighted by its own probability, held constant."],
            Peers = [new("where", "a token loss", "loss_type dft", "—", "—")],
        },
        new(
            "smoothed-nll",
            "NLL with label smoothing",
            Supervised,
            "Szegedy et al. 2016, sec. 7",
            "SupervisedLosses.SmoothedNll",
            new Smoothed(),
            [LogProb, LogProb with { Name = "ℓ\u0304", Meaning = "mean log-probability over the whole vocabulary, in nats" }])
        {
            Constants = [Epsilon],
            Notes = ["A share ε of the target is spread over the vocabulary. ε = 0 is nll."],
        },
        Distillation("distill-forward", "Distillation by the forward KL", 0, "β = 0 of GKD: the KL from the teacher to the student."),
        Distillation("distill-reverse", "Distillation by the reverse KL", 1, "β = 1 of GKD: the KL from the student to the teacher."),
        Distillation(
            "gkd",
            "Generalised Jensen–Shannon distillation",
            Beta.Value,
            "The mixture is m = β·teacher + (1 − β)·student; β → 0 and 1 are the two KLs by convention.") with
        {
            Constants = [Beta],
            Definitions = [new("m_1", Mixture(Teacher1, Student1)), new("m_2", Mixture(Teacher2, Student2))],
        },
    ];

    // log(β·p + (1 − β)·q) of log-probabilities.
    private static Expr Mixture(Variable teacher, Variable student) => Expr.Log(
        Expr.Exp(Expr.Shift(teacher.Symbol, Math.Log(Beta.Value))) + Expr.Exp(Expr.Shift(student.Symbol, Math.Log(1 - Beta.Value))));

    private static PeerDifference Half =>
        new("factor ½", "in the loss", "in the loss (and a coefficient, 0.1)", "in the loss", "in the loss");

    private static LossEntry Kto(string name, string title, bool desirable) =>
        new(name, title, Unpaired, "Ethayarajh et al. 2024, eq. 8", "UnpairedLosses.Kto", new KtoFormula(desirable), [Score, Point])
        {
            Constants = [Beta],
            Notes = ["z is held constant. The paper's λ weights multiply it: one weight for the desirable, one for the undesirable."],
            Peers = [new("z", "UnpairedLosses.ReferencePoint", "mean over mismatched pairs, at least 0", "—", "—")],
        };

    private static LossEntry Bco(string name, string title, bool desirable) =>
        new(name, title, Unpaired, "Jung et al. 2024, eq. 10", "UnpairedLosses.Bco", new BcoFormula(desirable), [Score])
        {
            Constants = [Beta, Delta],
            Notes = ["δ is a running mean of rewards, held constant."],
            Peers = [new("δ", "given", "running mean over batches", "—", "—")],
        };

    private static LossEntry Distillation(string name, string title, double beta, string note) =>
        new(
            name,
            title,
            Supervised,
            "Agarwal et al. 2024 (GKD), eq. 1",
            "Categorical.JensenShannon",
            new Distill(beta),
            [Student1, Student2, Teacher1, Teacher2])
        {
            Notes = ["The page has a vocabulary of two; the sums run over the vocabulary.", note],
            Peers = [new("mean over", "tokens", "tokens", "—", "—")],
        };

    private sealed class KtoFormula(bool desirable) : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => UnpairedLosses.Kto(at[0], at[1], desirable, Beta.Value);
    }

    private sealed class BcoFormula(bool desirable) : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => UnpairedLosses.Bco(at[0], desirable, Beta.Value, Delta.Value);
    }

    private sealed class Squared : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => ValueLosses.Squared(at[0], at[1]);
    }

    private sealed class Clipped : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => ValueLosses.Clipped(at[0], at[1], at[2], Range.Value);
    }

    private sealed class BradleyTerry : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => RewardModelLosses.BradleyTerry(at[0], at[1], at[2], Centring.Value);
    }

    private sealed class PlackettLuce : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => RewardModelLosses.PlackettLuce(at);
    }

    private sealed class Step : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => RewardModelLosses.Step(at[0], at[1]);
    }

    private sealed class Nll : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => SupervisedLosses.TokenNll(at[0]);
    }

    private sealed class Smoothed : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => SupervisedLosses.SmoothedNll(at[0], at[1], Epsilon.Value);
    }

    private sealed class Dynamic : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => SupervisedLosses.DynamicNll(at[0]);
    }

    private sealed class Distill(double beta) : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => Categorical.JensenShannon(at[2..4], at[..2], beta);
    }
}
