using System.Diagnostics;
using System.Globalization;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.SideBySide.Cases;
using RlCore.Trainers.Export;

namespace RlCore.SideBySide.Sides;

/// <summary>
/// One side in a process of its own. It answers each line of its input by one line: <c>check</c> by numbers to compare, <c>run N</c> by
/// the seconds of wall and of processor time of N runs, <c>memory</c> by the peak of the resident set in bytes since the last check:
/// on a card by the memory in use there, which libtorch does not give back.
/// </summary>
internal static class SideHost
{
    /// <summary>The first word of a command line that starts a side.</summary>
    public const string Command = "side";

    /// <summary>What answers begin with: native libraries may write lines of their own.</summary>
    public const string Mark = "= ";

    /// <summary>Answers until its input ends.</summary>
    /// <param name="side">Name of the side.</param>
    /// <param name="one">The case.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="place">Where files are.</param>
    /// <param name="device">Where the Torch engine computes.</param>
    /// <returns>The exit code: 1 where the side's libraries cannot be loaded.</returns>
    public static int Serve(string side, BenchCase one, int threads, BenchPlace place, SideDevice device)
    {
        try
        {
            using ISideWork work = Open(side, one, threads, place, device);
            Answer("ready");
            AnswerRequests(work, device);
            return 0;
        }
        catch (Exception failure) when (failure is DllNotFoundException or NotSupportedException or TypeInitializationException)
        {
            string first = failure.GetBaseException().Message.Split('\n')[0].Trim();
            Console.Error.WriteLine($"{side} cannot be loaded: {first} Its libraries need Debian 13, Ubuntu 24.04 or newer.");
            return 1;
        }
        catch (EngineException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    private static void AnswerRequests(ISideWork work, SideDevice device)
    {
        while (Console.In.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            Answer(words[0] switch
            {
                "check" => Checked(work),
                "run" => Timed(work, int.Parse(words[1], CultureInfo.InvariantCulture)),
                "memory" => string.Create(CultureInfo.InvariantCulture, $"{MemoryOf(device)}"),
                _ => throw new InvalidOperationException($"\"{line}\" is no request to a side."),
            });
        }
    }

    private static ISideWork Open(string side, BenchCase one, int threads, BenchPlace place, SideDevice device)
    {
        if (side == SideNames.RlCore)
        {
            var options = new ManagedEngineOptions
            {
                Threads = threads,
                GradientCheckpointing = one is BenchCase.Training { Checkpoints: true },
                FrozenWeights = one is BenchCase.Decoding { Storage: GgufType.Q80 } ? WeightType.Q80 : null,
            };
            return OwnSide.Open(new ManagedEngine(options), one, place);
        }
#if PEERS
        return Peers.PeerSides.Open(side, one, threads, place, device);
#else
        throw new ArgumentException($"{side} is no part of this build.", nameof(side));
#endif
    }

    private static long MemoryOf(SideDevice device) =>
#if PEERS
        device.Name != SideDevice.Cpu.Name ? Peers.CardMemory.Used :
#endif
        PeakMemory.Bytes;

    private static string Checked(ISideWork work)
    {
        string numbers = string.Join(' ', work.Check().Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
        GC.Collect();
        PeakMemory.Reset();
        return numbers;
    }

    private static string Timed(ISideWork work, int runs)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < runs; run++)
        {
            work.Run();
        }

        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture, $"{wall:R} {(Environment.CpuUsage.TotalTime - before).TotalSeconds:R}");
    }

    private static void Answer(string text)
    {
        Console.Out.WriteLine(Mark + text);
        Console.Out.Flush();
    }
}
