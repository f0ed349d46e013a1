using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Stages;

/// <summary>The source of a step's completions: prompts are taken in the order of the data, completed, scored and judged.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RolloutSource<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly OnPolicySettings _settings;
    private readonly OnPolicyTask _task;
    private readonly RolloutScorer<T> _scorer;
    private readonly DataOrder _order;

    /// <summary>A source.</summary>
    /// <param name="engine">The policy's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Questions, reward, judges, tokenizer, seed.</param>
    public RolloutSource(IEngine<T> engine, ILanguageModel<T> model, OnPolicySettings settings, OnPolicyTask task)
    {
        _settings = settings;
        _task = task;
        _scorer = new RolloutScorer<T>(engine, model, task.Tokenizer, task.Reward, task.Served);
        _order = new DataOrder(task.Seed, task.StageIndex, task.Questions.Count, settings.PromptsPerStep);
    }

    /// <summary>Number of prompts that dynamic sampling has taken so far.</summary>
    public long Taken { get; set; }

    /// <summary>Servers that draw in the policy's place; null for none.</summary>
    public ServedCompletions? Served => _task.Served;

    private OnPolicyAlgorithm Algorithm => _settings.Algorithm;

    /// <summary>The completions of a step.</summary>
    /// <param name="step">Step within the stage, from 0.</param>
    public Rollout Draw(int step)
    {
        uint address = RunAddress.Of((uint)_task.StageIndex, step);
        _task.Served?.Begin(step);
        Rollout drawn = Algorithm.DynamicSampling ? DrawInformative(address) : DrawGroups(_order.RowsOf(step), address, 0);
        Rollout rewarded = _settings.ShuffleRewards ? Shuffled(drawn, address) : drawn;
        return rewarded with
        {
            Baselines = Algorithm.Advantage.UsesGreedyBaseline ? Greedy(drawn, address) : [],
            Steps = Algorithm.Advantage.UsesSteps ? _scorer.ScoreSteps(drawn.Samples) : [],
            Passes = _task.Judges is { } judges ? Judge(judges, drawn.Samples) : [],
        };
    }

    /// <summary>Lets servers begin to draw the next step's completions, where that is wanted and there is a next step.</summary>
    /// <param name="step">This step, which the policy has not learnt from.</param>
    public void BeginNext(int step)
    {
        if (_settings.Rollouts is { Asynchronous: true } && step + 1 < _settings.Steps)
        {
            int[][] prompts =
            [
                .. _order.RowsOf(step + 1).Select(row => _task.Tokenizer.EncodePrompt(_task.Questions[row].Prompt)),
            ];
            _task.Served!.BeginNext(
                step + 1,
                prompts,
                Algorithm.GroupSize,
                _settings.MaxCompletionTokens,
                Algorithm.Sampling,
                new SamplingAddress(_task.Seed, RandomPurpose.Rollout, RunAddress.Of((uint)_task.StageIndex, step + 1)));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scorer.Dispose();
        _task.Served?.Dispose();
        _task.Judges?.Dispose();
    }

    // Collects groups of unequal rewards; each round draws as many prompts as are missing.
    private Rollout DrawInformative(uint address)
    {
        var kept = Rollout.Empty(Algorithm.GroupSize);
        var spare = Rollout.Empty(Algorithm.GroupSize);
        int wanted = _settings.PromptsPerStep, rounds = 0, taken = 0;
        for (; kept.Groups < wanted && rounds < Algorithm.MaxSamplingRounds; rounds++)
        {
            int missing = wanted - kept.Groups;
            var (informative, equal) = DrawGroups(_order.Rows(Taken, missing), address, taken * Algorithm.GroupSize).SplitByEquality();
            kept = kept.Append(informative);
            spare = spare.Append(equal);
            Taken += missing;
            taken += missing;
        }

        var selection = new DynamicSelection(rounds, kept.Groups, [.. kept.Rewards, .. spare.Rewards]);
        return kept.Append(spare).First(wanted * Algorithm.GroupSize) with { Selection = selection };
    }

    private Rollout DrawGroups(int[] rows, uint address, int firstCompletion)
    {
        Question[] asked = [.. rows.Select(row => _task.Questions[row])];
        return Sample(
            asked,
            Algorithm.GroupSize,
            Algorithm.Sampling,
            new SamplingAddress(_task.Seed, RandomPurpose.Rollout, address, (uint)firstCompletion));
    }

    // The reward of the greedy completion, repeated for each completion of the prompt.
    private double[] Greedy(Rollout drawn, uint address)
    {
        Question[] asked = [.. drawn.Samples.Where((_, i) => i % Algorithm.GroupSize == 0).Select(sample => sample.Question)];
        Rollout greedy = Sample(asked, 1, SamplingOptions.Greedy, new SamplingAddress(_task.Seed, RandomPurpose.Rollout, address));
        double[] baselines = RewardShaping.Shape(_settings, greedy);
        return [.. drawn.Samples.Select((_, i) => baselines[i / Algorithm.GroupSize])];
    }

    private bool[] Judge(RewardSum judges, IReadOnlyList<RewardSample> samples)
    {
        RewardScores verdicts = judges.ScoreParts(samples, CancellationToken.None);
        return [.. samples.Select((_, i) => verdicts.Parts.All(judge => judge.Scores[i] >= _settings.JudgePassAt))];
    }

    private Rollout Sample(Question[] asked, int groupSize, SamplingOptions sampling, SamplingAddress address)
    {
        Rollout first = _scorer.Draw(asked, groupSize, _settings.MaxCompletionTokens, sampling, address);
        return _settings.SecondAttempt is { } again ? WithSecond(first, again, sampling, address) : first;
    }

    // The second attempt at each question reads the first one, so each has a prompt of its own.
    private Rollout WithSecond(Rollout first, SecondAttemptSettings again, SamplingOptions sampling, SamplingAddress address)
    {
        Question[] asked =
        [
            .. first.Samples.Select((sample, i) =>
                again.Again(sample.Question, sample.Completion, RewardSum.Reaches(first.Rewards[i], again.PassAt))),
        ];
        Rollout second = _scorer.Draw(
            asked,
            1,
            _settings.MaxCompletionTokens,
            sampling,
            address with { FirstRow = address.FirstRow + (uint)asked.Length });
        return first.With(
            second, [.. first.Samples.Zip(second.Samples, (one, other) => _scorer.ReadAnswer(one) == _scorer.ReadAnswer(other))]);
    }

    // The control experiment: rewards of the step are permuted, so that they carry no information.
    private Rollout Shuffled(Rollout drawn, uint address)
    {
        int[] order = Philox.Permutation(_task.Seed, RandomPurpose.Control, address, drawn.Rewards.Length);
        return drawn.WithRewards([.. order.Select(i => drawn.Rewards[i])]);
    }
}
