using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Stages;

/// <summary>A stage that generates completions and scores them.</summary>
public interface IRewardedStage
{
    /// <summary>How completions are scored: the weighted sum of these.</summary>
    IReadOnlyList<RewardSettings> Rewards { get; }

    /// <summary>What happens when a reward cannot score a completion.</summary>
    RewardErrorAction OnRewardError { get; }

    /// <summary>
    /// The score, before its weight, of a completion that a reward cannot score; used only if such completions do not stop the
    /// run.
    /// </summary>
    double RewardErrorScore { get; }

    /// <summary>Largest share of the recent completions that may fail to be scored before the run stops.</summary>
    double MaxRewardErrorShare { get; }

    /// <summary>Maximum tokens per completion.</summary>
    int MaxCompletionTokens { get; }

    /// <summary>What becomes of a completion that a reward cannot score, as rewards take it.</summary>
    RewardErrors Errors => new(OnRewardError, RewardErrorScore) { MaxShare = MaxRewardErrorShare };
}
