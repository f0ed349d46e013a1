using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Stages;

/// <summary>A stage that draws completions and scores them.</summary>
public interface IRewardedStage
{
    /// <summary>How completions are scored: the weighted sum of these.</summary>
    IReadOnlyList<RewardSettings> Rewards { get; }

    /// <summary>What becomes of a completion that a reward cannot score.</summary>
    RewardErrorAction OnRewardError { get; }

    /// <summary>The part's score, before its weight, of a completion that it cannot score; read where those do not stop the run.</summary>
    double RewardErrorScore { get; }

    /// <summary>Most tokens of a completion.</summary>
    int MaxCompletionTokens { get; }

    /// <summary>What becomes of a completion that a reward cannot score, as rewards take it.</summary>
    RewardErrors Errors => new(OnRewardError, RewardErrorScore);
}
