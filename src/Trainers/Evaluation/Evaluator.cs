using System.Diagnostics;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Evaluation;

/// <summary>
/// Accuracy on known answers: greedy decoding, and samples at temperature 1 (<see cref="EvaluationMeasures"/>).
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class Evaluator<T>
    where T : struct, ITensor<T>
{
    private const int CompletionsPerBatch = 1024;

    // Random numbers of attempts: the first, and the second.
    private const uint FirstAttempt = 0;
    private const uint SecondAttempt = 1;

    private readonly CompletionSampler<T> _sampler;
    private readonly ITokenizer _tokenizer;
    private readonly int _context;
    private readonly EvaluationSettings _settings;
    private readonly RewardSum _reward;
    private readonly IReward? _ranking;
    private readonly IReadOnlyList<Question> _questions;
    private readonly ulong _seed;

    /// <summary>An evaluator of a model.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model; <see cref="Run"/> evaluates its current weights.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="settings">Number of samples, lengths, and the total score at which a completion is right.</param>
    /// <param name="questions">Prompts with their answers.</param>
    /// <param name="reward">Scores completions.</param>
    /// <param name="seed">Seed of the samples.</param>
    /// <param name="ranking">Ranks samples for best-of-n, such as a reward model; null for none.</param>
    public Evaluator(
        IEngine<T> engine,
        ILanguageModel<T> model,
        ITokenizer tokenizer,
        EvaluationSettings settings,
        IReadOnlyList<Question> questions,
        IReward reward,
        ulong seed,
        IReward? ranking = null)
    {
        _sampler = new CompletionSampler<T>(engine, model, tokenizer.Ends);
        _tokenizer = tokenizer;
        _context = model.Context;
        _settings = settings;
        _questions = questions;
        _reward = RewardSum.Of(reward);
        _seed = seed;
        _ranking = ranking;
    }

    /// <summary>Evaluates.</summary>
    /// <param name="label">"before", or the name of the finished stage.</param>
    /// <param name="observer">Notified of progress and of the result.</param>
    /// <param name="stop">Stops between batches.</param>
    public EvaluationReport Run(string label, IEvaluationObserver observer, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        int total = _questions.Count * (1 + _settings.Samples) * (_settings.SecondAttempt is null ? 1 : 2);
        int done = 0;
        void Advance(int completions)
        {
            stop.ThrowIfCancellationRequested();
            done += completions;
            observer.EvaluationAdvanced(label, done, total);
        }

        SampleOutcome[] greedy = Judge(1, SamplingOptions.Greedy, Advance, stop);
        SampleOutcome[] samples = _settings.Samples > 0 ? Judge(_settings.Samples, new SamplingOptions(), Advance, stop) : [];
        PromptOutcome[] prompts =
        [
            .. _questions.Select(
                (question, i) => new PromptOutcome(question, greedy[i], samples[(i * _settings.Samples)..((i + 1) * _settings.Samples)])),
        ];
        var result = new EvaluationResult(label, prompts.Length, _settings.Samples, clock.Elapsed.TotalSeconds)
        {
            Measures = EvaluationMeasures.Of(prompts, _ranking is not null),
        };
        observer.Evaluated(result);
        return new EvaluationReport(result, prompts);
    }

    private SampleOutcome[] Judge(int samples, SamplingOptions options, Action<int> advance, CancellationToken stop)
    {
        int promptsPerBatch = Math.Max(1, CompletionsPerBatch / samples);
        var outcomes = new List<SampleOutcome>(_questions.Count * samples);
        for (int first = 0; first < _questions.Count; first += promptsPerBatch)
        {
            Question[] questions = [.. _questions.Skip(first).Take(promptsPerBatch)];
            var address = new SamplingAddress(_seed, RandomPurpose.Evaluation, FirstAttempt, (uint)(first * samples));
            SampleOutcome[] attempts = Judge(questions, samples, options, address, stop);
            advance(attempts.Length);
            if (_settings.SecondAttempt is { } again)
            {
                Question[] seconds =
                    [.. attempts.Select((one, i) => again.Again(questions[i / samples], one.Text, one.Right))];
                SampleOutcome[] other = Judge(seconds, 1, options, address with { Step = SecondAttempt }, stop);
                attempts = [.. attempts.Zip(other, (one, second) => one with { Second = second })];
                advance(attempts.Length);
            }

            outcomes.AddRange(attempts);
        }

        return [.. outcomes];
    }

    private SampleOutcome[] Judge(
        Question[] questions, int samples, SamplingOptions options, SamplingAddress address, CancellationToken stop)
    {
        var completions = _sampler.Draw(
            [.. questions.Select(q => CompletionText.EncodePrompt(q.Prompt, _tokenizer, _context))],
            samples,
            _settings.MaxCompletionTokens,
            options,
            address);
        RewardSample[] batch = [.. completions.Select(
            (drawn, i) => new RewardSample(questions[i / samples], CompletionText.Of(drawn, _tokenizer), drawn))];
        bool[] right = _reward.Pass(batch, _settings.PassAt, stop);
        double[] ranks = _ranking?.Score(batch, stop) ?? new double[batch.Length];
        return [.. batch.Select((sample, i) => new SampleOutcome(sample.Completion, right[i], ReadVote(sample), ranks[i]))];
    }

    private string ReadVote(RewardSample sample) =>
        sample.Ended && _reward.TryReadAnswer(sample.Completion, out string answer) ? answer : "";
}
