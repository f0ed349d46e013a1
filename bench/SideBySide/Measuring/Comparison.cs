using System.Globalization;
using RlCore.SideBySide.Cases;

namespace RlCore.SideBySide.Measuring;

/// <summary>What one side's setting needed for a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Setting">The side.</param>
/// <param name="Rounds">Each round's time of one run.</param>
/// <param name="PeakBytes">Peak of the resident set.</param>
internal sealed record SideResult(BenchCase Case, SideSetting Setting, IReadOnlyList<Timing> Rounds, double PeakBytes)
{
    /// <summary>Median wall time, in seconds.</summary>
    public double Median => MedianOf(Rounds.Select(round => round.Wall));

    /// <summary>Least wall time, in seconds.</summary>
    public double Best => Rounds.Min(round => round.Wall);

    /// <summary>Median processor time, in seconds.</summary>
    public double Processor => MedianOf(Rounds.Select(round => round.Processor));

    private static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>Does a case on all sides by turns, after checking that they compute the same.</summary>
/// <param name="rounds">Measured rounds.</param>
/// <param name="arguments">What a side is told after the case's name.</param>
internal sealed class Comparison(int rounds, IReadOnlyList<string> arguments)
{
    // Long enough for the clock, and for the just-in-time compiler to be done; the check has been a first run.
    private const double SecondsOfRound = 0.3;
    private const double SecondsOfWarmUp = 1.5;
    private const int MostRuns = 1000;

    /// <summary>Cases in which sides differed.</summary>
    public List<string> Differences { get; } = [];

    /// <summary>Does a case.</summary>
    /// <param name="one">The case.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="sides">Names of the sides that this build has.</param>
    public IReadOnlyList<SideResult> Run(BenchCase one, int threads, IReadOnlyList<string> sides)
    {
        SideSetting[] settings = [.. SideSetting.Of(one, threads).Where(setting => sides.Contains(setting.Side))];
        var processes = new List<SideProcess>();
        try
        {
            foreach (SideSetting setting in settings)
            {
                processes.Add(SideProcess.Start(setting, [one.Name, .. arguments]));
            }

            Check(one, threads, processes);
            int[] runs = [.. processes.Select(WarmUp)];
            var times = processes.Select(_ => new List<Timing>()).ToArray();
            for (int round = 0; round < rounds; round++)
            {
                for (int i = 0; i < processes.Count; i++)
                {
                    times[i].Add(processes[i].Run(runs[i]));
                }
            }

            return [.. processes.Select((process, i) => new SideResult(one, process.Setting, times[i], process.PeakBytes()))];
        }
        finally
        {
            processes.ForEach(process => process.Dispose());
        }
    }

    private void Check(BenchCase one, int threads, List<SideProcess> processes)
    {
        double[][] found = [.. processes.Select(process => process.Check())];
        for (int i = 1; i < found.Length; i++)
        {
            double difference = found[0].Length == found[i].Length
                ? found[0].Zip(found[i], (own, other) => Math.Abs(own - other)).DefaultIfEmpty(double.NaN).Max()
                : double.NaN;
            string what = string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Name}, {threads} threads, {processes[i].Setting}: largest difference {difference:0.0e+0} "
                    + $"({Print(found[i])} for {Print(found[0])})");
            Console.WriteLine($"  {what}");
            if (!(difference <= one.Tolerance))
            {
                Differences.Add(what);
            }
        }
    }

    // How many runs a round takes.
    private static int WarmUp(SideProcess process)
    {
        var seconds = new List<double>();
        do
        {
            seconds.Add(process.Run(1).Wall);
        }
        while (seconds.Sum() < SecondsOfWarmUp && seconds.Count < MostRuns);

        return Math.Clamp((int)Math.Ceiling(SecondsOfRound / seconds.Min()), 1, MostRuns);
    }

    private static string Print(double[] values) =>
        string.Join(' ', values.Select(value => value.ToString("G7", CultureInfo.InvariantCulture)));
}
