using RlCore.Engines;
using RlCore.Trainers.Files;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Checkpoints;

/// <summary>
/// What a trainer holds besides the policy's parameters, as a checkpoint keeps it. Randomness and the order of the data are
/// addressed by seed and step, so neither is here.
/// </summary>
public sealed record TrainerState
{
    /// <summary>Name of the policy's own optimizer.</summary>
    public const string Policy = "policy";

    /// <summary>Name of a reference model that is no longer the policy as the stage began.</summary>
    public const string Reference = "reference";

    /// <summary>Name of a reward model and of its optimizer.</summary>
    public const string Reward = "reward";

    /// <summary>A trainer that holds nothing.</summary>
    public static TrainerState Empty { get; } = new();

    /// <summary>Optimizers by the name of what they update.</summary>
    public IReadOnlyDictionary<string, OptimizerState> Optimizers { get; init; } = new Dictionary<string, OptimizerState>();

    /// <summary>Models that the stage trains besides the policy, such as "value" or "reward": parameters by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, SafetensorsTensor>> Models { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, SafetensorsTensor>>();

    /// <summary>Numbers that move from step to step, such as an adaptive KL coefficient.</summary>
    public IReadOnlyDictionary<string, double> Scalars { get; init; } = new Dictionary<string, double>();

    /// <summary>Sequences that a stage goes on training on and could not draw again, such as those that a round has kept.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TokenSequence>> Sequences { get; init; } = new Dictionary<string, IReadOnlyList<TokenSequence>>();

    /// <summary>What outlives the stage: the models that it made.</summary>
    internal TrainerState Outcome => Empty with
    {
        Models = Models.Where(model => model.Key != Reference).ToDictionary(),
    };

    /// <summary>The state of a trainer that has nothing but its optimizer.</summary>
    /// <param name="optimizer">The policy's optimizer.</param>
    public static TrainerState Of(IOptimizer optimizer) => new()
    {
        Optimizers = new Dictionary<string, OptimizerState> { [Policy] = optimizer.Export() },
    };
}
