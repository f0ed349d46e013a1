using System.Diagnostics;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;

namespace RlCore.Bench;

/// <summary>Time and memory of a real model's size: a random checkpoint of Qwen2.5-0.5B's shape in BF16, 988 MB.</summary>
internal static class LoadTable
{
    private const int Sequences = 4;
    private const int Time = 256;

    private static readonly KnownShape Known = KnownShapes.All.Single(known => known.Name == "qwen2-0.5b");

    /// <summary>Writes the checkpoint.</summary>
    /// <param name="folder">Its folder.</param>
    public static void Make(string folder)
    {
        var config = new PretrainedConfig(Architecture.Qwen2, Known.Settings, Known.VocabularySize);
        var parameters = ParameterPlan.Create(Known.Settings, Known.VocabularySize).ToDictionary(
            planned => planned.Name,
            TensorData (planned) => new NoiseTensor([planned.Rows, planned.Columns]));
        var files = new Dictionary<string, Action<Stream>>(ShardedSafetensors.Files(
            PretrainedWeights.Save(config.Architecture, Known.Settings, Known.VocabularySize, parameters)))
        {
            [PretrainedConfig.FileName] = stream =>
                stream.Write(System.Text.Encoding.UTF8.GetBytes(PretrainedConfigWriter.Print(config, null, 0))),
        };
        DurableFiles.WriteFolder(folder, files);
    }

    /// <summary>Loads the checkpoint with the weights frozen, generates, and takes a training step of adapters.</summary>
    /// <param name="folder">Its folder.</param>
    public static void Print(string folder)
    {
        using var engine = new ManagedEngine();
        long bytes = new FileInfo(Path.Combine(folder, ShardedSafetensors.SingleFile)).Length;
        Console.WriteLine($"{engine.Description}; {bytes / 1e6:F0} MB of BF16");
        var clock = Stopwatch.StartNew();
        PretrainedFolder stored = PretrainedFolder.Open(folder);
        PretrainedConfig config = stored.Identity.Config;
        using var frozen = Decoder<ManagedTensor>.Load(engine, config.Shape, config.VocabularySize, stored.Parameters, isTrained: false);
        Report("load, frozen in BF16", clock);
        using (engine.NoGradient())
        using (IKeyValueCache cache = frozen.CreateCache(1, 64))
        {
            clock.Restart();
            Generate(engine, frozen, cache, 32);
            Report("32 tokens, one at a time", clock);
        }

        AdapterPlan plan = AdapterPlan.Create(new LoraSettings(), config.Architecture, config.Shape, config.VocabularySize);
        using var adapted = frozen.WithAdapters(plan, plan.Initial(1, stored.Parameters));
        using IOptimizer optimizer = engine.CreateAdamW(adapted.Parameters, new AdamWOptions());
        for (int step = 0; step < 2; step++)
        {
            clock.Restart();
            Train(engine, adapted, optimizer);
            Report($"LoRA step {step + 1}, {Sequences} sequences of {Time} tokens", clock);
        }
    }

    private static void Generate(ManagedEngine engine, Decoder<ManagedTensor> model, IKeyValueCache cache, int count)
    {
        int[] next = [1];
        for (int i = 0; i < count; i++)
        {
            using var scope = engine.Scope();
            engine.Sample(model.Continue(next, [1], 1, cache), model.Head, SamplingOptions.Greedy, [0], next, new float[1]);
        }
    }

    private static void Train(ManagedEngine engine, Decoder<ManagedTensor> model, IOptimizer optimizer)
    {
        int[] tokens = [.. Enumerable.Range(0, Sequences * Time).Select(i => i * 7919 % Known.VocabularySize)];
        int[] lengths = [.. Enumerable.Repeat(Time, Sequences)];
        using var scope = engine.Scope();
        ManagedTensor hidden = model.Hidden(tokens, lengths, Time);
        TokenLogProbs<ManagedTensor> scored = ManagedTensor.SelectedLogProbs(hidden, model.Head, tokens, Sequences, Time, 1);
        double[] weights = new Aggregation.TokenMean().RowWeights(SequenceMask.Full(Sequences, Time));
        engine.Backward(TokenLosses.Aggregate(-scored.LogProbs, SequenceMask.Full(Sequences, Time), weights));
        optimizer.Step(1e-4, 1);
    }

    private static void Report(string what, Stopwatch clock)
    {
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"{what,-40} {clock.Elapsed.TotalSeconds,7:F2} s   peak resident {process.PeakWorkingSet64 / 1e6,6:F0} MB");
    }

    /// <summary>Small numbers that are a function of their index.</summary>
    private sealed class NoiseTensor(IReadOnlyList<int> shape) : TensorData(shape, NumberType.BF16)
    {
        public override void Read(long first, Span<float> destination)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                uint mixed = (uint)((first + i) * 2_654_435_761L >> 7);
                destination[i] = ((mixed & 0xFFFF) / 65_536f - 0.5f) * 0.06f;
            }
        }
    }
}
