using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Objectives;

/// <summary>
/// The update that learning from pairs shares, whether they come from a dataset or from the policy: the mean over pairs of a
/// <see cref="PreferenceLoss"/> of the two completions' log-ratios to the reference, with the chosen completions' negative
/// log-likelihood beside it where the stage asks for that.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class PreferenceStep<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ScheduledOptimizer _optimizer;
    private readonly PolicyPass<T> _policy;
    private readonly PreferenceLoss _loss;
    private readonly double _sftWeight;

    /// <summary>Updates of a policy.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="settings">The stage.</param>
    public PreferenceStep(IEngine<T> engine, ILanguageModel<T> model, StageSettings.Pairwise settings)
    {
        _engine = engine;
        _loss = PreferenceObjectives.Of(settings);
        _sftWeight = settings.SftWeight;
        _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, settings.Steps);
        _policy = new PolicyPass<T>(engine, model, settings.MicroBatchSize, temperature: 1);
    }

    /// <summary>The optimizer, whose state goes on from step to step.</summary>
    public IOptimizer Optimizer => _optimizer.Optimizer;

    /// <summary>Sequence log-probs of both completions of each pair under a reference: zeros for a loss without one.</summary>
    /// <param name="reference">Passes of the reference; null for a loss without one.</param>
    /// <param name="pairs">The pairs.</param>
    public static (double Chosen, double Rejected)[] Score(PolicyPass<T>? reference, IReadOnlyList<SequencePair> pairs)
    {
        if (reference is null)
        {
            return new (double, double)[pairs.Count];
        }

        double[] sums = [.. reference.LogProbs([.. pairs.Select(p => p.Chosen), .. pairs.Select(p => p.Rejected)]).Select(tokens => tokens.Sum(logProb => (double)logProb))];
        return [.. Enumerable.Range(0, pairs.Count).Select(i => (sums[i], sums[pairs.Count + i]))];
    }

    /// <summary>Passes of a stage's reference; null for a loss without one.</summary>
    /// <param name="engine">The reference's engine.</param>
    /// <param name="reference">The reference; not read for a loss without one.</param>
    /// <param name="settings">The stage.</param>
    /// <exception cref="ArgumentException">The loss needs a reference and there is none.</exception>
    public static PolicyPass<T>? PassOf(IEngine<T> engine, ILanguageModel<T>? reference, StageSettings.Pairwise settings)
    {
        if (!PreferenceObjectives.NeedsReference(settings.Loss))
        {
            return null;
        }

        return reference is null
            ? throw new ArgumentException($"The loss {settings.Loss} needs a reference model.", nameof(reference))
            : new PolicyPass<T>(engine, reference, settings.MicroBatchSize, temperature: 1);
    }

    /// <summary>Does one update.</summary>
    /// <param name="step">Step of the stage, from 0: it decides the learning rate.</param>
    /// <param name="pairs">The step's pairs, at least one.</param>
    /// <param name="reference">Made by <see cref="Score"/> for these pairs.</param>
    /// <returns>Loss, implicit rewards, gradient norm and learning rate.</returns>
    public IReadOnlyList<KeyValuePair<string, double>> Run(int step, IReadOnlyList<SequencePair> pairs, (double Chosen, double Rejected)[] reference)
    {
        int chosenTokens = pairs.Sum(pair => pair.Chosen.CompletionLength);
        var diagnostics = new PreferenceDiagnostics(_loss, reference);
        double loss = _policy.AccumulatePairs(pairs, (first, batch, scored) =>
        {
            int count = batch.Rows / 2;
            var sums = T.SumOverTime(scored.LogProbs, batch.Mask);                              // [2·count, 1]
            diagnostics.Add(first, _engine.Read(sums), batch.Mask);
            var (chosen, rejected) = Scores(sums, batch, reference.AsSpan(first, count));
            var mean = T.Scale(T.SumOverBatch(_loss.Evaluate(chosen, rejected)), 1.0 / pairs.Count);
            return _sftWeight > 0 ? mean + T.Scale(T.SumOverBatch(Half(sums, 0)), -_sftWeight / chosenTokens) : mean;
        });
        var (rate, norm) = _optimizer.Update(step, loss);
        return [new(MetricNames.Loss, loss), .. diagnostics.Metrics(), new(MetricNames.GradNorm, norm), new(MetricNames.LearningRate, rate)];
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

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
