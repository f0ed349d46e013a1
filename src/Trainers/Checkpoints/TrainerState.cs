using RlCore.Engines;
using RlCore.Trainers.Files;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Checkpoints;

/// <summary>
/// The state of a trainer besides the policy's parameters, as stored in a checkpoint. Randomness and the order of the data are
/// addressed by seed and step, so neither is stored.
/// </summary>
public sealed record TrainerState
{
    /// <summary>Name of the policy's own optimizer.</summary>
    public const string Policy = "policy";

    /// <summary>Name of a reference model that differs from the policy at the start of the stage.</summary>
    public const string Reference = "reference";

    /// <summary>Name of a reward model and of its optimizer.</summary>
    public const string Reward = "reward";

    /// <summary>A trainer without state.</summary>
    public static TrainerState Empty { get; } = new();

    /// <summary>Optimizers by the name of what they update.</summary>
    public IReadOnlyDictionary<string, OptimizerState> Optimizers { get; init; } = new Dictionary<string, OptimizerState>();

    /// <summary>Models that the stage trains besides the policy, such as "value" or "reward": parameters by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, TensorData>> Models { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, TensorData>>();

    /// <summary>Numbers that change from step to step, such as an adaptive KL coefficient.</summary>
    public IReadOnlyDictionary<string, double> Scalars { get; init; } = new Dictionary<string, double>();

    /// <summary>Sequences that a stage keeps training on and could not draw again, such as those kept from a round.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TokenSequence>> Sequences { get; init; } =
        new Dictionary<string, IReadOnlyList<TokenSequence>>();

    /// <summary>Where the steps end that the reward model scores; null if there is none, or it scores whole completions.</summary>
    internal StepEnd? StepEnd { get; init; }

    /// <summary>The part that outlives the stage: the models that it trained.</summary>
    internal TrainerState Outcome => Empty with
    {
        Models = Models.Where(model => model.Key != Reference).ToDictionary(),
        StepEnd = StepEnd,
    };

    /// <summary>The state of a trainer that has only an optimizer.</summary>
    /// <param name="optimizer">The policy's optimizer.</param>
    public static TrainerState Of(IOptimizer optimizer) => new()
    {
        Optimizers = new Dictionary<string, OptimizerState> { [Policy] = optimizer.Export() },
    };
}
