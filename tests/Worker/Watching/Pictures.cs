using System.Globalization;
using Microsoft.Playwright;
using RlCore.Worker.Hosting;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Tests.Watching;

/// <summary>Makes the pictures of docs/pictures, whose page has the command.</summary>
public sealed class Pictures(Browser browser) : IClassFixture<Browser>
{
    private const int MostBytes = 200_000;

    [Fact]
    public async Task The_pictures_of_the_readme_are_made_of_runs()
    {
        string runs = Environment.GetEnvironmentVariable("RLCORE_PICTURES") ?? "";
        Assert.SkipWhen(runs.Length == 0, "Set RLCORE_PICTURES to a folder with the runs seed-1, seed-2 and seed-3; see docs/pictures.");
        string folder = Path.Combine(ReadmeLaws.Root(), "docs", "pictures");
        string[] seeds = [.. Enumerable.Range(1, 3).Select(seed => Path.GetFullPath(Path.Combine(runs, $"seed-{seed}")))];
        await using LocalServer server = await WatchServer.StartAsync(new RunCatalogue(seeds), System.Net.IPAddress.Loopback, 0);
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using Window window = await browser.OpenAsync(1200, 740, scheme);
            await window.Page.GotoAsync(server.Address.ToString());
            await window.Page.Locator("#smoothing").FillAsync("0.9");
            await window.Page.Locator("#smoothing").BlurAsync();
            await Assertions.Expect(window.Card("reward").Locator(".value")).ToHaveCountAsync(seeds.Length);
            await window.Card("reward").HoverAsync(new() { Position = new() { X = 130, Y = 120 } });
            await window.Page.WaitForTimeoutAsync(500);
            string file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"page-{scheme}.png").ToLowerInvariant());
            await window.Page.ScreenshotAsync(new PageScreenshotOptions { Path = file });
            Assert.InRange(new FileInfo(file).Length, 1, MostBytes);
        }

        using var session = new Session();
        string plots = session.In("plots");
        Ending ending = await Session.RunAsync(
            "report", seeds[0], "--compare", seeds[1], seeds[2], "--svg", plots, "--smoothing", "0.9");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        File.Copy(Path.Combine(plots, "reward.svg"), Path.Combine(folder, "reward.svg"), overwrite: true);
    }
}
