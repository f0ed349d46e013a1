using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Stages;

/// <summary>What a pipeline needs of a stage while it runs.</summary>
public interface IStageTrainer : IDisposable
{
    /// <summary>What there is to measure before the first step: for most stages nothing.</summary>
    IEnumerable<KeyValuePair<string, double>> MeasureStart() => [];

    /// <summary>Does one step.</summary>
    /// <param name="step">Step within the stage, from 0.</param>
    /// <returns>What it measured.</returns>
    /// <exception cref="TrainingDivergedException">The loss or the gradient is not finite; nothing was updated.</exception>
    StepOutcome Step(int step);

    /// <summary>Rows of the stage's dataset that a step takes, from 0, the header not counted; none where the step says it otherwise.</summary>
    /// <param name="step">Step within the stage, from 0.</param>
    IReadOnlyList<int> RowsOf(int step) => [];

    /// <summary>A copy of what goes on from step to step besides the policy's parameters.</summary>
    TrainerState Export();

    /// <summary>Replaces that state.</summary>
    /// <param name="state">Made by <see cref="Export"/>.</param>
    void Import(TrainerState state);
}

/// <summary>What a step measured.</summary>
/// <param name="Metrics">By metric name, in the order of the columns.</param>
/// <param name="Tokens">Tokens that the step processed (prompts and completions).</param>
/// <param name="Samples">Completions worth keeping.</param>
public sealed record StepOutcome(
    IReadOnlyList<KeyValuePair<string, double>> Metrics,
    long Tokens,
    IReadOnlyList<SampleRecord> Samples)
{
    /// <summary>What a person should know of the step.</summary>
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

    public static ScheduledOptimizer Create<T>(IEngine<T> engine, IReadOnlyList<NamedParameter<T>> parameters, OptimizerSettings settings, int totalUpdates)
        where T : struct, ITensor<T>
    {
        var options = new AdamWOptions
        {
            Beta1 = settings.Beta1,
            Beta2 = settings.Beta2,
            Epsilon = settings.Epsilon,
            WeightDecay = settings.WeightDecay,
        };
        return new ScheduledOptimizer(engine.CreateAdamW(parameters, options), settings, totalUpdates);
    }

    /// <summary>Updates, and returns the learning rate and the gradient norm before clipping.</summary>
    public (double LearningRate, double GradientNorm) Update(int update, double loss)
    {
        double rate = LearningRate.At(_settings, update, _totalUpdates);
        double norm = double.IsFinite(loss) ? Optimizer.Step(rate, _settings.MaxGradientNorm) : double.NaN;
        return double.IsFinite(norm)
            ? (rate, norm)
            : throw new TrainingDivergedException($"Update {update + 1} has loss {loss} and gradient norm {norm}; the weights were not changed. Lower the learning rate (now {rate:g3}) and resume.");
    }

    public void Dispose() => Optimizer.Dispose();
}
