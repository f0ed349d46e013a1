using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>Supervised fine-tuning: token negative log-likelihood of completions, prompts masked, mean over the tokens of a step.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class SupervisedTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private readonly IReadOnlyList<TokenSequence> _demonstrations;
    private readonly SupervisedStep<T> _step;
    private readonly DataOrder _order;
    private readonly IReadOnlyList<KeyValuePair<string, double>> _ofTheData;

    /// <summary>A trainer over demonstrations.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="demonstrations">Prompts with their completions, each ending with the end of sequence.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stageIndex">Index of the stage.</param>
    public SupervisedTrainer(
        IEngine<T> engine,
        ILanguageModel<T> model,
        SupervisedSettings settings,
        IReadOnlyList<TokenSequence> demonstrations,
        ulong seed,
        int stageIndex)
        : this(engine, model, settings, demonstrations, [], new DataOrder(seed, stageIndex, demonstrations.Count, settings.BatchSize))
    {
    }

    /// <summary>A trainer over the selected completions of a dataset.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The model.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="chosen">Prompts with the completions that were chosen, ended by the end of sequence.</param>
    /// <param name="ofTheData">What the choice shows, which the first step reports.</param>
    /// <param name="order">Which of them a step takes.</param>
    public SupervisedTrainer(
        IEngine<T> engine,
        ILanguageModel<T> model,
        StageSettings settings,
        IReadOnlyList<TokenSequence> chosen,
        IReadOnlyList<KeyValuePair<string, double>> ofTheData,
        DataOrder order)
    {
        _demonstrations = chosen;
        _step = new SupervisedStep<T>(engine, model, settings);
        _order = order;
        _ofTheData = ofTheData;
    }

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        TokenSequence[] sequences = [.. _order.RowsOf(step).Select(row => _demonstrations[row])];
        return new StepOutcome(
            [.. _step.Run(step, sequences), .. step == 0 ? _ofTheData : []],
            sequences.Sum(s => (long)s.Tokens.Length),
            []);
    }

    // Selected completions no longer have row numbers.
    /// <inheritdoc/>
    public IReadOnlyList<int> RowsOf(int step) => _ofTheData.Count == 0 ? _order.RowsOf(step) : [];

    /// <inheritdoc/>
    public TrainerState Export() => TrainerState.Of(_step.Optimizer);

    /// <inheritdoc/>
    public void Import(TrainerState state) => _step.Optimizer.Import(state.Optimizers[TrainerState.Policy]);

    /// <inheritdoc/>
    public void Dispose() => _step.Dispose();
}
