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
    private readonly IReadOnlyList<SequencePair> _pairs;
    private readonly (double Chosen, double Rejected)[] _reference;
    private readonly ScheduledOptimizer _optimizer;
    private readonly PolicyPass<T> _policy;
    private readonly DataOrder _order;
    private readonly PreferenceLoss _loss;
    private readonly double _sftWeight;

    /// <summary>A trainer over pairs. The reference's log-probs are computed here, once; the reference is not needed afterwards.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="reference">The reference; null for losses without one.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="pairs">Completions, the better first.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    /// <exception cref="ArgumentException">The loss needs a reference and there is none.</exception>
    public PreferenceTrainer(IEngine<T> engine, ILanguageModel<T> model, ILanguageModel<T>? reference, StageSettings.Preference settings, IReadOnlyList<SequencePair> pairs, ulong seed, int stageIndex)
    {
        if (PreferenceObjectives.NeedsReference(settings.Loss) && reference is null)
        {
            throw new ArgumentException($"The loss {settings.Loss} needs a reference model.", nameof(reference));
        }

        _engine = engine;
        _pairs = pairs;
        _loss = PreferenceObjectives.Of(settings);
        _sftWeight = settings.SftWeight;
        _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, settings.Steps);
        _policy = new PolicyPass<T>(engine, model, settings.MicroBatchSize, temperature: 1);
        _order = new DataOrder(seed, stageIndex, pairs.Count, settings.BatchSize);
        _reference = PreferenceObjectives.NeedsReference(settings.Loss)
            ? Score(new PolicyPass<T>(engine, reference!, settings.MicroBatchSize, temperature: 1), pairs)
            : new (double, double)[pairs.Count];
    }

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        int[] rows = _order.RowsOf(step);
        SequencePair[] pairs = [.. rows.Select(row => _pairs[row])];
        (double Chosen, double Rejected)[] reference = [.. rows.Select(row => _reference[row])];
        int chosenTokens = pairs.Sum(pair => pair.Chosen.CompletionLength);
        var diagnostics = new PreferenceDiagnostics(_loss, reference);
        double loss = _policy.AccumulatePairs(pairs, (first, batch, scored) =>
        {
            int count = batch.Rows / 2;
            var sums = T.SumOverTime(scored.LogProbs, batch.Mask);                              // [2·count, 1]
            diagnostics.Add(first, _engine.Read(sums), batch.Mask);
            var (chosen, rejected) = Scores(sums, batch, reference.AsSpan(first, count));
            var mean = T.Scale(T.SumOverBatch(_loss.Evaluate(chosen, rejected)), 1.0 / pairs.Length);
            return _sftWeight > 0 ? mean + T.Scale(T.SumOverBatch(Half(sums, 0)), -_sftWeight / chosenTokens) : mean;
        });
        var (rate, norm) = _optimizer.Update(step, loss);
        return new StepOutcome(
            [new(MetricNames.Loss, loss), .. diagnostics.Metrics(), new(MetricNames.GradNorm, norm), new(MetricNames.LearningRate, rate)],
            pairs.Sum(pair => (long)pair.Chosen.Tokens.Length + pair.Rejected.Tokens.Length),
            []);
    }

    /// <inheritdoc/>
    public TrainerState Export() => TrainerState.Of(_optimizer.Optimizer);

    /// <inheritdoc/>
    public void Import(TrainerState state) => _optimizer.Optimizer.Import(state.Optimizers[TrainerState.Policy]);

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private static (double Chosen, double Rejected)[] Score(PolicyPass<T> reference, IReadOnlyList<SequencePair> pairs)
    {
        double[] sums = [.. reference.LogProbs([.. pairs.Select(p => p.Chosen), .. pairs.Select(p => p.Rejected)]).Select(tokens => tokens.Sum(logProb => (double)logProb))];
        return [.. Enumerable.Range(0, pairs.Count).Select(i => (sums[i], sums[pairs.Count + i]))];
    }

    // The scores of both sides, [count, 1] each: log-ratios to the reference, divided by length where the loss asks for it.
    private (T Chosen, T Rejected) Scores(T sums, TokenBatch batch, ReadOnlySpan<(double Chosen, double Rejected)> reference)
    {
        int count = reference.Length;
        var references = new double[2 * count];
        var scales = new double[2 * count];
        for (int i = 0; i < count; i++)
        {
            references[i] = reference[i].Chosen;
            references[count + i] = reference[i].Rejected;
        }

        for (int row = 0; row < scales.Length; row++)
        {
            scales[row] = _loss.LengthNormalized ? 1.0 / batch.Mask.CountInRow(row) : 1;
        }

        var scores = (sums - T.FromValues(sums, 2 * count, 1, references)) * T.FromValues(sums, 2 * count, 1, scales);
        return (Half(scores, 0), Half(scores, 1));
    }

    private static T Half(T column, int half)
    {
        int count = column.Rows / 2;
        return T.GatherRows(column, [.. Enumerable.Range(half * count, count)]);
    }
}
