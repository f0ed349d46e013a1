using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Objectives;

/// <summary>Completions with their rewards, group after group.</summary>
/// <param name="Completions">The completions.</param>
/// <param name="Samples">The same as rewards see them.</param>
/// <param name="Rewards">Total reward of each.</param>
/// <param name="Parts">What each reward of the total gave.</param>
internal sealed record ScoredCompletions(
    IReadOnlyList<SampledCompletion> Completions,
    IReadOnlyList<RewardSample> Samples,
    double[] Rewards,
    IReadOnlyList<PartScores> Parts);

/// <summary>Draws the completions of a step and has them scored.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RolloutSource<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly StageSettings.OnPolicy _settings;
    private readonly OnPolicyTask _task;
    private readonly CompletionSampler<T> _sampler;
    private readonly DataOrder _order;
    private readonly RewardSum _reward;

    /// <summary>A source of rollouts.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Questions, reward, tokenizer, seed.</param>
    public RolloutSource(IEngine<T> engine, ILanguageModel<T> model, StageSettings.OnPolicy settings, OnPolicyTask task)
    {
        _settings = settings;
        _task = task;
        _sampler = new CompletionSampler<T>(engine, model, task.Tokenizer.EndOfSequence);
        _order = new DataOrder(task.Seed, task.StageIndex, task.Questions.Count, settings.PromptsPerStep);
        _reward = RewardSum.Of(task.Reward);
    }

    /// <summary>The completions of a step.</summary>
    /// <param name="step">Step within the stage, from 0.</param>
    public ScoredCompletions Draw(int step)
    {
        int groupSize = _settings.Algorithm.GroupSize;
        uint address = RunAddress.Of((uint)_task.StageIndex, step);
        Question[] asked = [.. _order.RowsOf(step).Select(row => _task.Questions[row])];
        var completions = _sampler.Draw(
            [.. asked.Select(question => _task.Tokenizer.Encode(question.Prompt))],
            groupSize,
            _settings.MaxCompletionTokens,
            _settings.Algorithm.Sampling,
            new SamplingAddress(_task.Seed, RandomPurpose.Rollout, address));
        RewardSample[] samples = [.. completions.Select((drawn, i) =>
            new RewardSample(asked[i / groupSize], CompletionText.Of(drawn, _task.Tokenizer), drawn.Ended, drawn.Sequence))];
        var scores = _reward.ScoreParts(samples, CancellationToken.None);
        return new ScoredCompletions(completions, samples, Controlled(scores.Totals, address), scores.Parts);
    }

    /// <inheritdoc/>
    public void Dispose() => _reward.Dispose();

    private double[] Controlled(double[] rewards, uint address) => _settings.ShuffleRewards
        ? [.. Philox.Permutation(_task.Seed, RandomPurpose.Control, address, rewards.Length).Select(i => rewards[i])]
        : rewards;
}
