namespace RlCore.Trainers.Objectives;

/// <summary>What an algorithm takes off rewards before it makes advantages of them.</summary>
internal static class RewardShaping
{
    /// <summary>The rewards less the penalties.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="drawn">Completions with their rewards.</param>
    public static double[] Shape(OnPolicyAlgorithm algorithm, ScoredCompletions drawn) =>
    [
        .. drawn.Rewards.Select((reward, i) => reward - (drawn.Completions[i].Ended ? 0 : algorithm.MissingEndPenalty)),
    ];
}
