using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Stages;

/// <summary>The interface of a running stage for the pipeline.</summary>
public interface IStageTrainer : IDisposable
{
    /// <summary>Measurements before the first step; for most stages none.</summary>
    IEnumerable<KeyValuePair<string, double>> MeasureStart() => [];

    /// <summary>Does one step.</summary>
    /// <param name="step">Step within the stage, from 0.</param>
    /// <returns>Its metrics.</returns>
    /// <exception cref="TrainingDivergedException">The loss or the gradient is not finite; nothing was updated.</exception>
    StepOutcome Step(int step);

    /// <summary>
    /// Rows of the stage's dataset that a step uses, from 0, not counting the header; empty if the step reports them in
    /// another way.
    /// </summary>
    /// <param name="step">Step within the stage, from 0.</param>
    IReadOnlyList<int> RowsOf(int step) => [];

    /// <summary>A copy of the state, besides the policy's parameters, that continues from step to step.</summary>
    TrainerState Export();

    /// <summary>Replaces that state.</summary>
    /// <param name="state">Made by <see cref="Export"/>.</param>
    void Import(TrainerState state);
}

/// <summary>The measurements of a step.</summary>
/// <param name="Metrics">By metric name, in column order.</param>
/// <param name="Tokens">Tokens that the step processed (prompts and completions).</param>
/// <param name="Samples">Completions to record.</param>
public sealed record StepOutcome(
    IReadOnlyList<KeyValuePair<string, double>> Metrics,
    long Tokens,
    IReadOnlyList<SampleRecord> Samples)
{
    /// <summary>Warnings about the step.</summary>
    public IReadOnlyList<RunWarning> Warnings { get; init; } = [];
}

/// <summary>The optimizer of a stage with its schedule.</summary>
internal sealed class ScheduledOptimizer : IDisposable
{
    private readonly OptimizerSettings _settings;
    private readonly int _totalUpdates;

    private ScheduledOptimizer(IOptimizer optimizer, OptimizerSettings settings, int totalUpdates)
    {
        Optimizer = optimizer;
        _settings = settings;
        _totalUpdates = totalUpdates;
    }

    public IOptimizer Optimizer { get; }

    public static ScheduledOptimizer Create<T>(
        IEngine<T> engine,
        IReadOnlyList<NamedParameter<T>> parameters,
        OptimizerSettings settings,
        int totalUpdates)
        where T : struct, ITensor<T> => new(engine.CreateAdamW(parameters, settings), settings, totalUpdates);

    /// <summary>Updates, and returns the learning rate and the gradient norm before clipping.</summary>
    public (double LearningRate, double GradientNorm) Update(int update, double loss)
    {
        double rate = LearningRate.At(_settings, update, _totalUpdates);
        double norm = double.IsFinite(loss) ? Optimizer.Step(rate, _settings.MaxGradientNorm) : double.NaN;
        return double.IsFinite(norm)
            ? (rate, norm)
            : throw new TrainingDivergedException(
                $"Update {update + 1} has loss {loss} and gradient norm {norm}; the weights were not changed. Lower the learning "
                    + $"rate (now {rate:g3}) and resume.");
    }

    public void Dispose() => Optimizer.Dispose();
}
