using System.Text.Json.Nodes;
using RlCore.Studies.Conformance;

namespace RlCore.Properties;

/// <summary>The runner passes nothing over: what it cannot read, or does not know, has failed.</summary>
public sealed class ConformanceRunnerLaws : IDisposable
{
    private const string Inputs = """{"num_samples": [10], "num_correct": [3], "k": 1}""";

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
    [InlineData("{\"name\": \"pass_at_k\", \"cases\": []}")]
    [InlineData("{\"name\": \"pass_at_k\", \"cases\": [{\"inputs\": " + Inputs + ", \"expected\": {}}]}")]
    [InlineData("{\"name\": \"pass_at_k\", \"cases\": [{\"inputs\": " + Inputs + ", \"expected\": {\"atol\": 0}}]}")]
    public void A_file_that_is_not_of_the_format_has_failed(string text) => Assert.NotEmpty(Run(text).Failures);

    [Fact]
    public void A_small_number_is_compared_too()
    {
        const string None =
            """
            {"inputs": {"num_samples": [10], "num_correct": [0], "k": 1}, "expected": {"pass_at_k": [EXPECTED]}}
            """;
        Assert.True(Run(Wrap("pass_at_k", None.Replace("EXPECTED", "1e-12"))).Succeeded);
        Assert.False(Run(Wrap("pass_at_k", None.Replace("EXPECTED", "2e-12"))).Succeeded);
    }

    [Theory]
    [InlineData("0", "1e-3", "compared to 0e+00 relative or 1e-03 absolute")]
    [InlineData("1e-3", "0", "compared to 1e-03 relative or 0e+00 absolute")]
    public void A_files_own_tolerance_is_shown(string relative, string absolute, string shown)
    {
        FileReport report = Run(Wrap("pass_at_k", Own(relative, absolute).Replace("EXPECTED", "0.30005")));
        Assert.True(report.Succeeded);
        Assert.Equal(2, report.Total);
        Assert.EndsWith(shown, report.ToString());
    }

    [Theory]
    [InlineData("1", "0")]
    [InlineData("0", "2e-3")]
    [InlineData("-1", "0")]
    [InlineData("0", "\"NaN\"")]
    public void A_tolerance_out_of_bounds_is_refused_and_does_not_apply(string relative, string absolute)
    {
        FileReport report = Run(Wrap("pass_at_k", Own(relative, absolute).Replace("EXPECTED", "0.30005")));
        Assert.Equal(["rtol, atol", "pass_at_k"], report.Failures.Select(failure => failure.Field));
        Assert.Contains("at most 1e-03 relative or 1e-03 absolute", report.Failures[0].Problem);
    }

    [Theory]
    [InlineData("advantages_outcome_verl", "rloo > advantages")]
    [InlineData("gae_trl_ppo", "returns")]
    [InlineData("grpo_loss_trl_sequence", "luspo > grad_log_probs")]
    [InlineData("ppo_loss_trl", "approx_kl_unmasked_mean")]
    public void A_documented_departure_has_failed_where_it_is_not_the_peers_number(string name, string field)
    {
        JsonNode file = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", name + ".json")))!;
        FileReport right = Run(file.ToJsonString());
        Assert.True(right.Departed > 0 && right.Succeeded, right.ToString());
        foreach (JsonNode? item in file["cases"]!.AsArray())
        {
            JsonNode leaf = field.Split(" > ").Aggregate(item!["expected"]!, (node, part) => node[part]!);
            JsonNode at = leaf is JsonObject ? leaf["data"]![0]! : leaf;
            at.ReplaceWith(at.GetValue<double>() + 0.25);
        }

        FileReport wrong = Run(file.ToJsonString());
        Assert.Equal(file["cases"]!.AsArray().Count, wrong.Failures.Count(failure => failure.Field == field));
        Assert.Contains("by the peer's documented formula", wrong.Failures[0].Problem);
    }

    [Theory]
    [InlineData("\"Infinity\"", true)]
    [InlineData("1000", true)]
    [InlineData("999", false)]
    [InlineData("\"-Infinity\"", false)]
    public void An_overflow_of_a_peer_passes_as_what_it_is(string expected, bool passes)
    {
        string item =
            """
            {"inputs": {"chosen_rewards": [0], "rejected_rewards": [1000], "margin": [0], "center_coefficient": 0},
             "expected": {"openrlhf_logexp": {"loss": EXPECTED}}}
            """;
        Assert.Equal(passes, Run(Wrap("reward_bradley_terry", item.Replace("EXPECTED", expected))).Succeeded);
    }

    [Theory]
    [InlineData("\"-Infinity\"", true)]
    [InlineData("-900", true)]
    [InlineData("-450", false)]
    public void An_underflow_of_a_peer_passes_as_what_it_is(string expected, bool passes)
    {
        string item =
            """
            {"inputs": {"mean_chosen_log_probs": [-1000], "mean_rejected_log_probs": [-100], "beta": 1, "nll_loss": 0},
             "expected": {"odds_ratio_term_v0.11.4": [EXPECTED]}}
            """;
        Assert.Equal(passes, Run(Wrap("orpo_trl", item.Replace("EXPECTED", expected))).Succeeded);
    }

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

    private static string Own(string relative, string absolute) =>
        Case.Replace("\"mean\": 0.3", $"\"mean\": 0.3, \"rtol\": {relative}, \"atol\": {absolute}");

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
