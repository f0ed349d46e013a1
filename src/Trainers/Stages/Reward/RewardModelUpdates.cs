using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Stages;

/// <summary>What the trainers of reward models share, whatever their data: the optimizer, the metrics of a step, and the state.</summary>
/// <param name="engine">The model's engine.</param>
/// <param name="model">The reward model.</param>
/// <param name="settings">The stage.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class RewardModelUpdates<T>(IEngine<T> engine, ScalarModel<T> model, RewardStageSettings settings) : IDisposable
    where T : struct, ITensor<T>
{
    private readonly ScheduledOptimizer _optimizer =
        ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, settings.Steps);

    /// <summary>Updates the model with the gradient of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="metrics">Metrics of the data that it was trained on.</param>
    /// <param name="measureHeldOut">Measures the updated model on held-out data; called where the stage says so.</param>
    /// <param name="tokens">Tokens that it was trained on.</param>
    public StepOutcome Update(
        int step,
        double loss,
        IEnumerable<KeyValuePair<string, double>> metrics,
        Func<IEnumerable<KeyValuePair<string, double>>> measureHeldOut,
        long tokens)
    {
        var (rate, norm) = _optimizer.Update(step, loss);
        bool measured = step + 1 == settings.Steps || (settings.EvaluationEvery > 0 && (step + 1) % settings.EvaluationEvery == 0);
        return new StepOutcome(
            [
                new(MetricNames.Loss, loss),
                .. metrics,
                .. measured ? measureHeldOut() : [],
                new(MetricNames.GradNorm, norm),
                new(MetricNames.LearningRate, rate),
            ],
            tokens,
            []);
    }

    /// <summary>The state of optimizer and model.</summary>
    public TrainerState Export() => new()
    {
        Optimizers = new Dictionary<string, OptimizerState> { [TrainerState.Reward] = _optimizer.Optimizer.Export() },
        Models = new Dictionary<string, IReadOnlyDictionary<string, TensorData>>
            {
                [TrainerState.Reward] = model.Parameters.Export(engine),
            },
    };

    /// <summary>Takes up a state.</summary>
    /// <param name="state">Made by <see cref="Export"/>.</param>
    public void Import(TrainerState state)
    {
        model.Parameters.Write(engine, state.Models[TrainerState.Reward].ToWeights());
        _optimizer.Optimizer.Import(state.Optimizers[TrainerState.Reward]);
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();
}
