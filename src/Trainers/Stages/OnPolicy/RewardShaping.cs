using RlCore.Algebra;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Stages;

/// <summary>
/// What a completion is credited with: its reward, or of two attempts at a question what <see cref="AttemptRewards"/> says, minus the
/// algorithm's penalties for a missing end and for its length.
/// </summary>
internal static class RewardShaping
{
    /// <summary>Credits minus penalties.</summary>
    /// <param name="settings">The stage.</param>
    /// <param name="rollout">Completions with their rewards.</param>
    public static double[] Shape(OnPolicySettings settings, Rollout rollout) =>
        [.. Credits(settings, rollout).Select((credit, i) => credit - Penalty(settings, rollout.Samples[i]))];

    private static double[] Credits(OnPolicySettings settings, Rollout rollout)
    {
        double[] credits = [.. rollout.Rewards];
        foreach (var (first, second) in rollout.Attempts)
        {
            (credits[first], credits[second]) = settings.SecondAttempt!.Rewards.Of(rollout.Rewards[first], rollout.Rewards[second]);
        }

        return credits;
    }

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
