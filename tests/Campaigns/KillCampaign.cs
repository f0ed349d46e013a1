using System.Diagnostics;
using System.Globalization;
using RlCore.Trainers.Tests.Rewards;

namespace RlCore.Campaigns;

/// <summary>
/// Kills runs at random moments, from their first millisecond to their last, and resumes them until they end. Each must then have the
/// files of a run that was never killed, byte for byte; times alone may differ.
/// </summary>
/// <param name="folder">Where runs lie.</param>
/// <param name="seed">Seed of the moments.</param>
internal sealed class KillCampaign(string folder, int seed)
{
    private const int Steps = 60;
    private const int CheckpointEvery = 3;

    private readonly Random _moments = new(seed);

    /// <summary>Kills runs of a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="kills">How often at least.</param>
    /// <returns>A line about it.</returns>
    /// <exception cref="CampaignException">A run differs, or ended by itself with an error.</exception>
    public async Task<string> RunAsync(Scenario scenario, int kills)
    {
        // A judge that likes what it likes, the same whenever it is asked.
        using var judge = new FakeEndpoint((_, text) => new FakeReply(
            200, string.Create(CultureInfo.InvariantCulture, $"{{\"score\": {text.Sum(character => character * 7) % 11 / 10.0}}}")));
        string own = Path.Combine(folder, scenario.Name);
        string recipe = scenario.Write(own, Steps, CheckpointEvery, judge.Address);
        string whole = Path.Combine(own, "whole");
        var clock = Stopwatch.StartNew();
        await RunAsync(recipe, whole, Timeout.InfiniteTimeSpan);
        TimeSpan length = clock.Elapsed;
        int done = 0, runs = 0, early = 0;
        while (done < kills)
        {
            string killed = Path.Combine(own, string.Create(CultureInfo.InvariantCulture, $"killed-{++runs}"));
            while (!await RunAsync(recipe, killed, length * _moments.NextDouble()))
            {
                done++;
                early += File.Exists(Path.Combine(killed, "run.json")) ? 0 : 1;
            }

            RunComparison.Require(whole, killed);
            Directory.Delete(killed, recursive: true);
        }

        return $"{scenario.Name}: {done} kills in {runs} runs of {Steps} steps, {early} of them before the run's folder was there; "
            + "all runs are equal to one never killed";
    }

    // Whether it has ended by itself.
    private static async Task<bool> RunAsync(string recipe, string output, TimeSpan killAfter)
    {
        using Process process = WorkerProcess.Train(recipe, output, resumes: File.Exists(Path.Combine(output, "run.json")));
        Task<string> text = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task ended = process.WaitForExitAsync();
        if (await Task.WhenAny(ended, Task.Delay(killAfter)) != ended)
        {
            process.Kill();
            await ended;
            return false;
        }

        await text;
        WorkerProcess.RequireDone(process, await error);
        return true;
    }
}
