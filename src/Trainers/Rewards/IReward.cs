using RlCore.Trainers.Datasets;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Rewards;

/// <summary>A verifiable reward: a pure function of a question and a completion.</summary>
public interface IReward
{
    /// <summary>Name in metrics.</summary>
    string Name { get; }

    /// <summary>Scores a completion.</summary>
    /// <param name="question">The question.</param>
    /// <param name="completion">The completion's text.</param>
    /// <param name="ended">Whether it ended by itself (end of sequence), rather than by its length.</param>
    double Score(Question question, string completion, bool ended);
}

/// <summary>Rewards by the name that recipes use.</summary>
public static class Reward
{
    /// <summary>The reward of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static IReward Of(RewardKind kind) => kind switch
    {
        RewardKind.Exact => new ExactAnswer(),
        RewardKind.Numeric => new NumericAnswer(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "An unknown reward."),
    };
}
