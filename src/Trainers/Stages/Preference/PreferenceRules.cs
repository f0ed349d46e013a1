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
        RecipeRules.For<PairwiseSettings>(stage => stage.Beta, RecipeRules.Positive),
        RecipeRules.For<PairwiseSettings>(stage => stage.LabelSmoothing, Smoothing),
        RecipeRules.For<PairwiseSettings>(stage => stage.TargetMargin, RecipeRules.NotNegative),
        RecipeRules.For<PairwiseSettings>(stage => stage.RewardAlpha, RecipeRules.Finite),
        RecipeRules.For<PairwiseSettings>(stage => stage.DiscoPopTemperature, RecipeRules.Positive),
        RecipeRules.For<PairwiseSettings>(stage => stage.DivergenceOrder, RecipeRules.Positive),
        RecipeRules.For<PairwiseSettings>(stage => stage.SftWeight, RecipeRules.NotNegative),
        RecipeRules.For<UnpairedSettings>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<UnpairedSettings>(stage => stage.Beta, RecipeRules.Positive),
        RecipeRules.For<UnpairedSettings>(stage => stage.DesirableWeight, RecipeRules.NotNegative),
        RecipeRules.For<UnpairedSettings>(stage => stage.UndesirableWeight, RecipeRules.NotNegative),
        RecipeRules.For<UnpairedSettings>(stage => stage.LabelSmoothing, Smoothing),
        RecipeRules.For<RewardStageSettings>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<RewardStageSettings>(stage => stage.Centring, RecipeRules.NotNegative),
        RecipeRules.For<RewardStageSettings>(stage => stage.EvaluationEvery, RecipeRules.AtLeast(0)),
    ];

    private static SettingRule Smoothing => RecipeRules.Number(value => value is >= 0 and < 0.5, "a number from 0 to below 0.5");

    /// <summary>What a stage's loss does not read.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    public static void Check(PairwiseSettings stage, Action<string, string, string> add)
    {
        var plain = new PreferenceSettings();
        string loss = RecipeSchema.Key(stage.Loss);
        void Refuse(bool isSet, bool isRead, string key, object found, string expected)
        {
            if (isSet && !isRead)
            {
                add(key, $"{found}, which the loss {loss} does not read", expected);
            }
        }

        Refuse(stage.LabelSmoothing > 0, PreferenceObjectives.ReadsLabelSmoothing(stage.Loss), "labelSmoothing", stage.LabelSmoothing, $"0, or one of the losses {Losses(PreferenceObjectives.ReadsLabelSmoothing)}");
        Refuse(stage.TargetMargin != 0, stage.Loss == PreferenceLossKind.SimPo, "targetMargin", stage.TargetMargin, "0, or the loss simPo");
        Refuse(stage.RewardAlpha != 0, stage.Loss == PreferenceLossKind.SimPo, "rewardAlpha", stage.RewardAlpha, "0, or the loss simPo");
        Refuse(stage.DiscoPopTemperature != plain.DiscoPopTemperature, stage.Loss == PreferenceLossKind.DiscoPop, "discoPopTemperature", stage.DiscoPopTemperature, "no such setting, or the loss discoPop");
        Refuse(stage.ReferenceFree, PreferenceObjectives.ReadsReferenceFree(stage.Loss), "referenceFree", "true", $"false, or one of the losses {Losses(PreferenceObjectives.ReadsReferenceFree)}");
        Refuse(stage.Divergence != plain.Divergence, PreferenceObjectives.ReadsDivergence(stage.Loss), "divergence", RecipeSchema.Key(stage.Divergence), $"reverseKl, or one of the losses {Losses(PreferenceObjectives.ReadsDivergence)}");
        CheckNeeds(stage, plain, add);
    }

    /// <summary>What a stage's loss does not read.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    public static void Check(UnpairedSettings stage, Action<string, string, string> add)
    {
        string loss = RecipeSchema.Key(stage.Loss);
        bool sorts = stage.Loss == UnpairedLossKind.Aot;
        if (stage.LabelSmoothing > 0 && !sorts)
        {
            add("labelSmoothing", $"{stage.LabelSmoothing}, which the loss {loss} does not read", "0, or the loss aot");
        }

        if (sorts && (stage.DesirableWeight != 1 || stage.UndesirableWeight != 1))
        {
            add("desirableWeight, undesirableWeight", $"{stage.DesirableWeight}, {stage.UndesirableWeight}, which the loss aot does not read", "no such settings, or one of the losses kto, apoZero, bco");
        }

        if (stage.DesirableWeight == 0 && stage.UndesirableWeight == 0)
        {
            add("desirableWeight, undesirableWeight", "0, 0", "at least one above 0, as nothing else is learnt from");
        }

        if (sorts && stage.BatchSize % 2 != 0)
        {
            add("batchSize", $"{stage.BatchSize}, with the loss aot", "an even number, half of it good completions and half of it bad ones");
        }
    }

    /// <summary>What a stage's loss does not read.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    public static void Check(RewardStageSettings stage, Action<string, string, string> add)
    {
        if (stage.Centring > 0 && stage.Loss != RewardLossKind.BradleyTerry)
        {
            add("centring", $"{stage.Centring}, which the loss {RecipeSchema.Key(stage.Loss)} does not read", "0, or the loss bradleyTerry");
        }

        if (stage.EvaluationEvery > 0 && stage.EvaluationData.Length == 0)
        {
            add("evaluationEvery", $"{stage.EvaluationEvery}, without evaluationData", "0, or held-out pairs in evaluationData");
        }
    }

    private static void CheckNeeds(PairwiseSettings stage, PreferenceSettings plain, Action<string, string, string> add)
    {
        if (stage.Loss == PreferenceLossKind.Exo && stage.LabelSmoothing == 0)
        {
            add("labelSmoothing", "0, with the loss exo", "a number above 0 (such as 1e-3), as exo takes its logarithm");
        }

        if (PreferenceObjectives.NeedsSft(stage.Loss) && stage.SftWeight == 0)
        {
            add("sftWeight", $"0, with the loss {RecipeSchema.Key(stage.Loss)}", "a number above 0 (its paper has 1), as the loss is a sum with that term");
        }

        if (stage.ReferenceFree && stage.Divergence != plain.Divergence)
        {
            add("divergence", $"{RecipeSchema.Key(stage.Divergence)}, with referenceFree", "reverseKl, or referenceFree false, as a divergence is one from a reference");
        }

        if (stage.DivergenceOrder != plain.DivergenceOrder && stage.Divergence != PreferenceDivergence.Alpha)
        {
            add("divergenceOrder", $"{stage.DivergenceOrder}, which the divergence {RecipeSchema.Key(stage.Divergence)} does not read", "no such setting, or the divergence alpha");
        }
    }

    private static string Losses(Func<PreferenceLossKind, bool> isOne) =>
        string.Join(", ", Enum.GetValues<PreferenceLossKind>().Where(isOne).Select(loss => RecipeSchema.Key(loss)));
}
