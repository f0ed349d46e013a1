using System.Globalization;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>The labels of a completion's steps as text: numbers separated by spaces, or a JSON list of numbers or truth values.</summary>
internal static class StepLabelText
{
    /// <summary>Labels as text: <c>1 0.5 0</c>.</summary>
    /// <param name="labels">Numbers from 0 to 1.</param>
    public static string Print(IEnumerable<double> labels) =>
        string.Join(' ', labels.Select(label => label.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>Reads labels.</summary>
    /// <param name="text">The text.</param>
    /// <param name="labels">Numbers from 0 to 1, at least one.</param>
    /// <param name="found">What is wrong; empty if nothing is.</param>
    /// <returns>Whether there are labels.</returns>
    public static bool TryRead(string text, out double[] labels, out string found)
    {
        found = "";
        labels = [];
        if (string.IsNullOrWhiteSpace(text))
        {
            found = CellChecks.Emptiness(text);
            return false;
        }

        string[]? words = text.TrimStart().StartsWith('[') ? Items(text) : text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words is null or [])
        {
            found = Characters.Quote(text);
            return false;
        }

        labels = new double[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (!double.TryParse(words[i], NumberStyles.Float, CultureInfo.InvariantCulture, out labels[i])
                || labels[i] is not (>= 0 and <= 1))
            {
                found = string.Create(CultureInfo.InvariantCulture, $"{Characters.Quote(words[i])} as label {i + 1}");
                return false;
            }
        }

        return true;
    }

    // The items of a JSON list as texts; null if it is none.
    private static string[]? Items(string text)
    {
        try
        {
            using JsonDocument document = WholeJson.Parse(text);
            return document.RootElement.ValueKind != JsonValueKind.Array ? null :
            [
                .. document.RootElement.EnumerateArray().Select(item => item.ValueKind switch
                {
                    JsonValueKind.True => "1",
                    JsonValueKind.False => "0",
                    _ => item.GetRawText(),
                }),
            ];
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
