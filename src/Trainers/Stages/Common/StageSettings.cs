using System.Text.Json;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>
/// One stage of a recipe. Each record that derives from it is a kind of stage and owns itself: its settings, how it reads its data,
/// what its settings ask of each other, and its trainer. A program adds stages of its own by name to a
/// <see cref="Recipes.Registry"/>.
/// </summary>
public abstract record StageSettings : INamedCase, ICheckedSettings
{
    /// <summary>The stage's name in metrics, progress and checkpoints.</summary>
    [Matches(MatchesAttribute.Identifier, "a name of letters, digits, '-' and '_'")]
    public string Name { get; init; } = "";

    /// <summary>The stage's CSV file.</summary>
    [Matches(MatchesAttribute.Something, "the path of a CSV file")]
    public string Data { get; init; } = "";

    /// <summary>What the columns of the file are called.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>
    /// The character between the cells of the file: "auto" finds out whether it is a comma, a semicolon or a tab; "tab" is a tab.
    /// </summary>
    /// <value>"auto".</value>
    [Matches(MatchesAttribute.Something, "auto, tab, or the character between the cells")]
    public string Delimiter { get; init; } = RowRules.Detected;

    /// <summary>What becomes of line breaks inside cells: unify reads \r\n as \n.</summary>
    /// <value>Unify.</value>
    public LineBreakAction LineBreaks { get; init; } = LineBreakAction.Unify;

    /// <summary>What becomes of a row that cannot be used.</summary>
    /// <value>Refuse.</value>
    public BadRowAction OnBadRow { get; init; } = BadRowAction.Refuse;

    /// <summary>What becomes of a row that is longer than the model's context.</summary>
    /// <value>Refuse.</value>
    public LongRowAction OnLong { get; init; } = LongRowAction.Refuse;

    /// <summary>Where a row that is too long is cut, if onLong cuts it.</summary>
    /// <value>Auto: a prompt whose completion is drawn at its start, a completion that comes with the file at its end.</value>
    public TruncatedSide TruncateSide { get; init; } = TruncatedSide.Auto;

    /// <summary>Optimizer steps (supervised) or rollout steps (on-policy).</summary>
    [Within(1)]
    public int Steps { get; init; }

    /// <summary>Most sequences of a forward and backward pass; it affects only memory, not the gradient.</summary>
    /// <value>256.</value>
    [Within(1)]
    public int MicroBatchSize { get; init; } = 256;

    /// <summary>
    /// Most tokens of a forward and backward pass, padding included (its sequences times the longest of them; a single sequence is always
    /// a pass); it affects only memory, not the gradient. 0: as many as half of the machine's memory has room for, which the run keeps in
    /// run.json; without a run, no limit.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public int TokensPerPass { get; init; }

    /// <summary>Optimizer and schedule.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>Least tokens of a shard of a step, by the recipe's shardWork and the model's size; 0 for no limit.</summary>
    internal int TokensPerShard { get; init; }

    /// <summary>What a forward and backward pass may take.</summary>
    internal PassLimits Limits => new(MicroBatchSize, TokensPerPass, TokensPerShard);

    /// <summary>The same settings, as datasets take them.</summary>
    internal RowRules RowRules => new()
    {
        Delimiter = Delimiter,
        LineBreaks = LineBreaks,
        OnBadRow = OnBadRow,
        OnLong = OnLong,
        TruncateSide = TruncateSide,
    };

    /// <summary>The stage as recipes name it.</summary>
    internal string TypeName { get => field.Length > 0 ? field : Kind; init; } = "";

    /// <summary>The name in recipes of this kind of stage, unless a program has added it by another.</summary>
    /// <value>The record's name in camelCase, without "Settings".</value>
    protected internal virtual string Kind
    {
        get
        {
            string name = JsonNamingPolicy.CamelCase.ConvertName(GetType().Name);
            return name.EndsWith(nameof(Settings), StringComparison.Ordinal) ? name[..^nameof(Settings).Length] : name;
        }
    }

    /// <summary>What a row of <see cref="Data"/> is.</summary>
    protected internal abstract DatasetKind DataKind { get; }

    /// <summary>What a row of the stage's held-out data is, if it has some.</summary>
    internal virtual DatasetKind? HeldOutKind => null;

