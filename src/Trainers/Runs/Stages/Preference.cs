using RlCore.Trainers.Objectives;

namespace RlCore.Trainers.Runs;

public abstract partial record StageSettings
{
    /// <summary>
    /// Learning from preferences on <c>prompt,chosen,rejected</c>: DPO and its relatives. The reference is the model as the
    /// stage begins; its log-probs are computed once.
    /// </summary>
    public sealed record Preference : StageSettings
    {
        /// <summary>Pairs of one optimizer step.</summary>
        /// <value>32.</value>
        public int BatchSize { get; init; } = 32;

        /// <summary>The loss.</summary>
        /// <value>Sigmoid (DPO).</value>
        public PreferenceLossKind Loss { get; init; } = PreferenceLossKind.Sigmoid;

        /// <summary>β: how strongly the policy is held to the reference; for SimPO, the scale of the margin.</summary>
        /// <value>0.1.</value>
        public double Beta { get; init; } = 0.1;

        /// <summary>Chance that a pair is labelled the wrong way round: cDPO with the sigmoid loss; also robust, exo and simPo.</summary>
        /// <value>0.</value>
        public double LabelSmoothing { get; init; }

        /// <summary>SimPO's γ, the margin that the chosen completion should lead by.</summary>
        /// <value>0.</value>
        public double TargetMargin { get; init; }

        /// <summary>Weight of the chosen completions' mean token negative log-likelihood beside the preference loss.</summary>
        /// <value>0.</value>
        public double SftWeight { get; init; }
    }
}
