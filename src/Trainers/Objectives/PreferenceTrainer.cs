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
    private readonly IReadOnlyList<SequencePair> _pairs;
    private readonly (double Chosen, double Rejected)[] _reference;
    private readonly PreferenceStep<T> _step;
    private readonly DataOrder _order;

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
        _pairs = pairs;
        _reference = PreferenceStep<T>.Score(PreferenceStep<T>.PassOf(engine, reference, settings), pairs);
        _step = new PreferenceStep<T>(engine, model, settings);
        _order = new DataOrder(seed, stageIndex, pairs.Count, settings.BatchSize);
    }

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        int[] rows = _order.RowsOf(step);
        SequencePair[] pairs = [.. rows.Select(row => _pairs[row])];
        return new StepOutcome(
            _step.Run(step, pairs, [.. rows.Select(row => _reference[row])]),
            pairs.Sum(pair => (long)pair.Chosen.Tokens.Length + pair.Rejected.Tokens.Length),
            []);
    }

    /// <inheritdoc/>
    public TrainerState Export() => TrainerState.Of(_step.Optimizer);

    /// <inheritdoc/>
    public void Import(TrainerState state) => _step.Optimizer.Import(state.Optimizers[TrainerState.Policy]);

    /// <inheritdoc/>
    public void Dispose() => _step.Dispose();
}