    /// <summary>Which groups of metrics the stage fills: the names in the column "stages" of docs/metrics.md that apply to it.</summary>
    protected internal abstract IEnumerable<string> MetricGroups { get; }

    /// <summary>The names of further metrics that the stage fills, such as its own.</summary>
    protected internal virtual IEnumerable<string> Metrics => [];

    /// <summary>The rewards of the stage's completions; none if it generates none.</summary>
    internal virtual IReadOnlyList<RewardSettings> RewardParts => (this as IRewardedStage)?.Rewards ?? [];

    /// <summary>The reward model that scores the thoughts of the stage's search; null if none does.</summary>
    internal virtual RewardSettings.Learnt? ThoughtJudge => null;

    /// <summary>The names of the rewards whose mean and deviation the stage reports.</summary>
    internal virtual IEnumerable<string> ScoredParts => ((this as IRewardedStage)?.Rewards ?? []).Select(reward => reward.Name);

    /// <summary>The names of the rewards whose failures the stage reports, where they do not stop the run.</summary>
    internal virtual IEnumerable<string> FailingParts => ScoredParts;

    /// <summary>Names of the rewards whose work on one completion has a limit.</summary>
    internal IEnumerable<string> BoundedParts =>
        ((this as IRewardedStage)?.Rewards ?? []).Where(reward => reward.IsBounded).Select(reward => reward.Name);

    /// <summary>Most tokens of the completions that the stage draws; 0 where it draws none.</summary>
    internal virtual int DrawnTokens => (this as IRewardedStage)?.MaxCompletionTokens ?? 0;

    /// <summary>Completions of one prompt that are drawn together; 0 for a stage that draws none.</summary>
    internal virtual int DrawnPerPrompt => 0;

    /// <summary>Whether another model's weights are kept beside those that are trained: a reference's, a teacher's, a policy's.</summary>
    internal virtual bool KeepsAnotherModel => false;

    /// <summary>Whether a value model with its own trunk is trained besides the policy.</summary>
    internal virtual bool TrainsValueModel => false;

    /// <summary>Whether the stage makes a reward model and leaves the policy as it is.</summary>
    internal virtual bool TrainsRewardModel => false;

    /// <summary>Whether the reward model that the stage makes scores steps.</summary>
    internal virtual bool TrainsProcessModel => false;

    /// <summary>Optimizer steps of the stage.</summary>
    internal virtual long Updates => Steps;

    /// <summary>Every dataset that the stage reads.</summary>
    internal virtual IEnumerable<string> Datasets => [Data];

    /// <summary>Every file that the stage reads.</summary>
    internal IEnumerable<string> Files => [.. Datasets, .. RewardParts.SelectMany(reward => reward.Files)];

    string INamedCase.TypeName => TypeName;

    /// <summary>Reads and checks the stage's data.</summary>
    /// <param name="reading">Opens datasets, and collects what is wrong.</param>
    protected internal abstract StageData Read(StageReading reading);

    /// <summary>The trainer of the stage.</summary>
    /// <param name="run">The run around it.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    protected internal abstract IStageTrainer CreateTrainer<T>(StageContext<T> run)
        where T : struct, ITensor<T>;

    /// <summary>What the settings ask of each other besides their columns, warm-up and rewards, each being in its own range.</summary>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    protected internal virtual void Check(Action<string, string, string> add)
    {
    }

    /// <summary>What the stage asks of the stages before it.</summary>
    /// <param name="earlier">The stages before it.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    internal virtual void CheckAfter(IEnumerable<StageSettings> earlier, Action<string, string, string> add)
    {
    }

    /// <summary>The same stage with the paths of its files replaced.</summary>
    /// <param name="resolve">Returns a file's full path.</param>
    protected internal virtual StageSettings Locate(Func<string, string> resolve) => this with { Data = resolve(Data) };

    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        RowRules.Check(add);
        ColumnRules.Check(Columns, DataKind, add, HeldOutKind);
        Optimizer.Schedule.CheckWarmup("optimizer.warmupSteps", Updates, add);
        if (this is IRewardedStage rewarded)
        {
            RewardList.Check(rewarded.Rewards, rewarded.Errors, add);
        }

        Check(add);
    }
}
