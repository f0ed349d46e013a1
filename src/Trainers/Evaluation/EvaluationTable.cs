using System.Globalization;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Evaluation;

/// <summary>An evaluation as a CSV file with one row per prompt.</summary>
internal static class EvaluationTable
{
    /// <summary>
    /// Writes the file: <c>prompt,answer,greedy,greedy_right</c>, with second attempts <c>second,second_right</c>, which have read the
    /// greedy completion, and with samples <c>samples,samples_right,majority,majority_right</c>.
    /// The majority is the most frequent answer, the one drawn first in a tie; <c>majority_right</c> is the probability that
    /// it is right with ties broken at random, as in maj@k.
    /// </summary>
    /// <param name="file">The file; an existing one is replaced.</param>
    /// <param name="prompts">The outcome of each prompt.</param>
    public static void Write(string file, IReadOnlyList<PromptOutcome> prompts)
    {
        bool sampled = prompts.Any(prompt => prompt.Samples.Count > 0);
        string[] header =
        [
            "prompt",
            "answer",
            "greedy",
            "greedy_right",
            .. prompts.Any(prompt => prompt.Greedy.Second is not null) ? ["second", "second_right"] : Array.Empty<string>(),
            .. sampled ? ["samples", "samples_right", "majority", "majority_right"] : Array.Empty<string>(),
        ];
        DurableFiles.WriteFile(file, stream =>
        {
            stream.Write(CsvText.Encode(header));
            foreach (PromptOutcome prompt in prompts)
            {
                string[] greedy =
                [
                    prompt.Question.Prompt,
                    prompt.Question.Answer,
                    prompt.Greedy.Text,
                    Flag(prompt.Greedy.Right),
                    .. prompt.Greedy.Second is { } second ? [second.Text, Flag(second.Right)] : Array.Empty<string>(),
                ];
                stream.Write(CsvText.Encode(sampled ? [.. greedy, .. Samples(prompt)] : greedy));
            }
        });
    }

    private static string[] Samples(PromptOutcome prompt)
    {
        string[] votes = [.. prompt.Samples.Select(sample => sample.Vote).Where(vote => vote.Length > 0)];
        return
        [
            prompt.Samples.Count.ToString(CultureInfo.InvariantCulture),
            prompt.Samples.Count(sample => sample.Right).ToString(CultureInfo.InvariantCulture),
            votes.Length > 0 ? Algebra.TestTimeCompute.Vote(votes) : "",
            CsvText.Print(EvaluationMeasures.MajorityRight(prompt, prompt.Samples.Count)),
        ];
    }

    private static string Flag(bool right) => right ? "1" : "0";
}
