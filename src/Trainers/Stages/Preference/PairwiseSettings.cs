using RlCore.Algebra;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Stages;

/// <summary>What stages that learn from pairs of completions have in common: DPO and its relatives, from a dataset or online.</summary>
public abstract record PairwiseSettings : StageSettings
{
    /// <summary>The loss.</summary>
    /// <value>Sigmoid (DPO).</value>
    [Inline]
    public PreferenceLoss Loss { get; init; } = new PreferenceLoss.Sigmoid();

    /// <summary>Compares log-probs in place of log-ratios to the reference.</summary>
    /// <value>false.</value>
    public bool ReferenceFree { get; init; }

    /// <summary>The divergence that holds the policy to the reference.</summary>
    /// <value>ReverseKl.</value>
    [Inline]
    public FDivergence Divergence { get; init; } = new FDivergence.ReverseKl();

    /// <summary>Weight of the chosen completions' mean token negative log-likelihood beside the preference loss; a part of cpo and orpo.</summary>
    /// <value>0.</value>
    public double SftWeight { get; init; }

    /// <summary>Whether completions are compared with a reference model.</summary>
    internal bool NeedsReference => Loss.UsesReference && !ReferenceFree;
}
