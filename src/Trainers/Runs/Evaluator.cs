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

    private readonly CompletionSampler<T> _sampler;
    private readonly ITokenizer _tokenizer;
    private readonly EvaluationSettings _settings;
    private readonly IReward _reward;
    private readonly IReadOnlyList<Question> _questions;
    private readonly ulong _seed;

    /// <summary>An evaluator of a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model; evaluated as it is when <see cref="Run"/> is called.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="settings">Samples, lengths.</param>
    /// <param name="questions">Prompts with their answers.</param>
    /// <param name="reward">Decides whether a completion is right (score 1).</param>
    /// <param name="seed">Seed of the samples.</param>
    public Evaluator(IEngine<T> engine, ILanguageModel<T> model, ITokenizer tokenizer, EvaluationSettings settings, IReadOnlyList<Question> questions, IReward reward, ulong seed)
    {
        _sampler = new CompletionSampler<T>(engine, model, tokenizer.EndOfSequence);
        _tokenizer = tokenizer;
        _settings = settings;
        _questions = questions;
        _reward = reward;
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

        double greedy = MeanScore(1, SamplingOptions.Greedy, Advance);
        double sampled = _settings.Samples > 0 ? MeanScore(_settings.Samples, new SamplingOptions(), Advance) : double.NaN;
        var result = new EvaluationResult(label, greedy, sampled, _questions.Count, _settings.Samples, clock.Elapsed.TotalSeconds);
        observer.Evaluated(result);
        return result;
    }

    private double MeanScore(int samples, SamplingOptions options, Action<int> advance)
    {
        int promptsPerBatch = Math.Max(1, CompletionsPerBatch / samples);
        double score = 0;
        for (int first = 0; first < _questions.Count; first += promptsPerBatch)
        {
            Question[] questions = [.. _questions.Skip(first).Take(promptsPerBatch)];
            var completions = _sampler.Draw(
                [.. questions.Select(q => _tokenizer.Encode(q.Prompt))],
                samples,
                _settings.MaxCompletionTokens,
                options,
                new SamplingAddress(_seed, RandomPurpose.Evaluation, 0, (uint)(first * samples)));
            for (int i = 0; i < completions.Count; i++)
            {
                score += _reward.Score(questions[i / samples], CompletionText.Of(completions[i], _tokenizer), completions[i].Ended);
            }

            advance(completions.Count);
        }

        return score / ((double)_questions.Count * samples);
    }
}
