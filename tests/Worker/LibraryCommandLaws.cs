using RlCore.Studies.Formulas;

namespace RlCore.Worker.Tests;

/// <summary>The commands about the library itself.</summary>
public class LibraryCommandLaws
{
    private const string Vectors = """{"name": "kl_controller_unknown", "cases": [{"inputs": {}, "expected": {"a": 1}}]}""";

    [Fact]
    public async Task Explain_lists_every_loss()
    {
        Ending ending = await Session.RunAsync("explain");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.All(FormulaCatalogue.All, entry => Assert.Contains($"  {entry.Name} ", ending.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Explain_prints_formula_gradient_and_latex()
    {
        Ending ending = await Session.RunAsync("explain", "DPO");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        foreach (string part in new[]
        {
            "DPO (dpo)", "Rafailov et al. 2023, eq. 7", "  L = −log σ(h)\n", "  ∂L/∂s_w = −β·σ(−h)\n", "β·(s_w − s_l)", "TRL: ",
            @"\frac{\partial L}{\partial s_{w}} = -\beta \, \sigma\left(-h\right)",
        })
        {
            Assert.Contains(part, ending.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Conventions_are_a_table_that_fits_a_terminal_and_a_run_prints_what_its_own_has_set()
    {
        Ending table = await Session.RunAsync("conventions");
        Assert.Equal((0, ""), (table.ExitCode, table.Error));
        Assert.Contains("CISPO cap on the ratio               5         5         1.2       5", table.Output, StringComparison.Ordinal);
        Assert.All(table.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        using var session = new Session();
        Ending run = await session.TrainAsync("--set", "convention=verl");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("convention verl, stage grpo: advantageEpsilon 1E-06 (else 0.0001)", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loss_that_is_not_known_is_answered_with_the_nearest()
    {
        Ending ending = await Session.RunAsync("explain", "pppo-clip");
        Assert.Equal((2, ""), (ending.ExitCode, ending.Output));
        Assert.Contains("\"ppo-clip\"", ending.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Session.RunAsync("explain", "zzzzzzzzzzzzzzz")).ExitCode);
    }

    [Fact]
    public async Task Pages_are_written_into_a_folder()
    {
        using var session = new Session();
        Assert.Equal(0, (await Session.RunAsync("explain", "--write", session.In("pages"))).ExitCode);
        Assert.Equal(FormulaPages.Files()["ppo-clip.md"], File.ReadAllText(Path.Combine(session.In("pages"), "ppo-clip.md")));
        Assert.Equal(FormulaCatalogue.All.Count + 1, Directory.GetFiles(session.In("pages")).Length);
    }

    [Theory]
    [InlineData("explain")]
    [InlineData("closed-form")]
    [InlineData("vectors", "DIR")]
    [InlineData("metrics")]
    public async Task A_place_that_cannot_be_written_is_reported_in_one_line(string command, params string[] arguments)
    {
        using var session = new Session();
        string blocked = Path.Combine(session.In("sft.csv"), "pages");
        string vectors = Path.Combine(ReadmeLaws.Root(), "tests", "Properties", "vectors");
        string[] rest = [.. arguments.Select(_ => vectors), "--write", blocked];
        Ending ending = await Session.RunAsync([command, .. rest]);
        Assert.Equal((2, ""), (ending.ExitCode, ending.Output));
        Assert.StartsWith($"error: --write: found {blocked}, which cannot be written (", ending.Error, StringComparison.Ordinal);
        Assert.Single(ending.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("explain")]
    [InlineData("closed-form")]
    public async Task A_file_is_refused_where_pages_need_a_folder(string command)
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync(command, "--write", session.In("sft.csv"));
        Assert.Equal(
            (2, $"error: --write: found the file {session.In("sft.csv")}; expected the name of a folder.{Environment.NewLine}"),
            (ending.ExitCode, ending.Error));
    }

    [Fact]
    public async Task Verify_ends_in_a_verdict()
    {
        Ending ending = await Session.RunAsync("verify", "--cases", "64", "--threads", "1");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Contains("worst ulp", ending.Output, StringComparison.Ordinal);
        Assert.EndsWith(" laws hold, 0 fail\n", ending.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Session.RunAsync("verify", "--cases", "0")).ExitCode);
    }

    [Fact]
    public async Task Vectors_that_are_not_known_fail_and_are_named()
    {
        using var session = new Session();
        Directory.CreateDirectory(session.In("vectors"));
        session.Write("vectors/a.json", Vectors);
        session.Write("vectors/b.json", "not json");
        Ending ending = await Session.RunAsync("vectors", session.In("vectors"));
        Assert.Equal((1, ""), (ending.ExitCode, ending.Error));
        Assert.Contains("kl_controller_unknown", ending.Output, StringComparison.Ordinal);
        Assert.EndsWith("0 passed, 2 failed\n", ending.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Session.RunAsync("vectors", session.In("nowhere"))).ExitCode);
    }

    [Fact]
    public async Task Recorded_numbers_are_reproduced()
    {
        Ending ending = await Session.RunAsync("vectors", Path.Combine(ReadmeLaws.Root(), "tests", "Properties", "vectors"));
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Matches(@"\n\d+ passed, 0 failed\n$", ending.Output);
    }

    [Fact]
    public async Task Their_help_teaches_by_examples()
    {
        foreach (string command in new[] { "explain", "vectors", "verify" })
        {
            Ending help = await Session.RunAsync(command, "--help");
            Assert.Equal((0, ""), (help.ExitCode, help.Error));
            Assert.Contains($"  rlcore {command}", help.Output, StringComparison.Ordinal);
        }
    }
}
