using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Rejection sampling (RAFT, ReST, STaR, Llama 2) on <c>prompt,answer</c>: the policy draws completions, the best are kept, and
/// the policy is fine-tuned on them; round after round.
/// </summary>
public sealed record RejectionSettings : SampledTuningSettings
{
    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => ["reject"];

    /// <inheritdoc/>
    protected internal override string Kind => "reject";

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run) =>
        new RejectionTrainer<T>(run.Engine, run.Model, run.Model, this, run.Task(this, run.Data<QuestionData>().Questions));

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        Selection.CheckChooses(add);
        base.Check(add);
    }
}

/// <summary>
/// Rejection sampling from a dataset of <c>prompt,completion,reward</c>: the best completions of each prompt are imitated.
/// </summary>
public sealed record OfflineRejectionSettings : StageSettings
{
    /// <summary>Sequences per optimizer step.</summary>
    /// <value>64.</value>
    [Within(1)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Which completions are kept.</summary>
    public SelectionSettings Selection { get; init; } = new();

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => ["rejectoffline"];

    /// <inheritdoc/>
    protected internal override string Kind => "rejectoffline";

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind => DatasetKind.Scored;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading) =>
        ScoredChoice.Read(this, reading);

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run)
    {
        var data = run.Data<ScoredData>();
        var order = new DataOrder(run.Seed, run.Index, data.Kept.Count, BatchSize);
        return new SupervisedTrainer<T>(run.Engine, run.Model, this, data.Kept, data.Metrics, order);
    }

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add) => Selection.CheckChooses(add);
}

/// <summary>For supervised stages over scored completions.</summary>
/// <param name="Kept">Prompts with the completions that were kept, each ending with the end of sequence.</param>
/// <param name="Metrics">Rewards of all completions and of those kept, and the fraction kept.</param>
public sealed record ScoredData(IReadOnlyList<TokenSequence> Kept, IReadOnlyList<KeyValuePair<string, double>> Metrics) : StageData;
