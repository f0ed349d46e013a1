using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Recipes;

/// <summary>The columns of metrics.csv.</summary>
public static class RecipeMetrics
{
    /// <summary>
    /// What the stages of a recipe fill, with its rewards' parts after the reward's own, and what only a program's own stages
    /// know last.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    public static IReadOnlyList<string> Of(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        IEnumerable<string> parts = recipe.Stages.SelectMany(stage => stage.ScoredParts).Distinct()
            .SelectMany(name => new[] { MetricNames.PartMean(name), MetricNames.PartStd(name) });
        IEnumerable<string> failures = recipe.Stages.Where(stage => stage is IRewardedStage { OnRewardError: RewardErrorAction.Score })
            .SelectMany(stage => stage.FailingParts).Distinct().Select(MetricNames.PartFailures);
        IEnumerable<string> undecided = recipe.Stages.SelectMany(stage => stage.BoundedParts).Distinct().Select(MetricNames.PartUndecided);
        HashSet<string> groups = [.. recipe.Stages.SelectMany(stage => stage.MetricGroups), "all"];
        string[] further = [.. recipe.Stages.SelectMany(stage => stage.Metrics).Distinct()];
        HashSet<string> filled =
        [
            .. MetricPages.All.Where(entry => entry.Stages.Split(", ").Any(groups.Contains)).Select(entry => entry.Name),
            .. further,
        ];
        return
        [
            .. MetricNames.All.TakeWhile(name => name != MetricNames.FractionZeroStd).Where(filled.Contains),
            .. parts,
            .. failures,
            .. undecided,
            .. MetricNames.All.SkipWhile(name => name != MetricNames.FractionZeroStd).Where(filled.Contains),
            .. further.Except(MetricNames.All),
        ];
    }
}
