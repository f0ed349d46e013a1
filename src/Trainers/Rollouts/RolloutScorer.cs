using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Rollouts;

/// <summary>A completion that was drawn and scored.</summary>
/// <param name="Question">What it answers.</param>
/// <param name="Drawn">The completion as tokens.</param>
/// <param name="Text">Its text.</param>
/// <param name="Reward">Its reward.</param>
internal sealed record ScoredRollout(Question Question, SampledCompletion Drawn, string Text, double Reward);

/// <summary>Draws completions of questions and scores them.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RolloutScorer<T>
    where T : struct, ITensor<T>
{
    private const int CompletionsPerBatch = 1024;

    private readonly CompletionSampler<T> _sampler;
    private readonly ITokenizer _tokenizer;
    private readonly IReward? _reward;

    /// <summary>A scorer.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model that is drawn from.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="reward">Scores completions; null leaves their rewards NaN.</param>
    public RolloutScorer(IEngine<T> engine, ILanguageModel<T> model, ITokenizer tokenizer, IReward? reward)
    {
        _sampler = new CompletionSampler<T>(engine, model, tokenizer.EndOfSequence);
        _tokenizer = tokenizer;
        _reward = reward;
    }

    /// <summary>Draws and scores, in the order question 0 sample 0, question 0 sample 1, ….</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="samples">Completions of each.</param>
    /// <param name="maxTokens">Most tokens of a completion.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="address">Random numbers: completion i has row FirstRow + i, however the draws are batched.</param>
    public ScoredRollout[] Draw(IReadOnlyList<Question> questions, int samples, int maxTokens, SamplingOptions options, SamplingAddress address)
    {
        int perBatch = Math.Max(1, CompletionsPerBatch / samples);
        var drawn = new List<SampledCompletion>();
        for (int first = 0; first < questions.Count; first += perBatch)
        {
            int[][] prompts = [.. questions.Skip(first).Take(perBatch).Select(question => _tokenizer.Encode(question.Prompt))];
            drawn.AddRange(_sampler.Draw(prompts, samples, maxTokens, options, address with { FirstRow = address.FirstRow + (uint)(first * samples) }));
        }

        return [.. drawn.Select((completion, i) => Score(questions[i / samples], completion))];
    }

    private ScoredRollout Score(Question question, SampledCompletion completion)
    {
        string text = CompletionText.Of(completion, _tokenizer);
        return new ScoredRollout(question, completion, text, _reward?.Score(question, text, completion.Ended) ?? double.NaN);
    }
}
