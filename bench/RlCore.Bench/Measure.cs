using System.Diagnostics;

namespace RlCore.Bench;

/// <summary>
/// Wall time of the fastest of many runs, and processor time (all threads, user and kernel) of the average run: the first is
/// what a quiet machine gives, the second means something on a busy one too.
/// </summary>
/// <param name="Wall">Seconds of the fastest run.</param>
/// <param name="Processor">Processor seconds a run.</param>
internal readonly record struct Measure(double Wall, double Processor)
{
    private const int FewestRuns = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Runs the action for about a second, after warming up the just-in-time compiler.</summary>
    public static Measure Of(Action action)
    {
        var warm = Stopwatch.StartNew();
        for (int run = 0; run < FewestRuns || warm.Elapsed < Patience / 2; run++)
        {
            action();
        }

        double best = double.PositiveInfinity;
        int runs = 0;
        var total = Stopwatch.StartNew();
        var before = Environment.CpuUsage.TotalTime;
        for (; runs < FewestRuns || total.Elapsed < Patience; runs++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return new Measure(best, (Environment.CpuUsage.TotalTime - before).TotalSeconds / runs);
    }

    /// <summary>Both times, in milliseconds.</summary>
    public override string ToString() => $"{Wall * 1e3,9:F3} ms wall {Processor * 1e3,9:F3} ms processor";
}
