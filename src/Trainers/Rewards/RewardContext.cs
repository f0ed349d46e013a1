namespace RlCore.Trainers.Rewards;

/// <summary>What rewards may need of the run around them when they are made.</summary>
public sealed record RewardContext
{
    /// <summary>Folder in which rewards may keep what is worth keeping between runs of the same recipe (caches); empty for none.</summary>
    /// <value>"".</value>
    public string Folder { get; init; } = "";
}
