using RlCore.Algebra;
using RlCore.Trainers.Recipes;

namespace RlCore.Trainers.Stages;

/// <summary>
/// The ranges of the settings of stages that learn from judgements, and which of them their losses read: one that is not read is
/// refused, with the losses that read it.
/// </summary>
internal static class PreferenceRules
{
    /// <summary>The ranges.</summary>
    public static IEnumerable<((Type Record, string Setting) Key, SettingRule Rule)> All() =>
    [
        RecipeRules.For<PreferenceSettings>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<PairwiseSettings>(stage => stage.SftWeight, RecipeRules.NotNegative),
        RecipeRules.For<UnpairedSettings>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<RewardStageSettings>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<RewardStageSettings>(stage => stage.EvaluationEvery, RecipeRules.AtLeast(0)),
    ];

    /// <summary>Checks what a pairwise loss asks of the settings beside it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    public static void Check(PairwiseSettings stage, Action<string, string, string> add)
    {
        string loss = InlineUnion.NameOf(stage.Loss);
        bool isPlain = stage.Divergence is FDivergence.ReverseKl;
        if (stage.ReferenceFree && !stage.Loss.DependsOnDifference)
        {
            add("referenceFree", $"true, which the loss {loss} does not read", $"false, or one of the losses {LossesThat(item => item.DependsOnDifference)}");
        }

        if (!isPlain && !stage.Loss.AcceptsDivergence)
        {
            add("divergence", $"{InlineUnion.NameOf(stage.Divergence)}, which the loss {loss} does not read", $"reverseKl, or one of the losses {LossesThat(item => item.AcceptsDivergence)}");
        }

        if (stage.ReferenceFree && !isPlain)
        {
            add("divergence", $"{InlineUnion.NameOf(stage.Divergence)}, with referenceFree", "reverseKl, or referenceFree false, as a divergence is one from a reference");
        }

        if (stage.Loss.NeedsSft && stage.SftWeight == 0)
        {
            add("sftWeight", $"0, with the loss {loss}", "a number above 0 (its paper has 1), as the loss is a sum with that term");
        }
    }

    /// <summary>Checks what an unpaired loss asks of the settings beside it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    public static void Check(UnpairedSettings stage, Action<string, string, string> add)
    {
        if (stage.Loss.Weight(desirable: true) == 0 && stage.Loss.Weight(desirable: false) == 0)
        {
            add("desirableWeight, undesirableWeight", "0, 0", "at least one above 0, as nothing else is learnt from");
        }

        if (stage.Loss.Ranks && stage.BatchSize % 2 != 0)
        {
            add("batchSize", $"{stage.BatchSize}, with the loss {InlineUnion.NameOf(stage.Loss)}", "an even number, half of it good completions and half of it bad ones");
        }
    }

    /// <summary>Checks the settings of a reward stage against each other.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    public static void Check(RewardStageSettings stage, Action<string, string, string> add)
    {
        if (stage.EvaluationEvery > 0 && stage.EvaluationData.Length == 0)
        {
            add("evaluationEvery", $"{stage.EvaluationEvery}, without evaluationData", "0, or held-out pairs in evaluationData");
        }
    }

    private static string LossesThat(Func<PreferenceLoss, bool> isOne) =>
        string.Join(", ", InlineUnion.DefaultsOf<PreferenceLoss>().Where(isOne).Select(InlineUnion.NameOf));
}
