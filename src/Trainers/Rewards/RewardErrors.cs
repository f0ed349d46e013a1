using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>What becomes of a sample that a reward cannot score.</summary>
public enum RewardErrorAction
{
    /// <summary>The run stops with a message that shows the sample.</summary>
    Stop,

    /// <summary>The part gives the sample a score that the recipe states.</summary>
    Score,
}

/// <summary>What becomes of a sample that a reward cannot score: it throws, or its score is not finite.</summary>
/// <param name="Action">Whether the run stops.</param>
/// <param name="Score">The part's score of such a sample, before its weight, where the run does not stop.</param>
public sealed record RewardErrors(RewardErrorAction Action, double Score)
{
    /// <summary>The run stops.</summary>
    public static RewardErrors Stop { get; } = new(RewardErrorAction.Stop, 0);
}

/// <summary>Some samples of a batch could not be scored.</summary>
public sealed class RewardBatchException : Exception
{
    /// <summary>The scores that there are, and why others are missing.</summary>
    /// <param name="scores">A score for each sample; those of the failed samples are not read.</param>
    /// <param name="failures">By the sample's index in the batch; at least one.</param>
    public RewardBatchException(double[] scores, IReadOnlyDictionary<int, Exception> failures)
        : base(string.Create(CultureInfo.InvariantCulture, $"{failures.Count} of {scores.Length} samples could not be scored: {failures.Values.First().Message}"), failures.Values.First())
    {
        Scores = scores;
        Failures = failures;
    }

    /// <summary>A score for each sample.</summary>
    public IReadOnlyList<double> Scores { get; }

    /// <summary>What happened to the failed samples, by their index in the batch.</summary>
    public IReadOnlyDictionary<int, Exception> Failures { get; }
}

/// <summary>A reward could not score a sample, and the recipe says to stop. Nothing was updated with the batch.</summary>
public sealed class RewardFailedException : Exception
{
    private const int MostShown = 2000;

    /// <summary>Shows the part, the sample, and what happened.</summary>
    /// <param name="part">The reward's name.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="reason">What happened.</param>
    /// <param name="cause">What was thrown; null where the score was not finite.</param>
    public RewardFailedException(string part, RewardSample sample, string reason, Exception? cause)
        : base(Print(part, sample, reason), cause)
    {
        Part = part;
        Sample = sample;
    }

    /// <summary>The reward's name.</summary>
    public string Part { get; }

    /// <summary>The sample that could not be scored.</summary>
    public RewardSample Sample { get; }

    // On one line, and not without end.
    private static string Show(string text)
    {
        string line = text.ReplaceLineEndings("⏎");
        return line.Length <= MostShown ? $"\"{line}\"" : $"\"{line[..MostShown]}…\"";
    }

    private static string Print(string part, RewardSample sample, string reason) => string.Create(
        CultureInfo.InvariantCulture,
        $"the reward \"{part}\" could not score a completion of {sample.Question.File}, row {sample.Question.Row}: {reason}\n  prompt: {Show(sample.Question.Prompt)}\n  completion: {Show(sample.Completion)}\nTo go on with a stated score for such completions: \"onRewardError\": \"score\", \"rewardErrorScore\": 0.");
}
