using RlCore.Algebra;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Stages;

/// <summary>The penalties of an algorithm on a completion's reward: for a missing end, and for its length.</summary>
internal static class RewardShaping
{
    /// <summary>Rewards minus penalties.</summary>
    /// <param name="settings">The stage.</param>
    /// <param name="rollout">Completions with their rewards.</param>
    public static double[] Shape(OnPolicySettings settings, Rollout rollout) =>
        [.. rollout.Rewards.Select((reward, i) => reward - Penalty(settings, rollout.Samples[i]))];

    private static double Penalty(OnPolicySettings settings, RewardSample sample)
    {
        var algorithm = settings.Algorithm;
        double missingEnd = sample.Ended ? 0 : algorithm.MissingEndPenalty;
        return algorithm.OverlongBuffer == 0
            ? missingEnd
            : missingEnd - LengthPenalties.SoftOverlong(
                sample.Sequence.CompletionLength, settings.MaxCompletionTokens, algorithm.OverlongBuffer, algorithm.OverlongPenalty);
    }
}
