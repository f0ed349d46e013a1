using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>On-policy reinforcement learning on <c>prompt,answer</c> with a verifiable reward.</summary>
public sealed record OnPolicySettings : StageSettings, IRewardedStage
{
    /// <summary>The stage of an algorithm, with its defaults.</summary>
    /// <param name="algorithm">The algorithm.</param>
    public static OnPolicySettings Of(OnPolicyAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(algorithm);

        // If an algorithm needs judges, the first reward serves as one by default.
        var stage = new OnPolicySettings { Algorithm = algorithm };
        return algorithm.Advantage.UsesVerdicts ? stage with { Judges = [stage.Rewards[0]] } : stage;
    }

    /// <summary>The algorithm, as a value.</summary>
    public OnPolicyAlgorithm Algorithm { get; init; } = Algorithms.Grpo();

    /// <summary>How completions are scored: the weighted sum of these.</summary>
    /// <value>Numeric.</value>
    public IReadOnlyList<RewardSettings> Rewards { get; init => field = new ValueList<RewardSettings>(value); } =
        new ValueList<RewardSettings>([new RewardSettings.Numeric()]);

    /// <summary>What happens when a reward cannot score a completion.</summary>
    /// <value>Stop.</value>
    public RewardErrorAction OnRewardError { get; init; } = RewardErrorAction.Stop;

    /// <summary>
    /// The score, before its weight, of a completion that a reward cannot score; used only if such completions do not stop the
    /// run.
    /// </summary>
    /// <value>0.</value>
    [Within]
    public double RewardErrorScore { get; init; }

    /// <summary>
    /// Largest share of the last 64 or more completions that may fail to be scored, if single failures do not stop the run: a larger one
    /// does; 1 never does.
    /// </summary>
    /// <value>0.5.</value>
    [Within(0, 1)]
    public double MaxRewardErrorShare { get; init; } = RewardErrors.DefaultMaxShare;

    /// <summary>
    /// Constraints of the advantage constrained (CGPO): rewards as judges, whose weights are ignored. A completion passes if
    /// each gives it at least <see cref="JudgePassAt"/>.
    /// </summary>
    /// <value>None.</value>
    public IReadOnlyList<RewardSettings> Judges { get; init => field = new ValueList<RewardSettings>(value); } =
        new ValueList<RewardSettings>([]);

    /// <summary>The score needed to pass a judge.</summary>
    /// <value>1.</value>
    [Within]
    public double JudgePassAt { get; init; } = 1;

    /// <summary>
    /// A CSV file of <c>prompt,completion</c> whose likelihood is maximised together with the reward (PPO-ptx); empty for
    /// none.
    /// </summary>
    /// <value>"".</value>
    public string MixData { get; init; } = "";

    /// <summary>Weight of the mean negative log-likelihood per token of <see cref="MixData"/>.</summary>
    /// <value>0.</value>
    [Within(0)]
    public double MixCoefficient { get; init; }

    /// <summary>Demonstrations of <see cref="MixData"/> per update.</summary>
    /// <value>64.</value>
    [Within(1)]
    public int MixBatchSize { get; init; } = 64;

    /// <summary>Prompts per rollout step; the number of sequences is prompts · group size.</summary>
    /// <value>64.</value>
    [Within(1)]
    public int PromptsPerStep { get; init; } = 64;

    /// <summary>Maximum tokens per completion.</summary>
    /// <value>32.</value>
    [Within(1)]
    public int MaxCompletionTokens { get; init; } = 32;

    /// <summary>Servers that draw the completions in the policy's place; null for the policy itself.</summary>
    /// <value>null.</value>
    public RolloutServerSettings? Rollouts { get; init; }

    /// <summary>
    /// A second attempt at each question, which reads the first one; null for one attempt. Every step then draws twice as many
    /// completions.
    /// </summary>
    /// <value>null.</value>
    public SecondAttemptSettings? SecondAttempt { get; init; }

    /// <summary>
    /// A control experiment: rewards are permuted over all completions of a step, so that they carry no information about the
    /// completions. Any remaining improvement is not due to reinforcement learning.
    /// </summary>
    /// <value>false.</value>
    public bool ShuffleRewards { get; init; }

