namespace RlCore.Trainers.Rewards;

/// <summary>A verifier whose work on one completion has a limit; a completion that passes it scores 0 and is counted.</summary>
internal interface IBoundedReward
{
    /// <summary>Whether there is a limit: a reward for a part of a completion has one if the inner one does.</summary>
    bool HasLimit { get; }

    /// <summary>Completions that passed the limit since the last call.</summary>
    int TakeUndecided();
}
