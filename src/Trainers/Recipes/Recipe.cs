using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Recipes;

/// <summary>A whole run as a value: the model, the stages in order, and how the result is evaluated.</summary>
public sealed record Recipe
{
    /// <summary>Name of the run; the run folder is <c>runs/NAME</c> unless another is asked for.</summary>
    /// <value>"run".</value>
    public string Name { get; init; } = "run";

    /// <summary>Seed of everything random.</summary>
    /// <value>1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Folder of a checkpoint to start from; empty starts from random weights.</summary>
    /// <value>"".</value>
    public string StartFrom { get; init; } = "";

    /// <summary>Shape of the model; not used when <see cref="StartFrom"/> is given.</summary>
    public ModelSettings Model { get; init; } = new();

    /// <summary>The characters of the tokenizer; not used when <see cref="StartFrom"/> is given.</summary>
    public string Characters { get; init; } = "";

    /// <summary>The stages, run in order, each from what the last one made.</summary>
    public IReadOnlyList<StageSettings> Stages { get; init => field = new ValueList<StageSettings>(value); } = new ValueList<StageSettings>([]);

    /// <summary>The evaluation before the first stage and after each.</summary>
    public EvaluationSettings? Evaluation { get; init; }

    /// <summary>When checkpoints are written.</summary>
    public CheckpointSettings Checkpoints { get; init; } = new();
}

/// <summary>Evaluation against known answers.</summary>
public sealed record EvaluationSettings
{
    /// <summary>CSV file with the columns <c>prompt,answer</c>.</summary>
    public string Data { get; init; } = "";

    /// <summary>What the columns of the file are called.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>How completions are scored: the weighted sum of these.</summary>
    /// <value>Numeric.</value>
    public IReadOnlyList<RewardSettings> Rewards { get; init => field = new ValueList<RewardSettings>(value); } = new ValueList<RewardSettings>([new RewardSettings.Numeric()]);

    /// <summary>A completion is right when its total reaches this, a rounding error of 1e-9 aside.</summary>
    /// <value>1.</value>
    public double PassAt { get; init; } = 1;

    /// <summary>What becomes of a completion that a reward cannot score.</summary>
    /// <value>Stop.</value>
    public RewardErrorAction OnRewardError { get; init; } = RewardErrorAction.Stop;

    /// <summary>The part's score, before its weight, of a completion that it cannot score; read where those do not stop the run.</summary>
    /// <value>0.</value>
    public double RewardErrorScore { get; init; }

    /// <summary>Samples a prompt for mean@n, pass@k and maj@k, at temperature 1; 0 evaluates greedily only.</summary>
    /// <value>8.</value>
    public int Samples { get; init; } = 8;

    /// <summary>Most tokens of a completion.</summary>
    /// <value>32.</value>
    public int MaxCompletionTokens { get; init; } = 32;
}

/// <summary>When checkpoints are written and how many stay.</summary>
public sealed record CheckpointSettings
{
    /// <summary>Optimizer steps between checkpoints; each stage also ends in one.</summary>
    /// <value>100.</value>
    public int Every { get; init; } = 100;

    /// <summary>Checkpoints kept within a stage besides each stage's last.</summary>
    /// <value>2.</value>
    public int Keep { get; init; } = 2;
}
