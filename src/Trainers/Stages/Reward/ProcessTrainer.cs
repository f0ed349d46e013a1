using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Trains a process reward model on the labels of steps: the mean of <see cref="RewardModelLosses.Step"/> over all steps of the
/// completions of an optimizer step, so that a completion counts by its number of steps.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class ProcessTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ScalarModel<T> _model;
    private readonly RewardStageSettings _settings;
    private readonly ProcessData _data;
    private readonly ProcessScorer<T> _scorer;
    private readonly RewardModelUpdates<T> _updates;
    private readonly DataOrder _order;

    /// <summary>A trainer over completions with labelled steps.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The reward model.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="data">Completions, and those held out.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    public ProcessTrainer(
        IEngine<T> engine,
        ScalarModel<T> model,
        RewardStageSettings settings,
        ProcessData data,
        ulong seed,
        int stageIndex)
    {
        _engine = engine;
        _model = model;
        _settings = settings;
        _data = data;
        _scorer = new ProcessScorer<T>(engine, model, settings.Limits);
        _updates = new RewardModelUpdates<T>(engine, model, settings);
        _order = new DataOrder(seed, stageIndex, data.Rows.Count, settings.BatchSize);
    }

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, double>> MeasureStart() => MeasureHeldOut();

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        SteppedSequence[] rows = [.. _order.RowsOf(step).Select(row => _data.Rows[row])];
        var diagnostics = new ProcessDiagnostics();
        double loss = Accumulate(rows, diagnostics);
        return _updates.Update(
            step, loss, diagnostics.Metrics(), MeasureHeldOut, rows.Sum(row => (long)row.Sequence.Tokens.Length));
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> RowsOf(int step) => _order.RowsOf(step);

    /// <inheritdoc/>
    public TrainerState Export() => _updates.Export() with { StepEnd = _settings.StepEnd };

    /// <inheritdoc/>
    public void Import(TrainerState state) => _updates.Import(state);

    /// <inheritdoc/>
    public void Dispose() => _updates.Dispose();

    // Each part contributes to the mean over all steps, so the gradient does not depend on the split.
    private double Accumulate(SteppedSequence[] rows, ProcessDiagnostics diagnostics)
    {
        int steps = rows.Sum(row => row.Ends.Count);
        PassPlan plan = PassPlan.Of(_engine.Parallel, rows, _settings.Limits, row => [row.Sequence]);
        using var scored = new DeviceTable<T>(_engine, steps, 1);
        double loss = new GradientPasses<T>(_engine, _model.Parameters, plan, _model).Run(pass =>
        {
            SteppedSequence[] part = pass.Of(rows);
            T scores = _model.StepScores([.. part.Select(row => row.Sequence)], [.. part.Select(row => row.Ends)]);   // [steps, 1]
            T labels = T.FromValues(scores, scores.Rows, 1, [.. part.SelectMany(row => row.Labels)]);
            scored.Put(rows.Take(pass.First).Sum(row => row.Ends.Count), scores);
            return T.Scale(T.SumOverBatch(RewardModelLosses.Step(scores, labels)), 1.0 / steps);
        });
        ReadOnlySpan<float> all = scored.Read();
        foreach (SteppedSequence row in rows)
        {
            diagnostics.Add(all[..row.Ends.Count], row.Labels);
            all = all[row.Ends.Count..];
        }

        return loss;
    }

    private IEnumerable<KeyValuePair<string, double>> MeasureHeldOut()
    {
        if (_data.HeldOut.Count == 0)
        {
            return [];
        }

        var diagnostics = new ProcessDiagnostics();
        foreach (SteppedSequence[] part in _data.HeldOut.Chunk(_settings.MicroBatchSize))
        {
            float[][] scores = _scorer.Scores([.. part.Select(row => row.Sequence)], [.. part.Select(row => row.Ends)]);
            for (int i = 0; i < part.Length; i++)
            {
                diagnostics.Add(scores[i], part[i].Labels);
            }
        }

        return diagnostics.HeldOutMetrics();
    }
}
