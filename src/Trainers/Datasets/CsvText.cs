using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Datasets;

/// <summary>Rows as CSV files hold them (RFC 4180, lines that end in a line feed).</summary>
internal static class CsvText
{
    /// <summary>A row in UTF-8, its line end included.</summary>
    /// <param name="cells">The cells.</param>
    public static byte[] Encode(IEnumerable<string> cells) => Encoding.UTF8.GetBytes(string.Join(',', cells.Select(Quote)) + "\n");

    private static string Quote(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

    /// <summary>A number as all of a run's files write it: the shortest text that reads back as the same number.</summary>
    public static string Print(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
