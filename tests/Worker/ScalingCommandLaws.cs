using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using RlCore.Trainers.Tests;

namespace RlCore.Worker.Tests;

/// <summary><c>rlcore scaling</c>: what it reads, which runs it takes, what it prints.</summary>
public sealed class ScalingCommandLaws
{
    private static readonly double[] Parameters = [1e5, 1e6, 1e7], Tokens = [1e6, 1e7, 1e8, 1e9];

    // Hoffmann's law, without noise.
    private static string Grid => "parameters,tokens,loss\n" + string.Concat(
        from n in Parameters
        from d in Tokens
        select Row(n, d, 1.69 + (406.4 / Math.Pow(n, 0.34)) + (410.7 / Math.Pow(d, 0.28))));

    [Fact]
    public async Task A_joint_law_is_found_and_splits_compute()
    {
        using var session = new Session();
        string file = session.Write("runs.csv", Grid), plot = session.In("out/plot.svg");
        Ending ending = await Session.RunAsync("scaling", file, "--compute", "5.76e23", "--loss", "2.5", "--svg", plot);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        string[] lines = ending.Output.Split(Environment.NewLine);
        Assert.Equal($"{file}: loss against parameters and tokens, 12 runs", lines[0]);
        Assert.Equal("left out: nothing", lines[1]);
        Assert.Contains("E           1.69       1.69 to 1.69", lines);
        Assert.Contains("alpha       0.34       0.34 to 0.34", lines);
        Assert.Contains("beta        0.28       0.28 to 0.28", lines);
        Assert.Contains("N grows as C^0.452 (0.452 to 0.452), D as C^0.548", lines);
        Assert.Contains(lines, line => line.StartsWith("C = 5.76e23: N = 3.22e10 (", StringComparison.Ordinal));

        // (αβ/(α+β)) is 0.1535, and 2^(1/0.1535) is 91.3.
        Assert.Contains(lines, line => line.StartsWith("to divide what is reducible by 2: 91.", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("to reach a loss of 2.5: ", StringComparison.Ordinal));
        XDocument svg = XDocument.Load(plot);
        Assert.Equal(12 + 3, svg.Descendants().Count(element => element.Name.LocalName == "circle"));
        Assert.Contains(svg.Descendants(), element => element.Value == "100,000 parameters");
    }

    // Kaplan et al. 2020, table 2.
    [Fact]
    public async Task The_form_of_Kaplan_is_found_and_splits_compute()
    {
        using var session = new Session();
        string file = session.Write("runs.csv", "parameters,tokens,loss\n" + string.Concat(
            from n in Parameters
            from d in Tokens
            select Row(n, d, Math.Pow(Math.Pow(6.4e13 / n, 0.076 / 0.103) + (1.8e13 / d), 0.103))));
        Ending ending = await Session.RunAsync("scaling", file, "--form", "kaplan", "--loss", "2.5", "--svg", session.In("plot.svg"));
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        string[] lines = ending.Output.Split(Environment.NewLine);
        Assert.Contains("L = ((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D", lines);
        Assert.Contains("N_c         6.4e13     6.4e13 to 6.4e13", lines);
        Assert.Contains("alpha_N     0.076      0.076 to 0.076", lines);
        Assert.Contains("D_c         1.8e13     1.8e13 to 1.8e13", lines);
        Assert.Contains("alpha_D     0.103      0.103 to 0.103", lines);

        // α_D/(α_N + α_D) is 0.575, and 2^(1/a) with a = α_N·α_D/(α_N + α_D) is 7.6e6.
        Assert.Contains("N grows as C^0.575 (0.575 to 0.575), D as C^0.425", lines);
        Assert.Contains(lines, line => line.StartsWith("to divide the loss by 2: 7.6", StringComparison.Ordinal));
        Match split = Regex.Match(ending.Output, @"a loss of 2\.5: \S+ operations .*: N = (\S+), D = (\S+)");
        double[] found = [.. split.Groups.Values.Skip(1).Select(group => double.Parse(group.Value.Trim(), CultureInfo.InvariantCulture))];
        Assert.Equal(2.5, Math.Pow(Math.Pow(6.4e13 / found[0], 0.076 / 0.103) + (1.8e13 / found[1]), 0.103), 0.01);
        Ending refused = await Session.RunAsync("scaling", file, "--of", "tokens", "--form", "kaplan");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(
            "--form: found it beside a law of tokens; expected a law of parameters and tokens (--of joint), which has two forms.",
            refused.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_loss_that_is_to_be_reached_is_reached_by_the_split_that_is_printed()
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync("scaling", session.Write("runs.csv", Grid), "--loss", "2.5", "--divide-loss-by", "3");
        Match split = Regex.Match(ending.Output, @"a loss of 2\.5: (\S+) operations .*: N = (\S+), D = (\S+)");
        double[] found = [.. split.Groups.Values.Skip(1).Select(group => double.Parse(group.Value.Trim(), CultureInfo.InvariantCulture))];
        Assert.Equal(1, found[0] / (6 * found[1] * found[2]), 0.02);
        Assert.Equal(2.5, 1.69 + (406.4 / Math.Pow(found[1], 0.34)) + (410.7 / Math.Pow(found[2], 0.28)), 0.01);
        Assert.Contains("to divide what is reducible by 3: 1,280 times the compute", ending.Output, StringComparison.Ordinal);
        ending = await Session.RunAsync("scaling", session.In("runs.csv"), "--loss", "1.6");
        Assert.Contains("to reach a loss of 1.6: never: the irreducible loss is above it", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_the_loss_of_a_power_law_takes_what_its_exponent_says()
    {
        using var session = new Session();
        string file = session.Write(
            "runs.csv", "size,eval\n" + string.Concat(Parameters.Select(n => $"{n:R},{Math.Pow(n / 8.8e13, -0.076):R}\n")));
        Ending ending = await Session.RunAsync("scaling", file, "--columns", "parameters=size,loss=eval", "--loss", "1");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Contains("a           0.076 ", ending.Output, StringComparison.Ordinal);
        Assert.Contains("to divide the loss by 2: 9,139 times the parameters", ending.Output, StringComparison.Ordinal);
        Assert.Contains("to reach a loss of 1: 8.8e13 parameters", ending.Output, StringComparison.Ordinal);
        Assert.Contains("needs 4 runs with 3 different values; these are 3", ending.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("parameters", "3 runs", "9 runs with fewer than 1,000,000,000 tokens")]
    [InlineData("tokens", "4 runs", "8 runs with fewer than 10,000,000 parameters")]
    public async Task A_law_of_one_variable_takes_the_runs_that_the_other_does_not_limit(string of, string taken, string leftOut)
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync("scaling", session.Write("runs.csv", Grid), "--of", of);
        Assert.Equal(0, ending.ExitCode);
        Assert.Contains($"loss against {of}, {taken}", ending.Output, StringComparison.Ordinal);
        Assert.Contains($"left out: {leftOut}, whose loss that limits too", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_law_of_compute_takes_the_runs_that_none_beats_with_less()
    {
        using var session = new Session();
        string file = session.Write("runs.csv", "compute,loss\n1e3,4\n1e4,2\n2e4,3\n1e5,1\n1e5,1.5\n");
        Ending ending = await Session.RunAsync("scaling", file);
        Assert.Contains("loss against compute, 3 runs", ending.Output, StringComparison.Ordinal);
        Assert.Contains("left out: 2 runs that another beats with no more compute", ending.Output, StringComparison.Ordinal);

        // A column of compute counts before 6 N D.
        file = session.Write("own.csv", "parameters,tokens,compute,loss\n1,1,1e3,4\n1,1,1e4,2\n1,1,1e5,1\n");
        ending = await Session.RunAsync("scaling", file, "--of", "compute");
        Assert.Contains("to divide the loss by 2: 10 times the compute", ending.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("parameters,tokens\n1,2\n", "", "row 1, column loss: found the columns \"parameters\", \"tokens\"; expected a column")]
    [InlineData("width,loss\n1,2\n", "", "row 1: found no column parameters, tokens or compute; expected at least one of them")]
    [InlineData("tokens,loss\n1,2\n10,x\n", "", "row 3, column loss: found \"x\"; expected a positive number")]
    [InlineData("tokens,loss\n1,2\n-5,1\n", "", "row 3, column tokens: found \"-5\"; expected a positive number")]
    [InlineData("tokens,loss\n1,2\n,1\n", "", "row 3, column tokens: found nothing; expected a positive number")]
    [InlineData("tokens,loss\n1,2\n2,1\n", "", "found 2 runs with 2 different values; expected at least 3 runs with 2 for a law of tokens")]
    [InlineData("tokens,loss\n1,2\n1,1\n1,3\n", "", "found 3 runs with 1 different value; expected at least 3 runs with 2")]
    [InlineData("tokens,loss\n1,3\n2,2\n3,1\n", "--of joint", "found no column of parameters and tokens; expected such a column")]
    [InlineData("tokens,loss\n1,3\n2,2\n3,1\n", "--columns size=n", "--columns: found \"size=n\"; expected role=column, each role once")]
    [InlineData("tokens,loss\n1,3\n2,2\n3,1\n", "--columns compute=flops", "column flops: found the columns \"tokens\", \"loss\"")]
    [InlineData("tokens,loss\n1,3\n2,2\n3,1\n", "--columns tokens=loss", "--columns: found the column \"loss\" as tokens and loss")]
    [InlineData("tokens,loss\n1,3\n2,2\n3,1\n", "--loss 0", "--loss: found 0; expected a positive number")]
    [InlineData("tokens,loss\n1,3\n2,2\n3,1\n", "--divide-loss-by 1", "--divide-loss-by: found 1; expected a number above 1")]
    [InlineData("tokens,loss\n1,3\n2,2\n3,1\n", "--compute 1e9", "--compute: found it beside a law of tokens; expected")]
    public async Task What_is_wrong_is_said_with_its_place(string text, string options, string expected)
    {
        using var session = new Session();
        string file = session.Write("runs.csv", text);
        Ending ending = await Session.RunAsync(["scaling", file, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal((2, ""), (ending.ExitCode, ending.Output));
        Assert.Contains(expected, ending.Error, StringComparison.Ordinal);
        Assert.Single(ending.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task The_shipped_study_gives_the_numbers_of_its_page()
    {
        Ending ending = await Session.RunAsync("scaling", "data/scaling/runs.csv");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "scaling.md")).ReplaceLineEndings("\n");
        Assert.Contains(ending.Output.ReplaceLineEndings("\n").Trim(), page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_picture_of_the_study_is_what_the_command_draws()
    {
        using var session = new Session();
        string plot = session.In("scaling.svg");
        Assert.Equal(0, (await Session.RunAsync("scaling", "data/scaling/runs.csv", "--svg", plot)).ExitCode);
        Assert.Equal(
            File.ReadAllText(Path.Combine(Repository.Root, "docs", "pictures", "scaling.svg")).ReplaceLineEndings("\n"),
            File.ReadAllText(plot).ReplaceLineEndings("\n"));
    }

    private static string Row(double n, double d, double loss) => string.Create(CultureInfo.InvariantCulture, $"{n:R},{d:R},{loss:R}\n");
}
