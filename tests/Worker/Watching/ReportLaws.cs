using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Playwright;

namespace RlCore.Worker.Tests.Watching;

/// <summary>A run as one file, and as plots.</summary>
public sealed class ReportLaws(Browser browser) : IClassFixture<Browser>
{
    private const string Hostile = "</script><script>window.hacked = true</script><!--";

    [Fact]
    public async Task A_report_is_the_page_in_one_file_and_loads_nothing()
    {
        using var session = new Session();
        FakeRun first = Fill(session, "first");
        FakeRun second = Fill(session, "second");
        second.Describe(0.5, Hostile);
        string file = session.In("report.html");
        Ending ending = await Session.RunAsync("report", first.Folder, "--compare", second.Folder, "--out", file);
        Assert.Equal((0, $"page of 2 runs written to {file}{Environment.NewLine}", ""), (ending.ExitCode, ending.Output, ending.Error));
        await using Window window = await browser.OpenAsync();
        await window.Page.GotoAsync(new Uri(file).AbsoluteUri);
        await window.HasPointsAsync("reward", 100);
        await window.PictureAsync("report");
        await window.Page.Locator("#tab-samples").ClickAsync();
        await Assertions.Expect(window.Page.Locator("#samples")).ToContainTextAsync(Hostile);
        await Assertions.Expect(window.Page.Locator("#samples tbody tr")).ToHaveCountAsync(1);
        await window.Page.Locator("#earlier").ClickAsync();
        await Assertions.Expect(window.Page.Locator("#samples .place")).ToHaveTextAsync("step 10 · grpo 10");
        await window.Page.Locator("#tab-warnings").ClickAsync();
        await Assertions.Expect(window.Page.Locator("#warnings")).ToContainTextAsync(Hostile);
        await window.Page.Locator("#tab-recipe").ClickAsync();
        await Assertions.Expect(window.Page.Locator("#recipe")).ToContainTextAsync(Hostile);
        await Assertions.Expect(window.Page.Locator("#recipe table").First.Locator(".settings td, td").First).ToBeVisibleAsync();
        Assert.False(await window.Page.EvaluateAsync<bool>("window.hacked === true"));
        Assert.Equal([new Uri(file).AbsoluteUri], window.Requests.Distinct());
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task A_report_has_the_tokens_and_hostile_ones_are_text()
    {
        using var session = new Session();
        FakeRun run = Fill(session, "run");
        run.KeepTokens();
        run.Sample(
            20, "2+2=", "4" + Hostile, 0, -0.5, $"[[4,\"4\",-0.5,-0.5],[9,{System.Text.Json.JsonSerializer.Serialize(Hostile)},-2,-0.5]]");
        run.Sample(20, "long", new string('y', 9000), 0, -0.5, $"[{string.Join(',', Enumerable.Repeat("[1,\"y\",-1]", 9000))}]");
        string file = session.In("report.html");
        Assert.Equal(0, (await Session.RunAsync("report", run.Folder, "--out", file)).ExitCode);
        await using Window window = await browser.OpenAsync();
        await window.Page.GotoAsync(new Uri(file).AbsoluteUri + "#samples");
        ILocator tokens = window.Page.Locator(".token");
        await Assertions.Expect(tokens).ToHaveCountAsync(2 + 8000);
        await Assertions.Expect(tokens.Nth(1)).ToHaveTextAsync(Hostile);
        await Assertions.Expect(tokens.Nth(1)).ToHaveClassAsync("token rare");
        await Assertions.Expect(window.Page.Locator("#samples small")).ToHaveTextAsync("the first of 9,000 characters");
        await window.Page.Keyboard.PressAsync("k");
        await Assertions.Expect(tokens.Nth(1)).ToHaveClassAsync("token minus");
        Assert.False(await window.Page.EvaluateAsync<bool>("window.hacked === true"));
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Each_metric_is_a_plot()
    {
        using var session = new Session();
        FakeRun first = Fill(session, "first");
        FakeRun second = Fill(session, "second");
        string folder = session.In("plots");
        Ending ending = await Session.RunAsync(
            "report", first.Folder, "--compare", second.Folder, "--svg", folder, "--smoothing", "0.9");
        Assert.Equal((0, $"2 plots written to {folder}{Environment.NewLine}"), (ending.ExitCode, ending.Output));
        XDocument plot = XDocument.Load(Path.Combine(folder, "rewards-numeric-mean.svg"));
        string[] texts = [.. plot.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
        Assert.Contains("rewards/numeric/mean", texts);
        Assert.Contains("first", texts);
        Assert.Contains("second", texts);

        // Two runs, each with its values and their mean; all within the axes.
        string[] curves = [.. plot.Descendants().Select(element => element.Attribute("d")?.Value ?? "").Where(path => path.Length > 200)];
        Assert.Equal(4, curves.Length);
        double[][] places = [.. Regex.Matches(string.Concat(curves), @"([\d.]+) ([\d.]+)").Select(point => (double[])
        [
            double.Parse(point.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture),
            double.Parse(point.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture),
        ])];
        Assert.Equal(4 * 50, places.Length);
        Assert.All(places, place => Assert.True(place[0] is >= 62 and <= 544 && place[1] is >= 34 and <= 300));
        Assert.Equal((62, 544), (places.Min(place => place[0]), places.Max(place => place[0])));
    }

    [Fact]
    public async Task What_is_no_run_or_has_nowhere_to_go_is_refused()
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync("report", session.Path, "--out", session.In("r.html"));
        Assert.Equal(
            (2, $"error: {session.Path}: found a folder without run.json or metrics.csv; expected the folder of a run."
                + Environment.NewLine),
            (ending.ExitCode, ending.Error));
        Assert.False(File.Exists(session.In("r.html")));
        Assert.Equal(2, (await Session.RunAsync("report", session.In("none"), "--out", session.In("r.html"))).ExitCode);
        FakeRun run = Fill(session, "run");
        ending = await Session.RunAsync("report", run.Folder, "--smoothing", "1");
        Assert.Equal((2, 2), (ending.ExitCode, Regex.Count(ending.Error, "error: --(out|smoothing): found ")));
    }

    private static FakeRun Fill(Session session, string name)
    {
        var run = new FakeRun(session.In(name), "reward", "rewards/numeric/mean");
        run.Step(1, 50, (step, metric) => Math.Sin(step / 9.0) + metric + name.Length);
        run.Sample(10, "2+2=", "4", 1, 0.5);
        run.Sample(20, "2+2=", Hostile, 0, -0.5);
        run.Warn(20, "odd", Hostile);
        run.Evaluate(0, "before", 0.1);
        return run;
    }
}
