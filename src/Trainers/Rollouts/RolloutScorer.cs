using System.Diagnostics;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Rollouts;

/// <summary>Draws completions of questions and scores them.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RolloutScorer<T> : IDisposable
    where T : struct, ITensor<T>
{
    private const int CompletionsPerBatch = 1024;

    private readonly ICompletionSource _source;
    private readonly int _perBatch;
    private readonly ITokenizer _tokenizer;
    private readonly int _context;
    private readonly RewardSum? _reward;

    /// <summary>A scorer.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model to sample from.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="reward">Scores completions, and is disposed with the scorer; null leaves them without a score (NaN).</param>
    /// <param name="source">Draws in the model's place; null for the model itself.</param>
    public RolloutScorer(
        IEngine<T> engine, ILanguageModel<T> model, ITokenizer tokenizer, IReward? reward, ICompletionSource? source = null)
    {
        _source = source ?? new CompletionSampler<T>(engine, model, tokenizer.Ends);
        _perBatch = source is null ? CompletionsPerBatch : int.MaxValue;
        _tokenizer = tokenizer;
        _context = model.Context;
        _reward = reward is null ? null : RewardSum.Of(reward);
    }

    /// <summary>Draws and scores, in the order question 0 sample 0, question 0 sample 1, ….</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="samples">Completions of each.</param>
    /// <param name="maxTokens">Maximum tokens per completion.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="address">Random numbers: completion i has row FirstRow + i, however the draws are batched.</param>
    /// <exception cref="RewardFailedException">A reward could not score a completion, and such a completion has no stated
    /// score.</exception>
    public Rollout Draw(IReadOnlyList<Question> questions, int samples, int maxTokens, SamplingOptions options, SamplingAddress address)
    {
        int perBatch = Math.Max(1, _perBatch / samples);
        var drawn = new List<SampledCompletion>();
        for (int first = 0; first < questions.Count; first += perBatch)
        {
            int[][] prompts = [.. questions.Skip(first).Take(perBatch).Select(
                question => CompletionText.EncodePrompt(question.Prompt, _tokenizer, _context))];
            drawn.AddRange(_source.Draw(
                prompts,
                samples,
                maxTokens,
                options,
                address with { FirstRow = address.FirstRow + (uint)(first * samples) }));
        }

        RewardSample[] batch =
            [.. drawn.Select(
                (completion, i) => new RewardSample(questions[i / samples], CompletionText.Of(completion, _tokenizer), completion))];
        return new Rollout(batch, samples, Score(batch));
    }

    /// <summary>
    /// The answer of a completion in canonical form, by the reward that reads answers or else its whole text; empty if there is none.
    /// </summary>
    /// <param name="sample">The completion.</param>
    public string ReadAnswer(RewardSample sample) =>
        _reward is not null && _reward.TryReadAnswer(sample.Completion, out string answer) ? answer : "";

    /// <summary>The rewards of the steps of completions: see <see cref="RewardSum.ScoreSteps"/>.</summary>
    /// <param name="samples">The completions.</param>
    /// <exception cref="InvalidOperationException">There is not one reward that scores steps.</exception>
    public IReadOnlyList<RewardedSteps> ScoreSteps(IReadOnlyList<RewardSample> samples) => _reward is null
        ? throw new InvalidOperationException("Nothing scores steps.")
        : _reward.ScoreSteps(samples, CancellationToken.None);

    /// <inheritdoc/>
    public void Dispose() => _reward?.Dispose();

    private RewardScores Score(RewardSample[] batch)
    {
        if (_reward is null)
        {
            return new RewardScores([.. batch.Select(_ => double.NaN)], []);
        }

        using Activity? told = Telemetry.Begin(Telemetry.Scoring);
        RewardScores scores = _reward.ScoreParts(batch, CancellationToken.None);
        Telemetry.Scored(scores.Totals);
        return scores;
    }
}