    /// <inheritdoc/>
    internal override IReadOnlyList<RewardSettings> RewardParts => [.. Rewards, .. Judges];

    /// <inheritdoc/>
    internal override IEnumerable<string> Datasets => MixData.Length > 0 ? [Data, MixData] : [Data];

    /// <inheritdoc/>
    protected internal override StageSettings Locate(Func<string, string> resolve) =>
        this with
        {
            Data = resolve(Data),
            Rewards = [.. Rewards.Select(reward => reward.Locate(resolve))],
            Judges = [.. Judges.Select(judge => judge.Locate(resolve))],
            MixData = MixData.Length == 0 ? "" : resolve(MixData),
        };

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups =>
    [
        "on-policy",
        .. Algorithm.Value is null ? Array.Empty<string>() : ["on-policy with a value model"],
        .. Algorithm.DynamicSampling ? ["on-policy with dynamic sampling"] : Array.Empty<string>(),
        .. Algorithm.Advantage.UsesGreedyBaseline ? ["on-policy with a greedy baseline"] : Array.Empty<string>(),
        .. Judges.Count > 0 ? ["on-policy with judges"] : Array.Empty<string>(),
        .. MixData.Length > 0 ? ["on-policy with mixed data"] : Array.Empty<string>(),
        .. Rollouts is not null ? ["on-policy with servers"] : Array.Empty<string>(),
        .. SecondAttempt is not null ? ["on-policy with a second attempt"] : Array.Empty<string>(),
        .. Algorithm.TrustRegion is not null ? ["on-policy with a trust region"] : Array.Empty<string>(),
    ];

    /// <inheritdoc/>
    protected internal override string Kind => Algorithms.NameOf(Algorithm);

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind => DatasetKind.Prompts;

    /// <inheritdoc/>
    internal override int DrawnPerPrompt => Algorithm.GroupSize;

    /// <inheritdoc/>
    internal override bool KeepsAnotherModel => Algorithm.KlPlacement.IsActive || SecondAttempt is { FirstKl: > 0 };

    /// <inheritdoc/>
    internal override bool TrainsValueModel => Algorithm.Value is { Trunk: ValueTrunk.Own };

    /// <inheritdoc/>
    internal override long Updates => (long)Steps * Algorithm.UpdatesPerRollout;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading) =>
        new OnPolicyData(
            reading.Questions(
                Data,
                AttemptPrompts.Room(SecondAttempt, MaxCompletionTokens, reading.Tokenizer, key => $"secondAttempt.{key}", reading.Problems),
                RewardParts),
            MixData.Length > 0 ? reading.Demonstrations(MixData) : []);

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run)
    {
        var data = run.Data<OnPolicyData>();
        OnPolicyTask task = run.Task(this, data.Questions) with
        {
            Judges = Judges.Count > 0 ? RewardSum.Create(Judges, ((IRewardedStage)this).Errors, run.Rewards) : null,
            Mix = data.Mix,
            Served = run.Served(Rollouts),
        };
        return new OnPolicyTrainer<T>(
            run.Engine,
            run.Model,
            KeepsAnotherModel ? run.Reference() : null,
            this,
            task,
            TrainsValueModel ? Algorithm.Value!.Open(run) : null);
    }

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add) => AlgorithmRules.Check(this, add);

    /// <inheritdoc/>
    internal override void CheckAfter(IEnumerable<StageSettings> earlier, Action<string, string, string> add)
    {
        string from = Algorithm.Value?.StartFrom ?? "";
        if (from.Length > 0 && earlier.All(stage => stage.Name != from))
        {
            add("algorithm.value.startFrom", $"\"{from}\"", "the name of an earlier stage that makes a value or reward model");
        }
    }
}

/// <summary>For on-policy stages.</summary>
/// <param name="Questions">Prompts with their known answers.</param>
/// <param name="Mix">Demonstrations mixed in; empty for none.</param>
public sealed record OnPolicyData(IReadOnlyList<Question> Questions, IReadOnlyList<TokenSequence> Mix) : QuestionData(Questions);
