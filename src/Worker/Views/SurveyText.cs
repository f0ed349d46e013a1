using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using RlCore.Trainers.Datasets;

namespace RlCore.Worker.Views;

/// <summary>Prints the survey of a dataset.</summary>
internal static class SurveyText
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The option value of a kind.</summary>
    public static string Name(DatasetKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    /// <summary>Writes a survey.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="survey">The survey.</param>
    /// <param name="checks">The checks that were applied.</param>
    /// <param name="against">The other file; empty without one.</param>
    public static void WriteSurvey(this TextWriter output, DatasetSurvey survey, DatasetChecks checks, string against)
    {
        output.WriteLine($"{survey.File}: {Name(survey.Kind)}, {Wording.Count(survey.Rows, "valid row")}");
        if (checks.Chat is { } chat)
        {
            output.WriteLine(Wording.ChatTemplate(chat.Name));
        }

        if (survey.Rows == 0)
        {
            return;
        }

        if (survey.Delimiter != "commas")
        {
            output.WriteLine($"cells are separated by {survey.Delimiter}");
        }

        foreach (string note in survey.Notes)
        {
            output.WriteLine(note);
        }

        WriteLengths(output, survey, checks.Tokenizer is null ? "characters" : "tokens");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"repeated: {Wording.Count(survey.RepeatedRows, "row")} equal to an earlier row, "
            + $"{survey.RepeatedPrompts:#,0} with the prompt of an earlier row"));
        if (survey.Numbers is { } numbers)
        {
            output.WriteLine(Invariant($"{numbers.What}: {numbers.Least:g6} to {numbers.Most:g6}, mean {numbers.Mean:g6}"));
        }

        if (survey.Kind == DatasetKind.Unpaired)
        {
            string share = Wording.Percent((double)survey.Good / survey.Rows);
            output.WriteLine(Invariant($"labels: {survey.Good:#,0} good, {survey.Rows - survey.Good:#,0} bad ({share} good)"));
        }

        if (survey.Fields.Count > 0)
        {
            output.WriteLine($"other columns, which rewards may read: {string.Join(", ", survey.Fields)}");
        }

        if (against.Length > 0)
        {
            output.WriteLine($"shared with {against}: {Wording.Count(survey.SharedPrompts, "prompt")}");
        }

        if (survey.Characters.Length > 0 && checks.Tokenizer is null)
        {
            string json = JsonSerializer.Serialize(survey.Characters, Relaxed);
            output.WriteLine("its characters (\"auto\", the default of a recipe, takes those of all files):");
            output.WriteLine($"  \"characters\": {json}");
        }
    }

    private static void WriteLengths(TextWriter output, DatasetSurvey survey, string unit)
    {
        string[] header = [unit, "min", "median", "p95", "max", "total"];
        string[][] rows =
        [
            header,
            .. survey.Lengths.Select(column => new[]
            {
                column.Column == "whole" ? "whole sequence" : column.Column,
                Print(column.Least), Print(column.Median), Print(column.P95), Print(column.Most), Print(column.Total),
            }),
        ];
        int[] widths = [.. Enumerable.Range(0, header.Length).Select(place => rows.Max(row => row[place].Length))];
        foreach (string[] row in rows)
        {
            IEnumerable<string> numbers = row.Skip(1).Select((cell, place) => "  " + cell.PadLeft(widths[place + 1]));
            output.WriteLine($"  {row[0].PadRight(widths[0])}{string.Concat(numbers)}");
        }
    }

    private static string Print(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
