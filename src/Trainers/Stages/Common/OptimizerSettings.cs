using RlCore.Algebra;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>AdamW and its schedule, for one stage.</summary>
public sealed record OptimizerSettings
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

    /// <summary>Decay of the first moment.</summary>
    /// <value>0.9.</value>
    [Within(0, 1, HighOpen = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    /// <value>0.999.</value>
    [Within(0, 1, HighOpen = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Constant added to the square root of the second moment.</summary>
    /// <value>1e-8.</value>
    [Within(0, LowOpen = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices.</summary>
    /// <value>0.</value>
    [Within(0)]
    public double WeightDecay { get; init; }
}
