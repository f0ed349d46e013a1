using RlCore.Algebra;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>AdamW, its schedule and its clip, for one stage.</summary>
public sealed record OptimizerSettings : AdamWOptions
{
    /// <summary>Peak learning rate.</summary>
    /// <value>1e-3.</value>
    [Within(0, LowOpen = true)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Schedule of the learning rate over the stage.</summary>
    /// <value>Constant.</value>
    [Inline]
    public Schedule Schedule { get; init; } = new Schedule.Constant();

    /// <summary>Maximum global gradient norm.</summary>
    /// <value>1.</value>
    [Within(0, LowOpen = true)]
    public double MaxGradientNorm { get; init; } = 1;
}
