using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Datasets;

/// <summary>Rows in CSV form (RFC 4180, lines end in a line feed).</summary>
internal static class CsvText
{
    /// <summary>A row in UTF-8, including its line end.</summary>
    /// <param name="cells">The cells.</param>
    public static byte[] Encode(IEnumerable<string> cells) => Encoding.UTF8.GetBytes(string.Join(',', cells.Select(Quote)) + "\n");

    private static string Quote(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

    /// <summary>A number in the format of all files of a run: the shortest text that reads back as the same number.</summary>
    /// <param name="value">The number.</param>
    public static string Print(double value)
    {
        // The runtime's shortest text of 2⁻²⁵ and of 2⁻⁹⁵⁸ reads back as the number below.
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        return double.Parse(shortest, CultureInfo.InvariantCulture).Equals(value)
            ? shortest
            : value.ToString("G17", CultureInfo.InvariantCulture);
    }
}
