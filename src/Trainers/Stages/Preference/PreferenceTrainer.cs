using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Learning from preferences: the mean over pairs of a <see cref="PreferenceLoss"/> of the two completions' log-ratios to the
/// reference. One trainer runs DPO and its relatives.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class PreferenceTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private readonly IReadOnlyList<SequencePair> _pairs;
    private readonly PairLogProbs[]? _reference;
    private readonly PreferenceStep<T> _step;
    private readonly DataOrder _order;

    /// <summary>A trainer over pairs. The reference's log-probs are computed once, here; the reference is not needed afterwards.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="reference">The reference; null for stages without one.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="pairs">Completions, the better first.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    /// <exception cref="ArgumentException">The loss needs a reference and there is none.</exception>
    public PreferenceTrainer(
        IEngine<T> engine,
        ILanguageModel<T> model,
        ILanguageModel<T>? reference,
        PreferenceSettings settings,
        IReadOnlyList<SequencePair> pairs,
        ulong seed,
        int stageIndex)
        : this(
            engine,
            model,
            settings,
            pairs,
            seed,
            stageIndex,
            reference is null ? null : new ReferenceModel<T>(engine, reference, settings.Limits))
    {
    }

    /// <summary>
    /// A trainer over pairs whose reference log-probs come from elsewhere, such as a cache. They are requested once, here.
    /// </summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="pairs">Completions, the better first.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    /// <param name="reference">Log-probs under the reference; null for stages without one.</param>
    /// <exception cref="ArgumentException">The loss needs a reference and there is none.</exception>
    public PreferenceTrainer(
        IEngine<T> engine,
        ILanguageModel<T> model,
        PreferenceSettings settings,
        IReadOnlyList<SequencePair> pairs,
        ulong seed,
        int stageIndex,
        IReferenceLogProbs? reference)
    {
        _reference = PreferenceStep<T>.Score(settings, pairs, reference);
        _pairs = pairs;
        _step = new PreferenceStep<T>(engine, model, settings);
        _order = new DataOrder(seed, stageIndex, pairs.Count, settings.BatchSize);
    }

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        int[] rows = _order.RowsOf(step);
        SequencePair[] pairs = [.. rows.Select(row => _pairs[row])];
        return new StepOutcome(
            _step.Run(step, pairs, [.. rows.Select(row => _reference?[row] ?? default)]),
            pairs.Sum(pair => (long)pair.Chosen.Tokens.Length + pair.Rejected.Tokens.Length),
            []);
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> RowsOf(int step) => _order.RowsOf(step);

    /// <inheritdoc/>
    public TrainerState Export() => _step.Export();

    /// <inheritdoc/>
    public void Import(TrainerState state) => _step.Import(state);

    /// <inheritdoc/>
    public void Dispose() => _step.Dispose();
}
