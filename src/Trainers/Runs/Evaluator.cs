using System.Diagnostics;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>
/// Accuracy on known answers: greedy, and what samples at temperature 1 are worth (<see cref="EvaluationMeasures"/>).
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class Evaluator<T>
    where T : struct, ITensor<T>
{
    private const int CompletionsPerBatch = 1024;

    private readonly CompletionSampler<T> _sampler;
    private readonly ITokenizer _tokenizer;
    private readonly EvaluationSettings _settings;
    private readonly IReward _reward;
    private readonly IReward? _ranking;
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
        _sampler = new CompletionSampler<T>(engine, model, tokenizer.EndOfSequence);
        _tokenizer = tokenizer;
        _settings = settings;
        _questions = questions;
        _reward = reward;
        _seed = seed;
        _ranking = ranking;
    }

    /// <summary>Evaluates.</summary>
    /// <param name="label">"before", or the stage that was done.</param>
    /// <param name="observer">Told of progress and of the result.</param>
    /// <param name="stop">Stops between batches.</param>
    public EvaluationReport Run(string label, IRunObserver observer, CancellationToken stop)
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

        SampleOutcome[] greedy = Judge(1, SamplingOptions.Greedy, Advance);
        SampleOutcome[] samples = _settings.Samples > 0 ? Judge(_settings.Samples, new SamplingOptions(), Advance) : [];
        PromptOutcome[] prompts =
        [
            .. _questions.Select((question, i) => new PromptOutcome(question, greedy[i], samples[(i * _settings.Samples)..((i + 1) * _settings.Samples)])),
        ];
        var result = new EvaluationResult(label, prompts.Length, _settings.Samples, clock.Elapsed.TotalSeconds)
        {
            Measures = EvaluationMeasures.Of(prompts, _ranking is not null),
        };
        observer.Evaluated(result);
        return new EvaluationReport(result, prompts);
    }

    private SampleOutcome[] Judge(int samples, SamplingOptions options, Action<int> advance)
    {
        int promptsPerBatch = Math.Max(1, CompletionsPerBatch / samples);
        var outcomes = new List<SampleOutcome>(_questions.Count * samples);
        for (int first = 0; first < _questions.Count; first += promptsPerBatch)
        {
            Question[] questions = [.. _questions.Skip(first).Take(promptsPerBatch)];
            var completions = _sampler.Draw(
                [.. questions.Select(q => _tokenizer.Encode(q.Prompt))],
                samples,
                _settings.MaxCompletionTokens,
                options,
                new SamplingAddress(_seed, RandomPurpose.Evaluation, 0, (uint)(first * samples)));
            outcomes.AddRange(completions.Select((completion, i) => Judge(questions[i / samples], completion)));
            advance(completions.Count);
        }

        return [.. outcomes];
    }

    private SampleOutcome Judge(Question question, SampledCompletion completion)
    {
        string text = CompletionText.Of(completion, _tokenizer);
        return new SampleOutcome(
            text,
            _reward.Score(question, text, completion.Ended) == 1,
            completion.Ended ? ReadVote(text) : "",
            _ranking?.Score(question, text, completion.Ended) ?? 0);
    }

    private string ReadVote(string text) =>
        _reward is not IAnswerReader reader ? text.Trim()
        : reader.TryReadAnswer(text, out string answer) ? answer
        : "";
}
