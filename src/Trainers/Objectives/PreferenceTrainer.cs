using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Objectives;

/// <summary>
/// Learning from preferences: the mean over pairs of a <see cref="PreferenceLoss"/> of the two completions' log-ratios to the
/// reference. One trainer runs DPO and its relatives.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class PreferenceTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly StageSettings.Preference _settings;
    private readonly IReadOnlyList<SequencePair> _pairs;
    private readonly PairLogProbs[]? _reference;
    private readonly ScheduledOptimizer _optimizer;
    private readonly PolicyPass<T> _policy;
    private readonly DataOrder _order;
    private readonly FDivergence _divergence;
    private readonly RewardShift _shift = new();

    /// <summary>A trainer over pairs. The reference's log-probs are computed here, once; the reference is not needed afterwards.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="reference">The reference; null for stages without one.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="pairs">Completions, the better first.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    /// <exception cref="ArgumentException">The loss needs a reference and there is none.</exception>
    public PreferenceTrainer(IEngine<T> engine, ILanguageModel<T> model, ILanguageModel<T>? reference, StageSettings.Preference settings, IReadOnlyList<SequencePair> pairs, ulong seed, int stageIndex)
        : this(engine, model, settings, pairs, seed, stageIndex, reference is null ? null : new ReferenceModel<T>(engine, reference, settings.MicroBatchSize))
    {
    }

    /// <summary>A trainer over pairs whose reference's log-probs come from elsewhere, such as a cache. They are asked for here, once.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="pairs">Completions, the better first.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    /// <param name="reference">Log-probs under the reference; null for stages without one.</param>
    /// <exception cref="ArgumentException">The loss needs a reference and there is none.</exception>
    public PreferenceTrainer(IEngine<T> engine, ILanguageModel<T> model, StageSettings.Preference settings, IReadOnlyList<SequencePair> pairs, ulong seed, int stageIndex, IReferenceLogProbs? reference)
    {
        if (PreferenceObjectives.NeedsReference(settings))
        {
            _reference = PairLogProbs.Of(reference?.Sums(PairLogProbs.Sequences(pairs))
                ?? throw new ArgumentException($"The loss {settings.Loss} needs a reference model.", nameof(reference)));
        }

        _engine = engine;
        _settings = settings;
        _pairs = pairs;
        _divergence = PreferenceObjectives.DivergenceOf(settings);
        _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, settings.Steps);
        _policy = new PolicyPass<T>(engine, model, settings.MicroBatchSize, temperature: 1);
        _order = new DataOrder(seed, stageIndex, pairs.Count, settings.BatchSize);
    }

    private bool ShiftsRewards => _settings.Loss == PreferenceLossKind.Bco;

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        int[] rows = _order.RowsOf(step);
        SequencePair[] pairs = [.. rows.Select(row => _pairs[row])];
        PairLogProbs[] reference = [.. rows.Select(row => _reference?[row] ?? default)];
        PairLogProbs[] policy = PreferenceObjectives.NeedsStepScores(_settings.Loss) ? PairLogProbs.Of(_policy.Sums(PairLogProbs.Sequences(pairs))) : [];
        double delta = ShiftsRewards ? Shift(reference, policy) : 0;
        PreferenceLoss objective = PreferenceObjectives.Of(_settings, delta);
        PairMatching matching = _settings.Loss switch
        {
            PreferenceLossKind.Aot => PairMatching.OfMargins(pairs, reference, policy),
            PreferenceLossKind.AotUnpaired => PairMatching.OfScores([.. pairs.Select(pair => pair.Chosen)], [.. pairs.Select(pair => pair.Rejected)], reference, policy),
            _ => PairMatching.None(pairs, reference),
        };
        var diagnostics = new PreferenceDiagnostics(objective, reference);
        double loss = Accumulate(objective, matching, diagnostics);
        var (rate, norm) = _optimizer.Update(step, loss);
        return new StepOutcome(
            [
                new(MetricNames.Loss, loss),
                .. diagnostics.Metrics(),
                .. ShiftsRewards ? [new(MetricNames.Delta, delta)] : Array.Empty<KeyValuePair<string, double>>(),
                new(MetricNames.GradNorm, norm),
                new(MetricNames.LearningRate, rate),
            ],
            pairs.Sum(pair => (long)pair.Chosen.Tokens.Length + pair.Rejected.Tokens.Length),
            []);
    }

    /// <inheritdoc/>
    public TrainerState Export() => ShiftsRewards
        ? TrainerState.Of(_optimizer.Optimizer) with { Scalars = _shift.Export() }
        : TrainerState.Of(_optimizer.Optimizer);

    /// <inheritdoc/>
    public void Import(TrainerState state)
    {
        _optimizer.Optimizer.Import(state.Optimizers[TrainerState.Policy]);
        if (ShiftsRewards)
        {
            _shift.Import(state.Scalars);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private double Accumulate(PreferenceLoss objective, PairMatching matching, PreferenceDiagnostics diagnostics)
    {
        var term = new PreferencePairTerm(objective, _divergence);
        int chosenTokens = matching.Pairs.Sum(pair => pair.Chosen.CompletionLength);
        return _policy.AccumulatePairs(matching.Pairs, (first, batch, scored) =>
        {
            var sums = T.SumOverTime(scored.LogProbs, batch.Mask);                              // [2·count, 1]
            diagnostics.Add(first, _engine.Read(sums), batch.Mask, matching);
            var (chosen, rejected) = PairScores.Of(sums, batch, matching.Reference.AsSpan(first, batch.Rows / 2), objective.LengthNormalized);
            var mean = T.Scale(T.SumOverBatch(term.Evaluate(chosen, rejected)), 1.0 / matching.Pairs.Length);
            return _settings.SftWeight > 0 ? mean + T.Scale(T.SumOverBatch(PairScores.Half(sums, 0)), -_settings.SftWeight / chosenTokens) : mean;
        });
    }

    private double Shift(PairLogProbs[] reference, PairLogProbs[] policy) => _shift.Update(
        [.. policy.Zip(reference).SelectMany(pair => (double[])[_settings.Beta * ((double)pair.First.Chosen - pair.Second.Chosen), _settings.Beta * ((double)pair.First.Rejected - pair.Second.Rejected)])]);
}
