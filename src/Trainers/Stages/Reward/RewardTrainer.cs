using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>Trains a reward model on pairs (Bradley–Terry) or rankings (Plackett–Luce): the mean loss over those of a step.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class RewardTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ScalarModel<T> _model;
    private readonly RewardStageSettings _settings;
    private readonly RewardModelData _data;
    private readonly RewardScorer<T> _scorer;
    private readonly RewardModelUpdates<T> _updates;
    private readonly DataOrder _order;

    /// <summary>A trainer over rankings.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The reward model.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="data">Rankings, and held-out pairs.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    public RewardTrainer(
        IEngine<T> engine,
        ScalarModel<T> model,
        RewardStageSettings settings,
        RewardModelData data,
        ulong seed,
        int stageIndex)
    {
        _engine = engine;
        _model = model;
        _settings = settings;
        _data = data;
        _scorer = new RewardScorer<T>(engine, model, settings.Limits);
        _updates = new RewardModelUpdates<T>(engine, model, settings);
        _order = new DataOrder(seed, stageIndex, data.Rankings.Count, settings.BatchSize);
    }

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, double>> MeasureStart() => MeasureHeldOut();

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        SequenceRanking[] rankings = [.. _order.RowsOf(step).Select(row => _data.Rankings[row])];
        var diagnostics = new RewardDiagnostics();
        double loss = Accumulate(rankings, diagnostics);
        long tokens = rankings.Sum(ranking => ranking.Completions.Sum(completion => (long)completion.Tokens.Length));
        return _updates.Update(step, loss, diagnostics.Metrics(), MeasureHeldOut, tokens);
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> RowsOf(int step) => _order.RowsOf(step);

    /// <inheritdoc/>
    public TrainerState Export() => _updates.Export();

    /// <inheritdoc/>
    public void Import(TrainerState state) => _updates.Import(state);

    /// <inheritdoc/>
    public void Dispose() => _updates.Dispose();

    // Micro-batches of whole rankings; their contributions to the mean add up, so the gradient does not depend on the split.
    private double Accumulate(SequenceRanking[] rankings, RewardDiagnostics diagnostics)
    {
        PassPlan plan = PassPlan.Of(_engine.Parallel, rankings, _settings.Limits, ranking => ranking.Completions);
        using var scored = new DeviceTable<T>(_engine, rankings.Sum(ranking => ranking.Completions.Count), 1);
        int[] starts = Starts(rankings);
        double loss = new GradientPasses<T>(_engine, _model.Parameters, plan, _model).Run(pass =>
        {
            SequenceRanking[] part = pass.Of(rankings);
            var scores = _model.Scores([.. part.SelectMany(ranking => ranking.Completions)]);   // [sequences, 1]
            scored.Put(starts[pass.First], scores);
            return T.Scale(SumOfLosses(scores, part), 1.0 / rankings.Length);
        });
        AddTo(diagnostics, rankings, scored.Read());
        return loss;
    }

    // Rankings of the same length are columns of scores, one per rank.
    private T SumOfLosses(T scores, SequenceRanking[] rankings)
    {
        int[] starts = Starts(rankings);
        T[] sums =
        [
            .. Enumerable.Range(0, rankings.Length).GroupBy(i => rankings[i].Completions.Count, (length, same) =>
            {
                int[] group = [.. same];
                T[] ranks = [.. Enumerable.Range(0, length).Select(rank => T.GatherRows(scores, [.. group.Select(i => starts[i] + rank)]))];
                T margins = T.FromValues(scores, group.Length, 1, [.. group.Select(i => rankings[i].Margin)]);
                return T.SumOverBatch(_settings.Loss.Of<T>(ranks, margins));
            }),
        ];
        return sums.Aggregate((left, right) => left + right);
    }

    private IEnumerable<KeyValuePair<string, double>> MeasureHeldOut()
    {
        if (_data.HeldOut.Count == 0)
        {
            return [];
        }

        var diagnostics = new RewardDiagnostics();
        foreach (SequenceRanking[] part in _data.HeldOut.Chunk(Math.Max(1, _settings.MicroBatchSize / 2)))
        {
            AddTo(diagnostics, part, _scorer.Scores([.. part.SelectMany(ranking => ranking.Completions)]));
        }

        return diagnostics.HeldOutMetrics();
    }

    private static void AddTo(RewardDiagnostics diagnostics, SequenceRanking[] rankings, ReadOnlySpan<float> scores)
    {
        int[] starts = Starts(rankings);
        for (int i = 0; i < rankings.Length; i++)
        {
            diagnostics.Add(scores.Slice(starts[i], rankings[i].Completions.Count));
        }
    }

    // The offset of each ranking's completions.
    private static int[] Starts(SequenceRanking[] rankings)
    {
        var starts = new int[rankings.Length];
        for (int i = 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1] + rankings[i - 1].Completions.Count;
        }

        return starts;
    }
}
