using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>Learning from completions labelled good or bad: KTO, APO-zero, BCO and AOT without pairs.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class UnpairedTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private const string KlWarning = "kto_kl";

    // z is 0 at the start, and may be 0 for some steps.
    private const int LastingZero = 50;

    private readonly IEngine<T> _engine;
    private readonly UnpairedSettings _settings;
    private readonly LabelledData _data;
    private readonly float[] _reference;
    private readonly float[] _mismatchedReference;
    private readonly ScheduledOptimizer _optimizer;
    private readonly PolicyPass<T> _policy;
    private readonly RewardShift _shift;

    /// <summary>A trainer over completions with labels. The reference's log-probs are requested once, here.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="reference">Log-probs under the reference.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="rows">Completions with their labels; for AOT, some of each label.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    public UnpairedTrainer(
        IEngine<T> engine,
        ILanguageModel<T> model,
        IReferenceLogProbs reference,
        UnpairedSettings settings,
        IReadOnlyList<LabelledSequence> rows,
        ulong seed,
        int stageIndex)
    {
        _engine = engine;
        _settings = settings;
        _data = new LabelledData(rows, settings, model.Context, seed, stageIndex);
        _reference = reference.Sums(rows.Select(row => row.Sequence));
        _mismatchedReference = settings.Loss.UsesMismatchedKl ? reference.Sums(_data.Mismatched()) : [];
        _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, settings.Steps);
        _policy = new PolicyPass<T>(engine, model, settings.Limits, temperature: 1);
        _shift = new RewardShift(settings.Loss.ShiftsRewards);
    }

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        int[] rows = _data.RowsOf(step);
        TokenSequence[] sequences = [.. rows.Select(row => _data[row])];
        var diagnostics = new UnpairedDiagnostics(_settings.Loss.Beta);
        var extra = new List<KeyValuePair<string, double>>();
        double loss = _settings.Loss.Ranks
            ? AccumulateByRank(rows, sequences, diagnostics)
            : Accumulate(rows, sequences, ShiftOf(rows, sequences, extra), diagnostics);
        var (rate, norm) = _optimizer.Update(step, loss);
        return new StepOutcome(
            [
                new(MetricNames.Loss, loss),
                .. diagnostics.Metrics(),
                .. extra,
                new(MetricNames.GradNorm, norm),
                new(MetricNames.LearningRate, rate),
            ],
            sequences.Sum(sequence => (long)sequence.Tokens.Length),
            [])
        {
            Warnings = Warnings(extra),
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> RowsOf(int step) => _data.RowsOf(step);

    /// <inheritdoc/>
    public TrainerState Export() => _shift.ExportTo(TrainerState.Of(_optimizer.Optimizer));

    /// <inheritdoc/>
    public void Import(TrainerState state)
    {
        _optimizer.Optimizer.Import(state.Optimizers[TrainerState.Policy]);
        _shift.Import(state);
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    // KTO's z: the mean log-ratio of mismatched completions, at least zero.
    private double KlToReference(int[] rows)
    {
        int[] mismatched = [.. rows.Where(row => _data.MismatchOf(row) >= 0)];
        if (mismatched.Length == 0)
        {
            return 0;
        }

        float[] policy = _policy.Sums(mismatched.Select(_data.Mismatched));
        return UnpairedLosses.ReferencePoint<Real>(
            [.. policy.Select(sum => new Real(sum))],
            [.. mismatched.Select(row => new Real(_mismatchedReference[_data.MismatchOf(row)]))]);
    }

    // With z = 0 KTO is APO-zero: whoever asked for KTO should know.
    private RunWarning[] Warnings(List<KeyValuePair<string, double>> extra)
    {
        if (!_settings.Loss.UsesMismatchedKl || extra.First(metric => metric.Key == MetricNames.Kl).Value != 0)
        {
            return [];
        }

        return _data.HasMismatches
            ? [new RunWarning(
                KlWarning,
                "KTO's reference point, the KL of completions paired with other prompts, stays at 0: the policy finds such completions "
                    + "less likely than the reference does, and the loss is that of apoZero; use more data or a lower learning rate",
                LastingZero)]
            : [new RunWarning(
                KlWarning,
                "KTO's reference point is always 0, as no row has a completion of another prompt that fits into the model's context: use "
                    + "data with several prompts, or the loss apoZero, which has no reference point")];
    }

    // KTO's z or BCO's δ, for the metrics.
    private double ShiftOf(int[] rows, TokenSequence[] sequences, List<KeyValuePair<string, double>> metrics)
    {
        if (_settings.Loss.UsesMismatchedKl)
        {
            return Note(MetricNames.Kl, KlToReference(rows), metrics);
        }

        return _settings.Loss.ShiftsRewards ? Note(MetricNames.Delta, Shift(rows, sequences), metrics) : 0;
    }

    private double Shift(int[] rows, TokenSequence[] sequences) =>
        _shift.Update([.. _policy.Sums(sequences).Select((sum, i) => _settings.Loss.Beta * ((double)sum - _reference[rows[i]]))]);

    private double Accumulate(int[] rows, TokenSequence[] sequences, double shift, UnpairedDiagnostics diagnostics)
    {
        using var sumsOfRows = new DeviceTable<T>(_engine, rows.Length, 1);
        UnpairedLoss loss = _settings.Loss.AtShift(shift);
        double total = _policy.Accumulate(sequences, (first, batch, output) =>
        {
            var sums = T.SumOverTime(output.Scored.LogProbs, batch.Mask);                       // [rows, 1]
            sumsOfRows.Put(first, sums);
            int[] part = rows[first..(first + batch.Rows)];
            T Column(Func<int, double> value) => T.FromValues(sums, part.Length, 1, [.. part.Select(value)]);
            var labels = Column(row => _data.IsDesirable(row) ? 1 : -1);
            var losses = loss.Of(new UnpairedInputs<T>(sums, Column(row => _reference[row]), Column(_ => shift), labels));
            return T.SumOverBatch(losses * Column(row => _settings.Loss.Weight(_data.IsDesirable(row)) / rows.Length));
        });
        AddTo(diagnostics, rows, sumsOfRows.Read());
        return total;
    }

    private double AccumulateByRank(int[] rows, TokenSequence[] sequences, UnpairedDiagnostics diagnostics)
    {
        int half = rows.Length / 2; // Desirable rows come first.
        var aot = (UnpairedLoss.Aot)_settings.Loss;
        float[] sums = _policy.Sums(sequences);
        AddTo(diagnostics, rows, sums);
        PairMatching matching = PairMatching.OfScores(
            sequences[..half],
            sequences[half..],
            [.. Enumerable.Range(0, half).Select(i => new PairLogProbs(_reference[rows[i]], _reference[rows[half + i]]))],
            [.. Enumerable.Range(0, half).Select(i => new PairLogProbs(sums[i], sums[half + i]))]);
        return _policy.AccumulatePairs(matching.Pairs, (first, batch, scored) =>
        {
            var (chosen, rejected) = PairScores.Of(
                T.SumOverTime(scored.LogProbs, batch.Mask),
                batch,
                matching.Reference.AsSpan(first, batch.Rows / 2),
                normalized: false);
            return T.Scale(T.SumOverBatch(PreferenceLosses.Sigmoid(chosen, rejected, aot.Beta, aot.LabelSmoothing)), 1.0 / half);
        });
    }

    private void AddTo(UnpairedDiagnostics diagnostics, int[] rows, float[] sums)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            diagnostics.Add(sums[i], _reference[rows[i]], _data.IsDesirable(rows[i]));
        }
    }

    private static double Note(string name, double value, List<KeyValuePair<string, double>> metrics)
    {
        metrics.Add(new(name, value));
        return value;
    }
}
