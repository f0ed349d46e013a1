using System.Diagnostics;

namespace RlCore.Bench;

/// <summary>Best of many runs: the time that the code takes when nothing else disturbs it.</summary>
internal static class Measure
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private const int FewestRuns = 12;

    /// <summary>Seconds of the fastest run, after warming up the just-in-time compiler.</summary>
    public static double Best(Action action)
    {
        var warm = Stopwatch.StartNew();
        for (int run = 0; run < FewestRuns || warm.Elapsed < Patience / 2; run++)
        {
            action();
        }

        double best = double.PositiveInfinity;
        var total = Stopwatch.StartNew();
        for (int run = 0; run < FewestRuns || total.Elapsed < Patience; run++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
