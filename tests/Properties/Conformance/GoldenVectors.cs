using RlCore.Studies.Conformance;

namespace RlCore.Properties;

/// <summary>Numbers that the peers' own code gave are reproduced, or departed from for a stated reason.</summary>
public sealed class GoldenVectors
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "vectors");

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Are_reproduced(string file)
    {
        FileReport report = ConformanceRunner.RunFile(Path.Combine(Folder, file));
        Assert.True(report.Succeeded, string.Join('\n', report.Failures.Take(12).Prepend<object>(report)));
        Assert.True(report.Total > 0);
    }
}
