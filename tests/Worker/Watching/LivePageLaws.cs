using Microsoft.Playwright;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Tests.Watching;

/// <summary>The page while runs go on, in a real browser.</summary>
public sealed class LivePageLaws(Browser browser) : IClassFixture<Browser>
{
    private static double Curve(int step, int metric) => Math.Sin(step * (metric + 3));

    [Fact]
    public async Task A_run_that_goes_on_draws_new_points_without_a_reload()
    {
        await using Watched watched = await Watched.StartAsync();
        FakeRun run = watched.NewRun("going", "loss", "reward");
        run.Step(1, 30, Curve);
        await using Window window = await browser.OpenAsync();
        await window.Page.GotoAsync(watched.Address);
        await window.HasPointsAsync("reward", 30);
        await window.Page.EvaluateAsync("window.stayed = true");
        run.Step(31, 20, Curve);
        await window.HasPointsAsync("reward", 50);
        run.AppendText("metrics.csv", "51,grpo,51,0.5");
        run.Warn(50, "kl_grows", "The KL grows.");
        await Assertions.Expect(window.Page.Locator("#warned")).ToHaveTextAsync("1");
        await window.HasPointsAsync("reward", 50);
        run.AppendText("metrics.csv", ",0.25\n");
        await window.HasPointsAsync("reward", 51);
        await Assertions.Expect(window.Card("reward").Locator(".value b")).ToHaveTextAsync("0.25");

        // Resumed from step 20.
        string metrics = Path.Combine(run.Folder, "metrics.csv");
        await File.WriteAllLinesAsync(metrics, File.ReadLines(metrics).Take(21).ToArray(), TestContext.Current.CancellationToken);
        await window.HasPointsAsync("reward", 20);
        run.Step(21, 5, (_, _) => 0.75);
        await window.HasPointsAsync("reward", 25);
        run.Step(26, 4, (_, _) => 0.5, stage: "next");
        await window.HasPointsAsync("reward", 25 + 1 + 4); // a gap between the stages
        Assert.True(await window.Page.EvaluateAsync<bool>("window.stayed"));
        await window.Page.ReloadAsync();
        await window.HasPointsAsync("reward", 30);
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task A_run_that_begins_later_appears_and_is_followed_until_one_is_chosen()
    {
        await using Watched watched = await Watched.StartAsync();
        await using Window window = await browser.OpenAsync();
        await window.Page.GotoAsync(watched.Address);
        await Assertions.Expect(window.Page.Locator("#grid")).ToContainTextAsync("No run here yet.");
        await window.PictureAsync("empty");
        watched.NewRun("first", "loss").Step(1, 4, Curve);
        await window.HasPointsAsync("loss", 4);

        // A process holds the folder of a run that goes on.
        FakeRun second = watched.NewRun("second", "loss", "kl");
        await using FileStream held = FolderClaim.Hold(second.Folder);
        second.Step(1, 7, Curve);
        await window.HasPointsAsync("kl", 7);
        await Assertions.Expect(window.Page.Locator(".run.on .name")).ToHaveTextAsync(["second"]);
        await Assertions.Expect(window.Page.Locator(".run.running")).ToHaveCountAsync(1);
        await window.Page.GetByText("first", new() { Exact = true }).ClickAsync();
        await window.HasPointsAsync("loss", 11);
        FakeRun third = watched.NewRun("third", "loss");
        await using FileStream alsoHeld = FolderClaim.Hold(third.Folder);
        third.Step(1, 1, Curve);
        await Assertions.Expect(window.Page.Locator(".run")).ToHaveCountAsync(3);
        await Assertions.Expect(window.Page.Locator(".run.on")).ToHaveCountAsync(2);
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task What_is_being_used_is_not_replaced_under_the_pointer_when_a_run_goes_on()
    {
        await using Watched watched = await Watched.StartAsync();
        FakeRun run = watched.NewRun("run", "loss");
        run.Step(1, 10, Curve);
        for (int step = 1; step <= 10; step++)
        {
            run.Sample(step, "2+2=", $"{step}", 1, 1);
        }

        await using Window window = await browser.OpenAsync();
        await window.Page.GotoAsync(watched.Address + "#samples");
        ILocator slider = window.Page.Locator("#samples input[type=range]");
        await Assertions.Expect(window.Page.Locator("#samples .place")).ToContainTextAsync("step 10 ");
        await window.Page.EvaluateAsync("document.querySelectorAll('.run, #samples input').forEach(part => part.kept = true)");
        run.Step(11, 1, Curve);
        run.Sample(11, "2+2=", "11", 1, 1);
        await Assertions.Expect(window.Page.Locator("#samples .place")).ToContainTextAsync("step 11 ");
        await Assertions.Expect(window.Page.Locator(".run .state")).ToContainTextAsync("11");
        LocatorBoundingBoxResult box = (await slider.BoundingBoxAsync())!;
        await window.Page.Mouse.MoveAsync(box.X + box.Width - 8, box.Y + (box.Height / 2));
        await window.Page.Mouse.DownAsync();
        await window.Page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2), new() { Steps = 5 });
        await window.Page.Mouse.MoveAsync(box.X + 2, box.Y + (box.Height / 2), new() { Steps = 5 });
        await window.Page.Mouse.UpAsync();
        await Assertions.Expect(window.Page.Locator("#samples .place")).ToHaveTextAsync("step 1 · grpo 1");
        await Assertions.Expect(window.Page.Locator("#samples tbody td[data-name=completion]")).ToHaveTextAsync("1");

        // An earlier step stays while the run goes on.
        run.Step(12, 1, Curve);
        run.Sample(12, "2+2=", "12", 1, 1);
        await Assertions.Expect(window.Page.Locator(".run .state")).ToContainTextAsync("12");
        await Assertions.Expect(window.Page.Locator("#samples .place")).ToHaveTextAsync("step 1 · grpo 1");
        const string AllKept = "[...document.querySelectorAll('.run, #samples input')].every(part => part.kept)";
        Assert.True(await window.Page.EvaluateAsync<bool>(AllKept));
        Assert.Empty(window.Complaints);
    }
}
