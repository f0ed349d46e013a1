using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Learning from preferences between the policy's own completions: sample, score, form pairs, update with a
/// <see cref="PreferenceLoss"/>. Source: Guo et al. 2024; with a refreshed reference, iterated DPO (Xu et al. 2023).
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class OnlinePreferenceTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ILanguageModel<T> _model;
    private readonly ILanguageModel<T>? _reference;
    private readonly ReferenceModel<T>? _referenceLogProbs;
    private readonly OnlinePreferenceSettings _settings;
    private readonly OnPolicyTask _task;
    private readonly PreferenceStep<T> _step;
    private readonly RolloutScorer<T> _scorer;
    private readonly DataOrder _order;
    private bool _refreshed;

    /// <summary>A trainer over questions.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="reference">The policy at the start of the stage, which the trainer overwrites when it refreshes its
    /// reference; null for losses without a reference.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Questions, reward, tokenizer, seed.</param>
    /// <exception cref="ArgumentException">The loss needs a reference and there is none.</exception>
    public OnlinePreferenceTrainer(
        IEngine<T> engine,
        ILanguageModel<T> model,
        ILanguageModel<T>? reference,
        OnlinePreferenceSettings settings,
        OnPolicyTask task)
    {
        _engine = engine;
        _model = model;
        _reference = reference;
        _settings = settings;
        _task = task;
        if (reference is null && settings.NeedsReference)
        {
            throw new ArgumentException($"The loss {settings.Loss.GetType().Name} needs a reference model.", nameof(reference));
        }

        _referenceLogProbs = reference is null ? null : new ReferenceModel<T>(engine, reference, settings.Limits);
        _step = new PreferenceStep<T>(engine, model, settings);
        _scorer = new RolloutScorer<T>(engine, model, task.Tokenizer, task.Reward);
        _order = new DataOrder(task.Seed, task.StageIndex, task.Questions.Count, settings.PromptsPerStep);
    }

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        if (_settings.RefreshEvery > 0 && step > 0 && step % _settings.RefreshEvery == 0)
        {
            _reference?.Parameters.Write(_engine, _model.Parameters.Read(_engine));
            _refreshed = true;
        }

        uint address = RunAddress.Of((uint)_task.StageIndex, step);
        Question[] questions = [.. _order.RowsOf(step).Select(row => _task.Questions[row])];
        Rollout drawn = _scorer.Draw(
            questions,
            _settings.CompletionsPerPrompt,
            _settings.MaxCompletionTokens,
            _settings.Sampling,
            new SamplingAddress(_task.Seed, RandomPurpose.Rollout, address));
        var weights = new double[drawn.Samples.Count];
        SequencePair[] pairs = [.. Pairs(drawn, address, weights)];
        var metrics = new List<KeyValuePair<string, double>>();
        if (pairs.Length > 0)
        {
            metrics.AddRange(_step.Run(
                step,
                pairs,
                PreferenceStep<T>.Score(_settings, pairs, _referenceLogProbs) ?? new PairLogProbs[pairs.Length]));
            metrics.Add(new(
                MetricNames.ScoresMargin,
                Enumerable.Range(0, weights.Length).Sum(i => weights[i] * drawn.Rewards[i]) / pairs.Length));
        }

        metrics.AddRange(RolloutMetrics.Of(
            drawn,
            new RewardReporting(_settings.OnRewardError == RewardErrorAction.Score, Rewards: _settings.Judge is null)));
        metrics.Add(new(MetricNames.TiedFraction, 1 - ((double)pairs.Length / questions.Length)));
        return new StepOutcome(metrics, drawn.Tokens, drawn.Records(weights));
    }

    /// <inheritdoc/>
    public TrainerState Export()
    {
        TrainerState state = _step.Export();
        return _refreshed && _reference is not null
            ? state with { Models = new Dictionary<string, IReadOnlyDictionary<string, TensorData>>
            {
                [TrainerState.Reference] = _reference.Parameters.Export(_engine),
            } }
            : state;
    }

    /// <inheritdoc/>
    public void Import(TrainerState state)
    {
        _step.Import(state);
        if (state.Models.TryGetValue(TrainerState.Reference, out var reference))
        {
            _reference?.Parameters.Write(_engine, reference.ToWeights());
            _refreshed = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _step.Dispose();
        _scorer.Dispose();
    }

    // The pairs of a step; the weights become +1 for chosen completions and −1 for rejected ones.
    private IEnumerable<SequencePair> Pairs(Rollout drawn, uint address, double[] weights)
    {
        for (int first = 0; first < drawn.Samples.Count; first += drawn.GroupSize)
        {
            TokenSequence[] sequences = [.. drawn.Samples.Skip(first).Take(drawn.GroupSize).Select(sample => sample.Sequence)];
            double uniform = Philox.Uniform(_task.Seed, RandomPurpose.Choice, address, (uint)first, 0);
            if (CompletionPairing.TryFind(
                _settings.Pairing,
                sequences,
                drawn.Rewards.AsSpan(first, drawn.GroupSize),
                uniform,
                out var pair))
            {
                (weights[first + pair.Better], weights[first + pair.Worse]) = (1, -1);
                yield return new SequencePair(sequences[pair.Better], sequences[pair.Worse]);
            }
        }
    }
}
