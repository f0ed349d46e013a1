using RlCore.Engines;

namespace RlCore.Trainers.Rewards;

/// <summary>What rewards may need from the run when they are created.</summary>
public sealed record RewardContext
{
    /// <summary>Folder for data that rewards keep between runs of the same recipe (caches); empty for none.</summary>
    /// <value>"".</value>
    public string Folder { get; init; } = "";

    /// <summary>The provider of reward models.</summary>
    /// <value>One that throws, as reward models need an engine.</value>
    public IRewardModels Models { get; init; } = new NoRewardModels();

    /// <summary>The processes that share what rewards compute.</summary>
    /// <value>One.</value>
    internal DataParallel Parallel { get; init; } = DataParallel.Alone;

    private sealed class NoRewardModels : IRewardModels
    {
        public IReward Open(RewardSettings.RewardModel settings) => throw Refuse(settings);

        public IReward Open(RewardSettings.Process settings) => throw Refuse(settings);

        private static InvalidOperationException Refuse(RewardSettings settings) =>
            new(
                $"The reward \"{settings.Name}\" is a reward model, which needs an engine to run on: give "
                    + $"{nameof(RewardContext)}.{nameof(Models)}.");
    }
}
