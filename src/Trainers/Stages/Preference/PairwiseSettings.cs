using RlCore.Algebra;
using RlCore.Trainers.Settings;

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
    [Within(0)]
    public double SftWeight { get; init; }

    /// <summary>Whether completions are compared with a reference model.</summary>
    internal bool NeedsReference => Loss.UsesReference && !ReferenceFree;

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        string loss = InlineUnion.NameOf(Loss);
        bool isPlain = Divergence is FDivergence.ReverseKl;
        if (ReferenceFree && !Loss.DependsOnDifference)
        {
            add("referenceFree", $"true, which the loss {loss} does not read", $"false, or one of the losses {LossesThat(item => item.DependsOnDifference)}");
        }

        if (!isPlain && !Loss.AcceptsDivergence)
        {
            add(
                "divergence",
                $"{InlineUnion.NameOf(Divergence)}, which the loss {loss} does not read",
                $"reverseKl, or one of the losses {LossesThat(item => item.AcceptsDivergence)}");
        }

        if (ReferenceFree && !isPlain)
        {
            add(
                "divergence",
                $"{InlineUnion.NameOf(Divergence)}, with referenceFree",
                "reverseKl, or referenceFree false, as a divergence is one from a reference");
        }

        if (Loss.NeedsSft && SftWeight == 0)
        {
            add("sftWeight", $"0, with the loss {loss}", "a number above 0 (its paper has 1), as the loss is a sum with that term");
        }
    }

    private static string LossesThat(Func<PreferenceLoss, bool> isOne) =>
        string.Join(", ", InlineUnion.DefaultsOf<PreferenceLoss>().Where(isOne).Select(InlineUnion.NameOf));
}
