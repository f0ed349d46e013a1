using RlCore.Algebra;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Stages;

/// <summary>
/// A reward model from human judgements: pairs <c>prompt,chosen,rejected[,margin]</c> or rankings
/// <c>prompt,completion_1,completion_2,…</c>. It starts from the policy with a scalar head of zeros and is kept in
/// checkpoints as reward.safetensors; the policy is left as it is, and the run goes on with it.
/// </summary>
public sealed record RewardStageSettings : StageSettings
{
    /// <summary>Pairs, or rankings, of one optimizer step.</summary>
    /// <value>64.</value>
    public int BatchSize { get; init; } = 64;

    /// <summary>What is minimised; it also says what the rows of the data are.</summary>
    /// <value>BradleyTerry.</value>
    [Inline]
    public RankingLoss Loss { get; init; } = new RankingLoss.BradleyTerry();

    /// <summary>CSV file of held-out pairs <c>prompt,chosen,rejected</c>; empty for none.</summary>
    /// <value>"".</value>
    public string EvaluationData { get; init; } = "";

    /// <summary>Steps between evaluations on the held-out pairs, besides those before the first step and after the last; 0 for these two alone.</summary>
    /// <value>0.</value>
    public int EvaluationEvery { get; init; }

    /// <inheritdoc/>
    internal override IEnumerable<string> Files => EvaluationData.Length > 0 ? [Data, EvaluationData] : [Data];

    /// <inheritdoc/>
    internal override StageSettings Locate(Func<string, string> resolve) =>
        this with { Data = resolve(Data), EvaluationData = EvaluationData.Length > 0 ? resolve(EvaluationData) : "" };

    /// <inheritdoc/>
    internal override IEnumerable<string> MetricGroups => ["reward"];
}
