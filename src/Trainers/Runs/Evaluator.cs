using System.Diagnostics;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>Accuracy on known answers: greedy, and the mean over samples at temperature 1.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class Evaluator<T>
    where T : struct, ITensor<T>
{
    private const int CompletionsPerBatch = 1024;

    // Weights such as 0.7 + 0.2 + 0.1 do not add up to 1 exactly.
    private const double Rounding = 1e-9;

    private readonly CompletionSampler<T> _sampler;
    private readonly ITokenizer _tokenizer;
    private readonly EvaluationSettings _settings;
    private readonly RewardSum _reward;
    private readonly IReadOnlyList<Question> _questions;
    private readonly ulong _seed;

    /// <summary>An evaluator of a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model; evaluated as it is when <see cref="Run"/> is called.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="settings">Samples, lengths, and the total at which a completion is right.</param>
    /// <param name="questions">Prompts with their answers.</param>
    /// <param name="reward">Scores completions.</param>
    /// <param name="seed">Seed of the samples.</param>
    public Evaluator(IEngine<T> engine, ILanguageModel<T> model, ITokenizer tokenizer, EvaluationSettings settings, IReadOnlyList<Question> questions, IReward reward, ulong seed)
    {
        _sampler = new CompletionSampler<T>(engine, model, tokenizer.EndOfSequence);
        _tokenizer = tokenizer;
        _settings = settings;
        _questions = questions;
        _reward = RewardSum.Of(reward);
        _seed = seed;
    }

    /// <summary>Evaluates.</summary>
    /// <param name="label">"before", or the stage that was done.</param>
    /// <param name="observer">Told of progress and of the result.</param>
    /// <param name="stop">Stops between batches.</param>
    public EvaluationResult Run(string label, IRunObserver observer, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        int total = _questions.Count * (1 + _settings.Samples);
        int done = 0;
        void Advance(int completions)
        {
            stop.ThrowIfCancellationRequested();
            done += completions;
            observer.EvaluationAdvanced(label, done, total);
        }

        double greedy = Accuracy(1, SamplingOptions.Greedy, Advance, stop);
        double sampled = _settings.Samples > 0 ? Accuracy(_settings.Samples, new SamplingOptions(), Advance, stop) : double.NaN;
        var result = new EvaluationResult(label, greedy, sampled, _questions.Count, _settings.Samples, clock.Elapsed.TotalSeconds);
        observer.Evaluated(result);
        return result;
    }

    private double Accuracy(int samples, SamplingOptions options, Action<int> advance, CancellationToken stop)
    {
        int promptsPerBatch = Math.Max(1, CompletionsPerBatch / samples);
        double passed = 0;
        for (int first = 0; first < _questions.Count; first += promptsPerBatch)
        {
            Question[] questions = [.. _questions.Skip(first).Take(promptsPerBatch)];
            var completions = _sampler.Draw(
                [.. questions.Select(q => _tokenizer.Encode(q.Prompt))],
                samples,
                _settings.MaxCompletionTokens,
                options,
                new SamplingAddress(_seed, RandomPurpose.Evaluation, 0, (uint)(first * samples)));
            RewardSample[] batch = [.. completions.Select((drawn, i) => new RewardSample(questions[i / samples], CompletionText.Of(drawn, _tokenizer), drawn.Ended, drawn.Sequence))];
            passed += _reward.Score(batch, stop).Count(total => total >= _settings.PassAt - Rounding);
            advance(completions.Count);
        }

        return passed / ((double)_questions.Count * samples);
    }
}
