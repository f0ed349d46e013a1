using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Distillation from completions: a teacher draws completions of the prompts, all or the best of them are kept, and the model is
/// fine-tuned on those (DeepSeek-R1's small models). The data is <c>prompt</c>, and <c>answer</c> where rewards read it.
/// </summary>
public sealed record DistillationSettings : SampledTuningSettings, ITaughtStage
{
    /// <summary>
    /// All completions are kept, as often as they are drawn, unless the stage says otherwise: what a teacher says often weighs
    /// more.
    /// </summary>
    public DistillationSettings() => Selection = new SelectionSettings { Keep = KeepKind.All, Deduplicate = false };

    /// <summary>The teacher: the name of an earlier stage, whose result it is, or the folder of a checkpoint or of a run.</summary>
    [Matches(MatchesAttribute.Something, "the name of an earlier stage, or the folder of a checkpoint or of a run")]
    public string Teacher { get; init; } = "";

    /// <summary>
    /// Shape of a new model with random weights that learns in this stage, and that later stages go on with; null goes on with
    /// the model of the run.
    /// </summary>
    /// <value>null.</value>
    public ModelSettings? Student { get; init; }

    /// <inheritdoc/>
    protected internal override StageSettings Locate(Func<string, string> resolve) => (DistillationSettings)base.Locate(resolve) with { Teacher = resolve(Teacher) };

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => ["distill"];

    /// <inheritdoc/>
    protected internal override string Kind => "distill";

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run) =>
        new RejectionTrainer<T>(run.Engine, run.Model, run.Teacher(Teacher), this, run.Task(this, run.Data<QuestionData>().Questions));

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        // Without a choice no completion is scored.
        var plain = new DistillationSettings();
        if (Selection.Keep == KeepKind.All && !(Rewards.Equals(plain.Rewards) && OnRewardError == plain.OnRewardError))
        {
            add("rewards", "settings of rewards, which keep all does not read", "no such settings, or selection.keep best, topFraction or passing");
        }

        base.Check(add);
    }
}

/// <summary>
/// Generalised knowledge distillation (GKD; Agarwal et al. 2024): at each token the model's whole next-token distribution
/// approaches the teacher's, on completions that the model draws itself and on given ones.
/// </summary>
public sealed record GkdSettings : StageSettings, ITaughtStage
{
    /// <summary>The teacher: the name of an earlier stage, whose result it is, or the folder of a checkpoint or of a run.</summary>
    [Matches(MatchesAttribute.Something, "the name of an earlier stage, or the folder of a checkpoint or of a run")]
    public string Teacher { get; init; } = "";

    /// <summary>
    /// Shape of a new model with random weights that learns in this stage, and that later stages go on with; null goes on with
    /// the model of the run.
    /// </summary>
    /// <value>null.</value>
    public ModelSettings? Student { get; init; }

    /// <summary>Sequences of one optimizer step.</summary>
    /// <value>64.</value>
    [Within(1)]
    public int BatchSize { get; init; } = 64;

    /// <summary>λ: the chance that the sequences of a step are drawn from the model that learns.</summary>
    /// <value>0.5.</value>
    [Within(0, 1)]
    public double Lambda { get; init; } = 0.5;

    /// <summary>Where the sequences of the other steps come from. Not read when λ is 1.</summary>
    /// <value>Dataset.</value>
    public GivenKind Given { get; init; } = GivenKind.Dataset;

    /// <summary>
    /// β of the generalised Jensen–Shannon divergence: 0 is the KL from the teacher to the model (forward, covers all that the
    /// teacher does), 1 the KL from the model to the teacher (reverse, seeks the teacher's modes).
    /// </summary>
    /// <value>0.5.</value>
    [Within(0, 1)]
    public double Beta { get; init; } = 0.5;

    /// <summary>Temperature of both distributions that are compared.</summary>
    /// <value>1.</value>
    [Within(0, LowOpen = true)]
    public double Temperature { get; init; } = 1;

    /// <summary>Most tokens of a completion that is drawn.</summary>
    /// <value>32.</value>
    [Within(1)]
    public int MaxCompletionTokens { get; init; } = 32;

    /// <summary>How completions are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Whether the data must have completions.</summary>
    internal bool ReadsCompletions => Lambda < 1 && Given == GivenKind.Dataset;

    /// <inheritdoc/>
    protected internal override StageSettings Locate(Func<string, string> resolve) => (GkdSettings)base.Locate(resolve) with { Teacher = resolve(Teacher) };

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => ["gkd"];

    /// <inheritdoc/>
    protected internal override string Kind => "gkd";

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind => ReadsCompletions ? DatasetKind.Sft : DatasetKind.Prompts;

    /// <inheritdoc/>
    internal override int DrawnTokens => ReadsCompletions ? 0 : MaxCompletionTokens;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading) =>
        new SupervisedData(ReadsCompletions
            ? reading.Demonstrations(Data)
            : reading.Open(DatasetFormats.Questions, Data, reading.Prompts(MaxCompletionTokens, []), row => reading.Encode(row.Prompt)));

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run) =>
        new GkdTrainer<T>(
            run.Engine,
            run.Model,
            run.Teacher(Teacher),
            this,
            new GkdTask(run.Data<SupervisedData>().Demonstrations, run.Tokenizer.EndOfSequence, run.Seed, run.Index));

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        var plain = new GkdSettings();
        Sampling.CheckVaried("sampling", add);
        if (Lambda == 1 && Given != plain.Given)
        {
            add(
                "given",
                $"{SettingsSchema.Key(Given)}, with lambda 1, where every completion is the model's own",
                "no such setting, or lambda below 1");
        }

        bool draws = Lambda > 0 || Given == GivenKind.Teacher;
        if (!draws && (Sampling != plain.Sampling || MaxCompletionTokens != plain.MaxCompletionTokens))
        {
            add(
                "sampling, maxCompletionTokens",
                "settings of drawing, with lambda 0 and the dataset's completions",
                "no such settings, lambda above 0, or given teacher");
        }
    }
}

/// <summary>Where the sequences of a distillation come from that the model does not draw itself.</summary>
public enum GivenKind
{
    /// <summary>The dataset's completions, <c>prompt,completion</c>.</summary>
    Dataset,

    /// <summary>The teacher draws them.</summary>
    Teacher,
}
