using System.Text.Json;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Tables of cases in the folder Cases: JSON, a list of rows of texts.</summary>
internal static class CaseFile
{
    public static string?[][] Rows(string name) => JsonSerializer.Deserialize<string?[][]>(File.ReadAllText(PathOf(name)))!;

    /// <summary>Rows of the tests of Math-Verify, which name their source.</summary>
    public static MathVerifyCase[] MathVerify()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(PathOf("math-verify.json")));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select((row, i) => new MathVerifyCase(
            i,
            row.GetProperty("gold").GetString()!,
            row.GetProperty("prediction").GetString()!,
            row.GetProperty("expected").GetInt32(),
            row.TryGetProperty("columns", out JsonElement columns) && columns.GetString()!.EndsWith("precision", StringComparison.Ordinal)
                ? int.Parse(row.GetProperty("more")[0].GetString()!, System.Globalization.CultureInfo.InvariantCulture)
                : 6))];
    }

    private static string PathOf(string name) => Path.Combine(Repository.Root, "tests", "Trainers", "Rewards", "Cases", name);
}

/// <summary>A row of Math-Verify's tests.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Gold">The right answer.</param>
/// <param name="Prediction">A completion.</param>
/// <param name="Expected">1 if it is right.</param>
/// <param name="Precision">Decimals that must agree.</param>
internal sealed record MathVerifyCase(int Index, string Gold, string Prediction, int Expected, int Precision);
