using RlCore.Algebra;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>Settings shared by the stages that learn from pairs of completions: DPO and its relatives, from a dataset or online.</summary>
public abstract record PairwiseSettings : StageSettings
{
    /// <summary>The loss.</summary>
    /// <value>Sigmoid (DPO).</value>
    [Inline]
    public PreferenceLoss Loss { get; init; } = new PreferenceLoss.Sigmoid();

    /// <summary>Whether log-probs are compared instead of log-ratios to the reference.</summary>
    /// <value>false.</value>
    public bool ReferenceFree { get; init; }

    /// <summary>The divergence that keeps the policy close to the reference.</summary>
    /// <value>ReverseKl.</value>
    [Inline]
    public FDivergence Divergence { get; init; } = new FDivergence.ReverseKl();

    /// <summary>
    /// Weight of the chosen completions' mean negative log-likelihood per token, added to the preference loss; a part of cpo
    /// and orpo.
    /// </summary>
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
            add(
                "referenceFree",
                $"true, which the loss {loss} ignores",
                $"false, or one of the losses {LossesThat(item => item.DependsOnDifference)}");
        }

        if (!isPlain && !Loss.AcceptsDivergence)
        {
            add(
                "divergence",
                $"{InlineUnion.NameOf(Divergence)}, which the loss {loss} ignores",
                $"reverseKl, or one of the losses {LossesThat(item => item.AcceptsDivergence)}");
        }

        if (ReferenceFree && !isPlain)
        {
            add(
                "divergence",
                $"{InlineUnion.NameOf(Divergence)}, with referenceFree",
                "reverseKl, or referenceFree false, as a divergence needs a reference");
        }

        if (Loss.NeedsSft && SftWeight == 0)
        {
            add("sftWeight", $"0, with the loss {loss}", "a number above 0 (1 in the paper), as that term is part of the loss");
        }
    }

    private static string LossesThat(Func<PreferenceLoss, bool> isOne) =>
        string.Join(", ", InlineUnion.DefaultsOf<PreferenceLoss>().Where(isOne).Select(InlineUnion.NameOf));
}
