using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// The update shared by stages that learn from pairs, whether these come from a dataset or from the policy: the mean over pairs of a
/// <see cref="PreferenceLoss"/> of the two completions' log-ratios to the reference, plus the chosen completions' negative
/// log-likelihood if the stage asks for it.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class PreferenceStep<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly PairwiseSettings _settings;
    private readonly ScheduledOptimizer _optimizer;
    private readonly PolicyPass<T> _policy;
    private readonly RewardShift _shift;

    /// <summary>Updates of a policy.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="settings">The stage.</param>
    public PreferenceStep(IEngine<T> engine, ILanguageModel<T> model, PairwiseSettings settings)
    {
        _engine = engine;
        _settings = settings;
        _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, settings.Steps);
        _policy = new PolicyPass<T>(engine, model, settings.Limits, temperature: 1);
        _shift = new RewardShift(settings.Loss.ShiftsRewards);
    }

    /// <summary>Log-probs of pairs under a stage's reference; null for a stage without one.</summary>
    /// <param name="settings">The stage.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="reference">Log-probs under the reference; ignored for a stage without one.</param>
    /// <exception cref="ArgumentException">The loss needs a reference and there is none.</exception>
    public static PairLogProbs[]? Score(PairwiseSettings settings, IReadOnlyList<SequencePair> pairs, IReferenceLogProbs? reference)
    {
        if (!settings.NeedsReference)
        {
            return null;
        }

        return PairLogProbs.Of(reference?.Sums(PairLogProbs.Sequences(pairs))
            ?? throw new ArgumentException($"The loss {settings.Loss.GetType().Name} needs a reference model.", nameof(reference)));
    }

    /// <summary>Does one update.</summary>
    /// <param name="step">Step of the stage, from 0, which determines the learning rate.</param>
    /// <param name="pairs">The step's pairs, at least one.</param>
    /// <param name="reference">Log-probs of these pairs under the reference; zeros for a stage without one.</param>
    /// <returns>Loss, implicit rewards, gradient norm and learning rate.</returns>
    public IReadOnlyList<KeyValuePair<string, double>> Run(int step, SequencePair[] pairs, PairLogProbs[] reference)
    {
        PairLogProbs[] policy = _settings.Loss.NeedsStepScores ? PairLogProbs.Of(_policy.Sums(PairLogProbs.Sequences(pairs))) : [];
        double delta = _settings.Loss.ShiftsRewards ? Shift(reference, policy) : 0;
        PreferenceLoss objective = _settings.Loss.AtShift(delta);
        PairMatching matching = objective.Matching switch
        {
            RankMatching.Margins => PairMatching.OfMargins(pairs, reference, policy),
            RankMatching.Scores =>
                PairMatching.OfScores([.. pairs.Select(pair => pair.Chosen)], [.. pairs.Select(pair => pair.Rejected)], reference, policy),
            _ => PairMatching.None(pairs, reference),
        };
        var diagnostics = new PreferenceDiagnostics(objective, reference);
        double loss = Accumulate(objective, matching, diagnostics);
        var (rate, norm) = _optimizer.Update(step, loss);
        return
        [
            new(MetricNames.Loss, loss),
            .. diagnostics.Metrics(),
            .. _settings.Loss.ShiftsRewards ? [new(MetricNames.Delta, delta)] : Array.Empty<KeyValuePair<string, double>>(),
            new(MetricNames.GradNorm, norm),
            new(MetricNames.LearningRate, rate),
        ];
    }

    /// <summary>The state that continues from step to step.</summary>
    public TrainerState Export() => _shift.ExportTo(TrainerState.Of(_optimizer.Optimizer));

    /// <summary>Replaces that state.</summary>
    /// <param name="state">Made by <see cref="Export"/>.</param>
    public void Import(TrainerState state)
    {
        _optimizer.Optimizer.Import(state.Optimizers[TrainerState.Policy]);
        _shift.Import(state);
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private double Accumulate(PreferenceLoss objective, PairMatching matching, PreferenceDiagnostics diagnostics)
    {
        var term = new PreferencePairTerm(objective, _settings.Divergence);
        int chosenTokens = matching.Pairs.Sum(pair => pair.Chosen.CompletionLength);
        using var sumsOfPairs = new DeviceTable<T>(_engine, 2 * matching.Pairs.Length, 1);
        double loss = _policy.AccumulatePairs(matching.Pairs, (first, batch, scored) =>
        {
            var sums = T.SumOverTime(scored.LogProbs, batch.Mask);                              // [2·count, 1]
            sumsOfPairs.Put(first, PairScores.Half(sums, 0));
            sumsOfPairs.Put(matching.Pairs.Length + first, PairScores.Half(sums, 1));
            var (chosen, rejected) = PairScores.Of(
                sums,
                batch,
                matching.Reference.AsSpan(first, batch.Rows / 2),
                objective.LengthNormalized);
            var mean = T.Scale(T.SumOverBatch(term.Evaluate(chosen, rejected)), 1.0 / matching.Pairs.Length);
            return _settings.SftWeight > 0
                ? mean + T.Scale(T.SumOverBatch(PairScores.Half(sums, 0)), -_settings.SftWeight / chosenTokens)
                : mean;
        });
        diagnostics.Add(sumsOfPairs.Read(), matching);
        return loss;
    }

    private double Shift(PairLogProbs[] reference, PairLogProbs[] policy) => _shift.Update(
        [.. policy.Zip(reference)
            .SelectMany(
                pair => (double[])
                [
                    _settings.Loss.Beta * ((double)pair.First.Chosen - pair.Second.Chosen),
                    _settings.Loss.Beta * ((double)pair.First.Rejected - pair.Second.Rejected),
                ])]);
}
