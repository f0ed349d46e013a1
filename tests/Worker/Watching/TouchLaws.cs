using Microsoft.Playwright;

namespace RlCore.Worker.Tests.Watching;

/// <summary>The charts under a finger, in a real browser.</summary>
public sealed class TouchLaws(Browser browser) : IClassFixture<Browser>
{
    private static double Curve(int step, int metric) => Math.Sin(step * (metric + 3));

    [Fact]
    public async Task A_finger_that_goes_sideways_zooms_and_one_that_goes_down_scrolls()
    {
        await using Watched watched = await Watched.StartAsync();
        watched.NewRun("touched", "loss", "reward", "kl", "entropy", "grad_norm").Step(1, 100, Curve);
        await using Window window = await browser.OpenAsync(400, 700, hasTouch: true);
        await window.Page.GotoAsync(watched.Address);
        await window.HasPointsAsync("reward", 100);
        LocatorBoundingBoxResult plot = (await window.Card("reward").Locator(".u-over").BoundingBoxAsync())!;
        ICDPSession session = await window.Page.Context.NewCDPSessionAsync(window.Page);
        (double X, double Y) from = (plot.X + (plot.Width * 0.25), plot.Y + 60);
        await TouchAsync(session, from, (plot.X + (plot.Width * 0.75), plot.Y + 66));
        await Assertions.Expect(window.Page.Locator("#whole")).ToBeVisibleAsync();
        double[] zoom = await window.Page.EvaluateAsync<double[]>("async () => (await import('./main.js')).app.axis.zoom");
        Assert.InRange(zoom[0], 20, 30);
        Assert.InRange(zoom[1], 70, 80);

        await window.Page.Locator("#whole").ClickAsync();
        await Assertions.Expect(window.Page.Locator("#whole")).ToBeHiddenAsync();
        await TouchAsync(session, (from.X, plot.Y + 150), (from.X + 6, plot.Y - 100));
        await window.Page.WaitForFunctionAsync("scrollY > 50");
        await Assertions.Expect(window.Page.Locator("#whole")).ToBeHiddenAsync();
        Assert.Empty(window.Complaints);
    }

    private static async Task TouchAsync(ICDPSession session, (double X, double Y) from, (double X, double Y) to)
    {
        const int Moves = 12;
        for (int move = 0; move <= Moves + 1; move++)
        {
            double share = Math.Min(move, Moves) / (double)Moves;
            var point = new { x = from.X + (share * (to.X - from.X)), y = from.Y + (share * (to.Y - from.Y)) };
            await session.SendAsync("Input.dispatchTouchEvent", new Dictionary<string, object>
            {
                ["type"] = move == 0 ? "touchStart" : move <= Moves ? "touchMove" : "touchEnd",
                ["touchPoints"] = move <= Moves ? new[] { point } : [],
            });
        }
    }
}
