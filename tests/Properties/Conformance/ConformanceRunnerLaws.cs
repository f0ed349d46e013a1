using RlCore.Studies.Conformance;

namespace RlCore.Properties;

/// <summary>The runner passes nothing over: what it cannot read, or does not know, has failed.</summary>
public sealed class ConformanceRunnerLaws : IDisposable
{
    private const string Case =
        """
        {
          "inputs": {"num_samples": [10], "num_correct": [3], "k": 1},
          "expected": {"pass_at_k": {"shape": [1], "data": [EXPECTED]}, "mean": 0.3}
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vectors");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_right_number_passes_and_a_wrong_one_fails_with_both_named()
    {
        Assert.True(Run(Wrap("pass_at_k", Case.Replace("EXPECTED", "0.3"))).Succeeded);
        FileReport wrong = Run(Wrap("pass_at_k", Case.Replace("EXPECTED", "0.31")));
        ConformanceFailure failure = Assert.Single(wrong.Failures);
        Assert.Equal((0, "pass_at_k"), (failure.Case, failure.Field));
        Assert.Contains("0.31", failure.Problem);
        Assert.Equal((2, 1), (wrong.Total, wrong.Passed));
        Assert.False(Run(Wrap("pass_at_k", Case.Replace("EXPECTED", "\"NaN\""))).Succeeded);
        Assert.False(Run(Wrap("pass_at_k", Case.Replace("EXPECTED", "\"Infinity\""))).Succeeded);
    }

    [Fact]
    public void What_is_unknown_has_failed()
    {
        Assert.Contains("no vectors named", Run(Wrap("something_else", Case.Replace("EXPECTED", "0.3"))).Failures.Single().Problem);
        Assert.Contains(
            "does not know",
            Run(Wrap("pass_at_k", Case.Replace("EXPECTED", "0.3").Replace("\"mean\"", "\"median\""))).Failures.Single().Problem);
        Assert.NotEmpty(Run(Wrap("pass_at_k", Case.Replace("EXPECTED", "0.3").Replace("\"k\"", "\"kk\""))).Failures);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\"name\": \"pass_at_k\"}")]
    [InlineData("{\"name\": \"pass_at_k\", \"cases\": [{}]}")]
    [InlineData("{\"name\": \"pass_at_k\", \"cases\": [{\"inputs\": {}, \"expected\": [1]}]}")]
    public void A_file_that_is_not_of_the_format_has_failed(string text) => Assert.NotEmpty(Run(text).Failures);

    [Fact]
    public void A_report_ends_with_the_count_of_files()
    {
        Write("a.json", Wrap("pass_at_k", Case.Replace("EXPECTED", "0.3")));
        Write("b.json", "nonsense");
        ConformanceReport report = ConformanceRunner.Run(_folder.FullName);
        Assert.Equal((1, 1, false), (report.PassedFiles, report.FailedFiles, report.Succeeded));
        string[] lines = report.ToString().Split('\n');
        Assert.Equal("a: 2/2, 0 departures, worst relative error 0.0e+00", lines[0]);
        Assert.Equal("1 passed, 1 failed", lines[^1]);
    }

    [Fact]
    public void Every_departure_names_a_law_of_the_specification()
    {
        HashSet<string> laws = [.. typeof(ConformanceRunnerLaws).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Select(method => $"{type.Name}.{method.Name}"))];
        Assert.All(ConformanceRunner.Departures, departure => Assert.Contains(departure.Law, laws));
        Assert.All(ConformanceRunner.Departures, departure => Assert.True(departure.Reason.Length > 20));
        string table = ConformanceRunner.DeparturesTable();
        Assert.Equal(ConformanceRunner.Departures.Count + 2, table.Count(character => character == '\n'));
        Assert.Contains("| ppo_loss_trl | `approx_kl_unmasked_mean` |", table);
    }

    private static string Wrap(string name, string item) =>
        $"{{\"name\": \"{name}\", \"source\": \"\", \"convention notes\": \"\", \"cases\": [{item}]}}";

    private FileReport Run(string text) => ConformanceRunner.RunFile(Write("case.json", text));

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void The_page_on_disk_is_the_one_that_the_code_prints()
    {
        string page = File.ReadAllText(Path.Combine(FormulaCatalogueLaws.Root(), "docs", "conformance.md"));
        Assert.True(
            page == ConformancePage.Text,
            "docs/conformance.md is old: run `rlcore vectors tests/Properties/vectors --write docs/conformance.md`");
        Assert.All(ConformanceRunner.Departures, departure => Assert.Contains(departure.Reason, page, StringComparison.Ordinal));
    }
}
