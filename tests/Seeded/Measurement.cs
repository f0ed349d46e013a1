using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace RlCore.Seeded;

/// <summary>What became of a bug.</summary>
/// <param name="Bug">Its name.</param>
/// <param name="Key">A hash of the bug and of the file that it is put in.</param>
/// <param name="Tests">A hash of the tests that ran.</param>
/// <param name="Outcome">"killed", "survived" all tests, or "passed" the named classes, where no others were to run.</param>
/// <param name="By">The test that noticed it.</param>
/// <param name="Seconds">How long building and testing took.</param>
internal sealed record Measurement(string Bug, string Key, string Tests, string Outcome, string By, double Seconds)
{
    /// <summary>The key of a bug.</summary>
    public static string KeyOf(SeededBug bug, string source) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', bug.File, bug.Find, bug.Becomes, source))))[..16];
}

/// <summary>
/// The file of what has been measured, one line a bug, so that an interrupted run goes on. A bug that was noticed is not measured again
/// while it and its file are the same; one that was not, is measured again when the tests have changed.
/// </summary>
internal sealed class Measurements(string path)
{
    private readonly Dictionary<string, Measurement> _known = File.Exists(path)
        ? File.ReadAllLines(path).Select(Parse).GroupBy(row => row.Bug).ToDictionary(rows => rows.Key, rows => rows.Last())
        : [];

    /// <summary>What is known of a bug as it is now, when it still holds.</summary>
    /// <param name="bug">The bug.</param>
    /// <param name="key">Its key.</param>
    /// <param name="tests">The hash of the tests.</param>
    /// <param name="namedOnly">Whether only the named classes are asked for.</param>
    public Measurement? Find(SeededBug bug, string key, string tests, bool namedOnly) =>
        _known.TryGetValue(bug.Name, out Measurement? row)
        && row.Key == key
        && (row.Outcome == "killed" || (row.Tests == tests && (namedOnly || row.Outcome == "survived")))
            ? row
            : null;

    /// <summary>Adds what has just been measured.</summary>
    public void Add(Measurement row)
    {
        _known[row.Bug] = row;
        string seconds = row.Seconds.ToString("F0", CultureInfo.InvariantCulture);
        File.AppendAllText(path, $"{row.Bug}\t{row.Key}\t{row.Tests}\t{row.Outcome}\t{row.By}\t{seconds}\n");
    }

    private static Measurement Parse(string line)
    {
        string[] cells = line.Split('\t');
        return new Measurement(
            cells[0], cells[1], cells[2], cells[3], cells[4], double.Parse(cells[5], CultureInfo.InvariantCulture));
    }
}
