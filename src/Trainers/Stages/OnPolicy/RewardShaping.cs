using RlCore.Algebra;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Stages;

/// <summary>What an algorithm takes off rewards before it makes advantages of them.</summary>
internal static class RewardShaping
{
    /// <summary>The rewards less the penalties.</summary>
    /// <param name="settings">The stage.</param>
    /// <param name="samples">Completions.</param>
    /// <param name="rewards">Their rewards.</param>
    public static double[] Shape(OnPolicySettings settings, IReadOnlyList<RewardSample> samples, double[] rewards) =>
        [.. rewards.Select((reward, i) => reward - Penalty(settings, samples[i]))];

    private static double Penalty(OnPolicySettings settings, RewardSample sample)
    {
        var algorithm = settings.Algorithm;
        double missingEnd = sample.Ended ? 0 : algorithm.MissingEndPenalty;
        return algorithm.OverlongBuffer == 0
            ? missingEnd
            : missingEnd - LengthPenalties.SoftOverlong(sample.Sequence.CompletionLength, settings.MaxCompletionTokens, algorithm.OverlongBuffer, algorithm.OverlongPenalty);
    }
}
