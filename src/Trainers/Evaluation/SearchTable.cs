using System.Globalization;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Evaluation;

/// <summary>An evaluation of searches as a CSV file with one row for each prompt, strategy and budget.</summary>
internal static class SearchTable
{
    private static readonly string[] Header =
        ["strategy", "budget", "prompt", "answer", "completion", "found", "right", "drawn", "scored", "calls", "difficulty"];

    /// <summary>Writes the file.</summary>
    /// <param name="file">The file; an existing one is replaced.</param>
    /// <param name="report">The evaluation.</param>
    public static void Write(string file, SearchReport report) => DurableFiles.WriteFile(file, stream =>
    {
        stream.Write(CsvText.Encode(Header));
        foreach (SearchPoint point in report.Points)
        {
            foreach (var (i, outcome) in point.Outcomes.Index())
            {
                stream.Write(CsvText.Encode(
                [
                    point.Strategy,
                    Print(point.Budget),
                    report.Questions[i].Prompt,
                    report.Questions[i].Answer,
                    outcome.Text,
                    outcome.Answer,
                    outcome.Right ? "1" : "0",
                    Print(outcome.Spent.Drawn),
                    Print(outcome.Spent.Scored),
                    Print(outcome.Spent.Calls),
                    report.Difficulty.Count > 0 ? CsvText.Print(1 - report.Difficulty[i]) : "",
                ]));
            }
        }
    });

    private static string Print(long number) => number.ToString(CultureInfo.InvariantCulture);
}
