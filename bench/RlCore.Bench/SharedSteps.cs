using System.Diagnostics;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Processes.Mpi;
using RlCore.Trainers.Models;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Bench;

/// <summary>
/// A training step that processes share, and the part of it that they spend on telling each other: under mpirun, or alone. Every process
/// has its own threads.
/// </summary>
internal static class SharedSteps
{
    private const int Rounds = 9;

    private static readonly Shape[] Shapes =
    [
        new("d 384, 6 layers, 32 x 128", 384, 6, 6, 512, 32, 128, 8),
        new("the quickstart's first stage, 128 x 7", 96, 2, 4, 15, 128, 7, 64),
    ];

    /// <summary>Prints a line for each shape, in the first process.</summary>
    /// <param name="args">Threads of a process, and shards of a step; 1 and 4 unless given.</param>
    public static void Print(string[] args)
    {
        int threads = args.Length > 0 ? int.Parse(args[0]) : 1, shards = args.Length > 1 ? int.Parse(args[1]) : 4;
        var mpi = new MpiProvider();
        using var group = new TimedGroup(mpi.IsLaunched ? mpi.Join() : SingleProcess.Instance);
        foreach (Shape shape in Shapes)
        {
            string line = Run(shape, group, threads, shards);
            if (group.Rank == 0)
            {
                Console.WriteLine(line);
            }
        }
    }

    private static string Run(Shape shape, TimedGroup group, int threads, int shards)
    {
        using var own = new ManagedEngine(new ManagedEngineOptions { Threads = threads });
        var engine = new ParallelEngine<ManagedTensor>(own, new DataParallel(group, shards), shardsOptimizer: false);
        var settings = new ModelSettings
        {
            Layers = shape.Layers,
            Width = shape.Width,
            Heads = shape.Heads,
            Context = shape.Tokens,
            InitStd = 0.02,
        };
        using var model = Decoder<ManagedTensor>.Create(engine, settings, shape.Vocabulary, 1);
        var stage = new SupervisedSettings { Name = "sft", Steps = 1000, BatchSize = shape.Rows, MicroBatchSize = shape.MicroBatch };
        using var step = new SupervisedStep<ManagedTensor>(engine, model, stage);
        var random = new Random(1);
        TokenSequence[] rows =
        [
            .. Enumerable.Range(0, shape.Rows).Select(_ => new TokenSequence(
                [.. Enumerable.Range(0, shape.Tokens).Select(_ => random.Next(shape.Vocabulary))], 1)),
        ];
        var times = new List<(double Wall, double Told, double Bytes, double Processor)>();
        for (int round = -2; round < Rounds; round++)
        {
            group.Reset();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            step.Run(round + 2, rows);
            double wall = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (round >= 0)
            {
                times.Add((wall, group.Time.TotalMilliseconds, group.Bytes, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds));
            }
        }

        double Median(Func<(double Wall, double Told, double Bytes, double Processor), double> what) =>
            times.Select(what).Order().ElementAt(Rounds / 2);
        (double latency, double sum) = Telling(engine, model.Parameters, group);
        long parameters = model.Parameters.Sum(parameter => (long)parameter.Value.Rows * parameter.Value.Columns);
        return $"{shape.Name}: {group.Size} x {threads} threads, {shards} shards, {parameters / 1e6:F2} M parameters: median "
            + $"{Median(time => time.Wall):F1} ms, best {times.Min(time => time.Wall):F1} ms, "
            + $"processor {Median(time => time.Processor):F1} ms; exchanging {Median(time => time.Told):F1} ms, "
            + $"{Median(time => time.Bytes) / 1e6:F2} MB sent; a message {latency * 1e3:F1} us, the sum of gradients alone {sum:F1} ms";
    }

    // Between processes that wait for each other: what a message of a byte takes there and back, and what the sum of gradients takes.
    private static (double Latency, double Sum) Telling(
        ParallelEngine<ManagedTensor> engine, IReadOnlyList<NamedParameter<ManagedTensor>> parameters, TimedGroup group)
    {
        if (group.Size == 1)
        {
            return (0, 0);
        }

        double Best(Action action)
        {
            double best = double.PositiveInfinity;
            for (int round = 0; round < Rounds; round++)
            {
                group.Or(new byte[1]);
                long start = Stopwatch.GetTimestamp();
                action();
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return best;
        }

        const int Messages = 1000;
        var byteOfOne = new byte[1];
        double messages = Best(() =>
        {
            for (int i = 0; i < Messages; i++)
            {
                group.Or(byteOfOne);
            }
        });
        foreach (NamedParameter<ManagedTensor> parameter in parameters)
        {
            engine.WriteGradient(parameter.Value, 0, new float[parameter.Value.Rows * parameter.Value.Columns]);
        }

        return (messages / Messages, Best(() => GradientSum.OverProcesses(engine, parameters)));
    }

    private sealed record Shape(
        string Name, int Width, int Layers, int Heads, int Vocabulary, int Rows, int Tokens, int MicroBatch);

    /// <summary>A group that adds up what it sends and how long it takes.</summary>
    private sealed class TimedGroup(IProcessGroup group) : IProcessGroup
    {
        public int Rank => group.Rank;

        public int Size => group.Size;

        public TimeSpan Time { get; private set; }

        public long Bytes { get; private set; }

        public void Reset() => (Time, Bytes) = (TimeSpan.Zero, 0);

        public void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
        {
            long start = Stopwatch.GetTimestamp();
            group.Exchange(partner, sent, received);
            Time += Stopwatch.GetElapsedTime(start);
            Bytes += sent.Length;
        }

        public void Fail(string message) => group.Fail(message);

        public void Dispose() => group.Dispose();
    }
}
