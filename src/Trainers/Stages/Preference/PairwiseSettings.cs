
namespace RlCore.Trainers.Stages;

/// <summary>What stages that learn from pairs of completions have in common: DPO and its relatives, from a dataset or online.</summary>
public abstract record PairwiseSettings : StageSettings
{
    /// <summary>The loss.</summary>
    /// <value>Sigmoid (DPO).</value>
    public PreferenceLossKind Loss { get; init; } = PreferenceLossKind.Sigmoid;

    /// <summary>β: how strongly the policy is held to the reference; for simPo and cpo the scale of the margin, for orpo the weight λ of the odds ratio.</summary>
    /// <value>0.1.</value>
    public double Beta { get; init; } = 0.1;

    /// <summary>Chance that a pair is labelled the wrong way round: cDPO with the sigmoid losses; also robust, exo, simPo, cpo and the two of AOT.</summary>
    /// <value>0.</value>
    public double LabelSmoothing { get; init; }

    /// <summary>SimPO's γ, the margin that the chosen completion should lead by.</summary>
    /// <value>0.</value>
    public double TargetMargin { get; init; }

    /// <summary>AlphaPO's α, of simPo: the reward of a completion is (1 − p̄^(−α))/α of its mean token probability; 0 is SimPO's own.</summary>
    /// <value>0.</value>
    public double RewardAlpha { get; init; }

    /// <summary>τ of discoPop: how soon its logistic part gives way to its exponential part.</summary>
    /// <value>0.05.</value>
    public double DiscoPopTemperature { get; init; } = 0.05;

    /// <summary>Compares log-probs in place of log-ratios to the reference.</summary>
    /// <value>false.</value>
    public bool ReferenceFree { get; init; }

    /// <summary>The divergence that holds the policy to the reference.</summary>
    /// <value>ReverseKl.</value>
    public PreferenceDivergence Divergence { get; init; } = PreferenceDivergence.ReverseKl;

    /// <summary>α of the divergence alpha.</summary>
    /// <value>0.5.</value>
    public double DivergenceOrder { get; init; } = 0.5;

    /// <summary>Weight of the chosen completions' mean token negative log-likelihood beside the preference loss; a part of cpo and orpo.</summary>
    /// <value>0.</value>
    public double SftWeight { get; init; }
}
