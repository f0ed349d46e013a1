using RlCore.Algebra;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Rejection sampling (RAFT, ReST, STaR, Llama 2) on <c>prompt,answer</c>: the policy draws completions, the best are kept, and
/// the policy is fine-tuned on them; round after round.
/// </summary>
public sealed record RejectionSettings : SampledTuningSettings
{
    /// <summary>
    /// A search that finds the completions of each prompt, in place of completionsPerPrompt samples (expert iteration): every complete
    /// thought of its tree is a completion.
    /// </summary>
    /// <value>null: samples.</value>
    public ThoughtSearchSettings? Search { get; init; }

    /// <inheritdoc/>
    internal override IReadOnlyList<RewardSettings> RewardParts => ThoughtJudge is { } judge ? [.. Rewards, judge] : Rewards;

    /// <inheritdoc/>
    internal override RewardSettings.Learnt? ThoughtJudge => Search?.Judge;

    /// <inheritdoc/>
    internal override bool KeepsAnotherModel => ThoughtJudge is not null;

    /// <inheritdoc/>
    internal override int DrawnPerPrompt => Search is null ? CompletionsPerPrompt : 1;

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => Search is null ? ["reject"] : ["reject", "reject with search"];

    /// <inheritdoc/>
    protected internal override string Kind => "reject";

    /// <inheritdoc/>
    protected internal override StageSettings Locate(Func<string, string> resolve) =>
        (RejectionSettings)base.Locate(resolve) with { Search = Search?.Locate(resolve) };

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading)
    {
        Search?.CheckTexts(
            reading.Tokenizer,
            (key, found, expected) => reading.Problems.Add(new InputProblem("", 0, $"{Name}.search.{key}", found, expected)));
        return base.Read(reading);
    }

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run)
    {
        OnPolicyTask task = run.Task(this, run.Data<QuestionData>().Questions);
        return new RejectionTrainer<T>(run.Engine, run.Model, run.Model, this, task)
        {
            Searcher = Search is { } search
                ? new ThoughtSearcher<T>(
                    run.Engine, run.Model, run.Tokenizer, RewardSum.Of(task.Reward), search, run.ThoughtJudge(search.Judge))
                {
                    MaxTokens = MaxCompletionTokens,
                    Sampling = Sampling,
                    Mark = Selection.Threshold,
                }
                : null,
        };
    }

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        Selection.CheckChooses(add);
        if (Search is not null && CompletionsPerPrompt != new RejectionSettings().CompletionsPerPrompt)
        {
            add(
                "completionsPerPrompt",
                $"{CompletionsPerPrompt}, with a search, which finds as many as its budget allows",
                "no such setting, or no search");
        }

        base.Check(add);
    }

    /// <inheritdoc/>
    internal override void CheckAfter(IEnumerable<StageSettings> earlier, Action<string, string, string> add)
    {
        RewardStageSettings? judge = earlier.OfType<RewardStageSettings>().FirstOrDefault(stage => stage.Name == ThoughtJudge?.From);
        if (judge is { LearnsSteps: true } && judge.StepEnd != Search!.StepEnd)
        {
            add(
                "search.stepEnd",
                $"{StepSettings.Describe(Search.StepEnd)}, and a reward model of steps that end otherwise",
                $"{StepSettings.Describe(judge.StepEnd)}, as in the stage {judge.Name}");
        }
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
