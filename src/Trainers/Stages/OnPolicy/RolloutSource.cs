using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Stages;

/// <summary>Draws the completions of a step and has them scored.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RolloutSource<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly OnPolicySettings _settings;
    private readonly OnPolicyTask _task;
    private readonly RolloutScorer<T> _scorer;
    private readonly DataOrder _order;

    /// <summary>A source of rollouts.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Questions, rewards, tokenizer, seed.</param>
    public RolloutSource(IEngine<T> engine, ILanguageModel<T> model, OnPolicySettings settings, OnPolicyTask task)
    {
        _settings = settings;
        _task = task;
        _scorer = new RolloutScorer<T>(engine, model, task, settings);
        _order = new DataOrder(task.Seed, task.StageIndex, task.Questions.Count, settings.PromptsPerStep);
    }

    /// <summary>Prompts that dynamic sampling has taken so far, which no function of the step tells.</summary>
    public long Taken { get; set; }

    private OnPolicyAlgorithm Algorithm => _settings.Algorithm;

    /// <summary>The completions of a step.</summary>
    /// <param name="step">Step within the stage, from 0.</param>
    public ScoredCompletions Draw(int step)
    {
        uint address = RunAddress.Of((uint)_task.StageIndex, step);
        var drawn = Algorithm.DynamicSampling ? DrawInformative(address) : DrawGroups(_order.RowsOf(step), address, 0);
        return drawn with
        {
            Rewards = Controlled(drawn.Rewards, address),
            Baselines = Algorithm.Advantage == AdvantageKind.GreedyBaseline ? Greedy(drawn, address) : [],
            Passes = _task.Judges is { } judges ? Judge(judges, drawn.Samples) : [],
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scorer.Dispose();
        _task.Judges?.Dispose();
    }

    // Groups of unequal rewards, each round drawing as many prompts as are missing.
    private ScoredCompletions DrawInformative(uint address)
    {
        var kept = ScoredCompletions.Empty;
        var spare = ScoredCompletions.Empty;
        int wanted = _settings.PromptsPerStep, rounds = 0, taken = 0;
        for (; kept.Groups(Algorithm.GroupSize) < wanted && rounds < Algorithm.MaxSamplingRounds; rounds++)
        {
            int missing = wanted - kept.Groups(Algorithm.GroupSize);
            var (informative, equal) = DrawGroups(_order.Rows(Taken, missing), address, taken * Algorithm.GroupSize).SplitByEquality(Algorithm.GroupSize);
            kept = kept.Append(informative);
            spare = spare.Append(equal);
            Taken += missing;
            taken += missing;
        }

        var selection = new DynamicSelection(rounds, kept.Groups(Algorithm.GroupSize), taken, [.. kept.Rewards, .. spare.Rewards]);
        return kept.Append(spare).First(wanted * Algorithm.GroupSize) with { Selection = selection };
    }

    private ScoredCompletions DrawGroups(int[] rows, uint address, int firstCompletion)
    {
        Question[] asked = [.. rows.Select(row => _task.Questions[row])];
        var drawn = Sample(asked, Algorithm.GroupSize, Algorithm.Sampling, new SamplingAddress(_task.Seed, RandomPurpose.Rollout, address, (uint)firstCompletion));
        return new ScoredCompletions(drawn.Completions, drawn.Samples, drawn.Rewards, drawn.Parts);
    }

    // The reward of each prompt's greedy completion, for each of its completions.
    private double[] Greedy(ScoredCompletions drawn, uint address)
    {
        Question[] asked = [.. drawn.Samples.Where((_, i) => i % Algorithm.GroupSize == 0).Select(sample => sample.Question)];
        var greedy = Sample(asked, 1, SamplingOptions.Greedy, new SamplingAddress(_task.Seed, RandomPurpose.Rollout, address));
        double[] baselines = RewardShaping.Shape(_settings, greedy.Samples, greedy.Rewards);
        return [.. drawn.Samples.Select((_, i) => baselines[i / Algorithm.GroupSize])];
    }

    private bool[] Judge(RewardSum judges, IReadOnlyList<RewardSample> samples)
    {
        var verdicts = judges.ScoreParts(samples, CancellationToken.None);
        return [.. samples.Select((_, i) => verdicts.Parts.All(judge => judge.Scores[i] >= _settings.JudgePassAt))];
    }

    private ScoredRollouts Sample(Question[] asked, int groupSize, SamplingOptions sampling, SamplingAddress address) =>
        _scorer.Draw(asked, groupSize, _settings.MaxCompletionTokens, sampling, address);

    private double[] Controlled(double[] rewards, uint address) => _settings.ShuffleRewards
        ? [.. Philox.Permutation(_task.Seed, RandomPurpose.Control, address, rewards.Length).Select(i => rewards[i])]
        : rewards;
}
