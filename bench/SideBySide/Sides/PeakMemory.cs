using System.Globalization;

namespace RlCore.SideBySide.Sides;

/// <summary>The peak of this process's resident set, as Linux counts it.</summary>
internal static class PeakMemory
{
    private const string Key = "VmHWM:";
    private const string Unit = "kB";

    /// <summary>The peak since the last reset.</summary>
    public static long Bytes => 1024 * long.Parse(Value.Replace(Unit, "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    private static string Value =>
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(Key, StringComparison.Ordinal))[Key.Length..];

    /// <summary>From here on the peak is counted anew. See proc(5), clear_refs.</summary>
    public static void Reset() => File.WriteAllText("/proc/self/clear_refs", "5");
}
