using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RlCore.SideBySide.Measuring;

/// <summary>What the measurements depend on besides the programs.</summary>
internal static class Machine
{
    private const string Model = "model name";

    /// <summary>The load averages, as Linux reports them: over 1, 5 and 15 minutes.</summary>
    public static string Load => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);

    /// <summary>Processor, date, loads and versions, in one line.</summary>
    /// <param name="loadBefore">The load averages at the start.</param>
    public static string Describe(string loadBefore) => string.Join(
        "; ",
        [
            $"{Processor}, {Environment.ProcessorCount} cores, vectors of {VectorBits} bits",
            $"load average {loadBefore} before, {Load} after",
            DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            RuntimeInformation.FrameworkDescription,
            .. PackageVersions,
        ]);

    private static string Processor =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(Model, StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();

    private static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    // The versions that the build wrote down.
    private static IEnumerable<string> PackageVersions => typeof(Machine).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(version => version.Key.StartsWith("Package:", StringComparison.Ordinal))
        .Select(version => $"{version.Key["Package:".Length..]} {version.Value}");
}
