
namespace RlCore.Trainers.Rewards;

/// <summary>What rewards may need of the run around them when they are made.</summary>
public sealed record RewardContext
{
    /// <summary>Folder in which rewards may keep what is worth keeping between runs of the same recipe (caches); empty for none.</summary>
    /// <value>"".</value>
    public string Folder { get; init; } = "";

    /// <summary>Where reward models are found.</summary>
    /// <value>Refuses: without an engine there is none.</value>
    public IRewardModels Models { get; init; } = new NoRewardModels();

    private sealed class NoRewardModels : IRewardModels
    {
        public IReward Open(RewardSettings.RewardModel settings) =>
            throw new InvalidOperationException($"The reward \"{settings.Name}\" is a reward model, which needs an engine to run on: give {nameof(RewardContext)}.{nameof(Models)}.");
    }
}
