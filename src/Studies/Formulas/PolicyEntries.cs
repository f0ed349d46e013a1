using RlCore.Algebra;
using static RlCore.Studies.Formulas.Quantities;

namespace RlCore.Studies.Formulas;

/// <summary>Policy losses of one token.</summary>
internal static class PolicyEntries
{
    private static readonly PeerDifference LogRatioClamp = new(
        "bound on the log-ratio before exp", "none; a preset sets it", "none", "±20", "±20");
    private static readonly ExprConstant Cap = new("c", 3.0171);
    private static readonly ExprConstant Delta = new("δ", 4.0231);
    private static readonly ExprConstant Low = new("w_low", 0.5071);
    private static readonly ExprConstant High = new("w_high", 2.0341);
    private static readonly ExprConstant Above = new("τ_+", 1.0371);
    private static readonly ExprConstant Below = new("τ_−", 1.0537);

    public static IEnumerable<LossEntry> All =>
    [
        new("reinforce", "REINFORCE", Policy, "Williams 1992", "PolicyLosses.Reinforce", new Reinforce(), [LogProb, Advantage])
        {
            Notes =
            [
                "The expectation of the gradient is that of the objective only for tokens drawn from the policy itself; a baseline that "
                    + "does not depend on the token leaves it unchanged.",
            ],
            Peers = [new("mean over", "any aggregation", "no such loss", "sequence sums (reinforce); tokens (gpg)", "no such loss")],
        },
        new(
            "importance-weighted",
            "Importance-weighted surrogate (TRPO's objective)",
            Policy,
            "Schulman et al. 2015, eq. 14",
            "PolicyLosses.ImportanceWeighted",
            new Weighted(),
            [LogProb, OldLogProb, Advantage])
        {
            Definitions = [Ratio],
            Notes = ["Its KL constraint is not part of the formula: measure the KL and stop, or use a clip."],
        },
        new(
            "ppo-clip",
            "PPO's clipped surrogate",
            Policy,
            "Schulman et al. 2017, eq. 7; asymmetric range: Yu et al. 2025 (DAPO), eq. 10",
            "PolicyLosses.PpoClip",
            new PpoClip(),
            [LogProb, OldLogProb, Advantage])
        {
            Constants = [ClipLow, ClipHigh],
            Definitions = [Ratio],
            Notes =
            [
                "The clip stops the gradient only on the side to which the advantage pushes: above 1 + ε_high where A > 0, below 1 − ε_low "
                    + "where A < 0. Where A < 0 and ρ is huge it does not: see ppo-dual-clip and two-sided-clip.",
                "On policy ρ = 1 and the gradient is that of REINFORCE.",
            ],
            Peers = [LogRatioClamp, new("dual clip", "a loss of its own", "no; a cap δ as an option", "on, c = 3", "an option")],
        },
        new(
            "grpo",
            "GRPO's token loss: the clipped surrogate and k3",
            Policy,
            "Shao et al. 2024, eq. 3 and 4",
            "PpoClipTerm",
            new PolicyFormula<PpoClipTerm>(new(ClipLow.Value, ClipHigh.Value, Beta.Value)),
            [LogProb, OldLogProb, RefLogProb, Advantage])
        {
            Constants = [ClipLow, ClipHigh, Beta],
            Definitions = [Ratio, LogRatio],
            Notes =
            [
                "β = 0 leaves the reference out. How tokens are averaged is the aggregation: GRPO's mean of sequence means, DAPO's token "
                    + "mean, Dr. GRPO's constant length.",
            ],
            Peers =
            [
                LogRatioClamp,
                new(
                    "mean over",
                    "any aggregation",
                    "grpo: all sequences, empty ones too; default (dapo): tokens",
                    "seq-mean-token-mean: sequences with a token, token count + 1e-8; default: tokens",
                    "tokens"),
                new(
                    "Dr. GRPO's denominator",
                    "sequences × a given length",
                    "sequences × longest completion allowed",
                    "the padded width, not times the sequences",
                    "—"),
            ],
        },
        new(
            "ppo-dual-clip",
            "PPO with dual clip",
            Policy,
            "Ye et al. 2020, eq. 5",
            "PolicyLosses.DualClip",
            new DualClip(),
            [LogProb, OldLogProb, Advantage])
        {
            Constants = [ClipLow, ClipHigh, Cap],
            Definitions =
            [
                Ratio,
                new("C", PolicyLosses.PpoClip(LogProb.Symbol, OldLogProb.Symbol, Advantage.Symbol, ClipLow.Value, ClipHigh.Value)),
            ],
            Notes = ["c → ∞ is the plain clip. Where A < 0 and ρ > c the gradient is zero."],
            Peers = [LogRatioClamp, new("c", "given", "no dual clip", "3", "given")],
        },
        new(
            "two-sided-clip",
            "Clip with a cap on the unclipped side",
            Policy,
            "INTELLECT-2 (Prime Intellect 2025), sec. 3.4",
            "PolicyLosses.TwoSidedClip",
            new TwoSided(),
            [LogProb, OldLogProb, Advantage])
        {
            Constants = [ClipLow, ClipHigh, Delta],
            Definitions = [Ratio],
            Notes = ["δ must exceed 1 + ε_high."],
            Peers = [new("δ", "given", "option delta", "dual clip instead", "dual clip instead")],
        },
        new("cispo", "CISPO", Policy, "MiniMax-M1 2025, eq. 4", "PolicyLosses.Cispo", new Cispo(), [LogProb, OldLogProb, Advantage])
        {
            Constants = [Low, High],
            Definitions = [Ratio],
            Notes =
            [
                "The weight is clipped and held constant; the gradient of ℓ never is, so that no token is dropped. The bounds are on the "
                    + "ratio itself: w_high of 1 or more.",
            ],
            Peers = [new("bounds of the weight", "[w_low, w_high]", "at most epsilon_high itself; none below", "[1 − low, 1 + high]", "—")],
        },
        new(
            "sapo",
            "SAPO: a soft gate",
            Policy,
            "Gao et al. 2025, eq. 5",
            "PolicyLosses.Sapo",
            new Sapo(),
            [LogProb, OldLogProb, Advantage])
        {
            Constants = [Above, Below],
            Definitions = [Ratio],
            Notes = ["Slope 1 at ρ = 1, as the surrogate; the gate closes softly on both sides."],
            Peers = [new("temperatures", "given", "1.0 where A > 0, 1.05 elsewhere", "1.0 where A > 0, 1.05 elsewhere", "—")],
        },
    ];

    private sealed class Reinforce : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => PolicyLosses.Reinforce(at[0], at[1]);
    }

    private sealed class Weighted : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => PolicyLosses.ImportanceWeighted(at[0], at[1], at[2]);
    }

    private sealed class PpoClip : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) => PolicyLosses.PpoClip(at[0], at[1], at[2], ClipLow.Value, ClipHigh.Value);
    }

    private sealed class DualClip : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) =>
            PolicyLosses.DualClip(PolicyLosses.PpoClip(at[0], at[1], at[2], ClipLow.Value, ClipHigh.Value), at[2], Cap.Value);
    }

    private sealed class TwoSided : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) =>
            PolicyLosses.TwoSidedClip(LogRatios.Ratio(at[0], at[1]), at[2], ClipLow.Value, ClipHigh.Value, Delta.Value);
    }

    private sealed class Cispo : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) =>
            PolicyLosses.Cispo(at[0], LogRatios.Ratio(at[0], at[1]), at[2], Low.Value, High.Value);
    }

    private sealed class Sapo : Formula
    {
        public override T Evaluate<T>(ReadOnlySpan<T> at) =>
            PolicyLosses.Sapo(LogRatios.Ratio(at[0], at[1]), at[2], Above.Value, Below.Value);
    }
}
