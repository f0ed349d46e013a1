using RlCore.Trainers.Objectives;

namespace RlCore.Trainers.Runs;

public abstract partial record StageSettings
{
    /// <summary>What stages that learn from pairs of completions have in common: DPO and its relatives, from a dataset or online.</summary>
    public abstract record Pairwise : StageSettings
    {
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
