using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Stages;

/// <summary>One stage of a recipe. Each record that derives from it is a kind of stage.</summary>
public abstract record StageSettings
{
    /// <summary>The stage's name in metrics, progress and checkpoints.</summary>
    public string Name { get; init; } = "";

    /// <summary>The stage's CSV file.</summary>
    public string Data { get; init; } = "";

    /// <summary>What the columns of the file are called.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>Optimizer steps (supervised) or rollout steps (on-policy).</summary>
    public int Steps { get; init; }

    /// <summary>Sequences of one forward and backward pass; it never changes the gradient, only the memory.</summary>
    /// <value>256.</value>
    public int MicroBatchSize { get; init; } = 256;

    /// <summary>Optimizer and schedule.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>Which metrics the stage fills: the names of <see cref="MetricEntry.Stages"/> that apply to it.</summary>
    internal abstract IEnumerable<string> MetricGroups { get; }

    /// <summary>The rewards that the stage's completions get; none where it draws none.</summary>
    internal virtual IReadOnlyList<RewardSettings> RewardParts => [];

    /// <summary>Every file that the stage reads.</summary>
    internal virtual IEnumerable<string> Files => RewardParts.SelectMany(reward => reward.Files).Prepend(Data);

    /// <summary>The same stage with the paths of its files replaced.</summary>
    /// <param name="resolve">Gives a file's full path.</param>
    internal virtual StageSettings Locate(Func<string, string> resolve) => this with { Data = resolve(Data) };
}

/// <summary>AdamW and its schedule, for one stage.</summary>
public sealed record OptimizerSettings
{
    /// <summary>Peak learning rate.</summary>
    /// <value>1e-3.</value>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Shape of the learning rate over the stage.</summary>
    /// <value>Constant.</value>
    [Inline]
    public Schedule Schedule { get; init; } = new Schedule.Constant();

    /// <summary>Global gradient norm to clip to.</summary>
    /// <value>1.</value>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Decay of the first moment.</summary>
    /// <value>0.9.</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    /// <value>0.999.</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    /// <value>1e-8.</value>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices.</summary>
    /// <value>0.</value>
    public double WeightDecay { get; init; }
}
