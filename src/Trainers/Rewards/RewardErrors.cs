using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>What happens when a reward cannot score a sample.</summary>
public enum RewardErrorAction
{
    /// <summary>The run stops with a message that shows the sample.</summary>
    Stop,

    /// <summary>The sample gets a score stated in the recipe.</summary>
    Score,
}

/// <summary>What happens when a reward cannot score a sample: it throws, or its score, also times its weight, is not finite.</summary>
/// <param name="Action">Whether the run stops.</param>
/// <param name="Score">The score of such a sample, before its weight, if the run does not stop.</param>
public sealed record RewardErrors(RewardErrorAction Action, double Score)
{
    /// <summary>The run stops.</summary>
    public static RewardErrors Stop { get; } = new(RewardErrorAction.Stop, 0);

    /// <summary>
    /// Largest share of the recent completions (at least 64) that rewards may fail to score: a larger one stops the run, whatever the
    /// action.
    /// </summary>
    /// <value>0.5.</value>
    public double MaxShare { get; init; } = DefaultMaxShare;

    internal const double DefaultMaxShare = 0.5;
}

/// <summary>Some samples of a batch could not be scored.</summary>
public sealed class RewardBatchException : Exception
{
    /// <summary>Creates the exception from the existing scores and the failures.</summary>
    /// <param name="scores">A score for each sample; those of failed samples are ignored.</param>
    /// <param name="failures">By the sample's index in the batch; at least one.</param>
    public RewardBatchException(double[] scores, IReadOnlyDictionary<int, Exception> failures)
        : base(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{failures.Count} of {scores.Length} samples could not be scored: {failures.Values.First().Message}"),
            failures.Values.First())
    {
        Scores = scores;
        Failures = failures;
    }

    /// <summary>A score for each sample.</summary>
    public IReadOnlyList<double> Scores { get; }

    /// <summary>The failures, by the sample's index in the batch.</summary>
    public IReadOnlyDictionary<int, Exception> Failures { get; }
}

/// <summary>
/// A reward could not score a sample, and the recipe says to stop; or more samples could not be scored than it allows. The batch was not
/// used for an update.
/// </summary>
public sealed class RewardFailedException : Exception
{
    private const int MostShown = 2000;

    /// <summary>Creates the exception.</summary>
    /// <param name="part">The reward's name.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="reason">What happened.</param>
    /// <param name="cause">The original exception; null if the score was not finite.</param>
    public RewardFailedException(string part, RewardSample sample, string reason, Exception? cause)
        : base(
            Print(part, sample, reason) + "\nTo give such completions a fixed score instead: \"onRewardError\": \"score\", "
                + "\"rewardErrorScore\": 0.",
            cause)
    {
        Part = part;
        Sample = sample;
        Reason = reason;
    }

    /// <summary>Creates the exception of a run in which too many samples fail.</summary>
    /// <param name="one">The failure of one of them.</param>
    /// <param name="share">How many, and how many are allowed.</param>
    internal RewardFailedException(RewardFailedException one, string share)
        : base(
            share + Print(one.Part, one.Sample, one.Reason) + "\nMend the reward, or its endpoint, and continue the run from its "
                + "checkpoint.",
            one.InnerException)
    {
        Part = one.Part;
        Sample = one.Sample;
        Reason = one.Reason;
    }

    /// <summary>The reward's name.</summary>
    public string Part { get; }

    /// <summary>The sample that could not be scored.</summary>
    public RewardSample Sample { get; }

    /// <summary>What happened.</summary>
    private string Reason { get; }

    // On one line, and shortened.
    private static string Show(string text)
    {
        string line = text.ReplaceLineEndings("⏎");
        return line.Length <= MostShown ? $"\"{line}\"" : $"\"{line[..MostShown]}…\"";
    }

    private static string Print(string part, RewardSample sample, string reason) => string.Create(
        CultureInfo.InvariantCulture,
        $"the reward \"{part}\" could not score a completion of {sample.Question.File}, row {sample.Question.Row}: {reason}\n  "
            + $"prompt: {Show(sample.Question.Prompt)}\n  completion: {Show(sample.Completion)}");
}
