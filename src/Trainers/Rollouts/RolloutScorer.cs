using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Rollouts;

/// <summary>Draws completions of questions and scores them.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RolloutScorer<T> : IDisposable
    where T : struct, ITensor<T>
{
    private const int CompletionsPerBatch = 1024;

    private readonly CompletionSampler<T> _sampler;
    private readonly ITokenizer _tokenizer;
    private readonly RewardSum _reward;
    private readonly bool _scores;
    private readonly bool _reportsFailures;
    private readonly bool _reportsRewards;

    /// <summary>A scorer.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model that is drawn from.</param>
    /// <param name="task">Tokenizer and reward; the reward is disposed with the scorer.</param>
    /// <param name="stage">The stage that asks.</param>
    /// <param name="scores">Whether completions are scored at all.</param>
    public RolloutScorer(IEngine<T> engine, ILanguageModel<T> model, OnPolicyTask task, IRewardedStage stage, bool scores = true)
    {
        _sampler = new CompletionSampler<T>(engine, model, task.Tokenizer.EndOfSequence);
        _tokenizer = task.Tokenizer;
        _reward = RewardSum.Of(task.Reward);
        _scores = scores;
        _reportsFailures = stage.OnRewardError == RewardErrorAction.Score;
        _reportsRewards = stage is not OnlinePreferenceSettings { Judge: not null };
    }

    /// <summary>Draws and scores, in the order question 0 sample 0, question 0 sample 1, ….</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="samples">Completions of each.</param>
    /// <param name="maxTokens">Most tokens of a completion.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="address">Random numbers: completion i has row FirstRow + i, however the draws are batched.</param>
    /// <exception cref="RewardFailedException">A reward could not score a completion, and such a completion has no stated score.</exception>
    public ScoredRollouts Draw(IReadOnlyList<Question> questions, int samples, int maxTokens, SamplingOptions options, SamplingAddress address)
    {
        int perBatch = Math.Max(1, CompletionsPerBatch / samples);
        var drawn = new List<SampledCompletion>();
        for (int first = 0; first < questions.Count; first += perBatch)
        {
            int[][] prompts = [.. questions.Skip(first).Take(perBatch).Select(question => _tokenizer.Encode(question.Prompt))];
            drawn.AddRange(_sampler.Draw(prompts, samples, maxTokens, options, address with { FirstRow = address.FirstRow + (uint)(first * samples) }));
        }

        RewardSample[] batch = [.. drawn.Select((completion, i) => new RewardSample(questions[i / samples], CompletionText.Of(completion, _tokenizer), completion.Ended, completion.Sequence))];
        RewardScores scored = _scores ? _reward.ScoreParts(batch, CancellationToken.None) : new RewardScores([.. batch.Select(_ => double.NaN)], []);
        return new ScoredRollouts(drawn, batch, samples, scored.Totals, scored.Parts, _reportsFailures) { ReportsRewards = _reportsRewards };
    }

    /// <inheritdoc/>
    public void Dispose() => _reward.Dispose();
}
