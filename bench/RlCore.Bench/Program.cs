using System.Globalization;
using BenchmarkDotNet.Running;
using RlCore.Algebra;
using RlCore.Bench;
using RlCore.Engines;
using RlCore.Engines.Managed;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["losses", ..])
{
    LossTable.Print("/usr/bin/python3", args.Length > 1 ? args[1] : "bench/compare_losses.py");
    return;
}

if (args is ["tokenizers", ..])
{
    TokenizerTable.Print(args[1..]);
    return;
}

if (args is ["datasets", ..])
{
    DatasetTable.Print(args[1..]);
    return;
}

if (args is ["serving", ..])
{
    ServingLoad.Print(args[1..]);
    return;
}

if (args is ["search"])
{
    SearchSharing.Print();
    return;
}

if (args is ["processes", ..])
{
    SharedSteps.Print(args[1..]);
    return;
}

if (args is ["load", "make", var made])
{
    LoadTable.Make(made);
    return;
}

if (args is ["load", var folder])
{
    LoadTable.Print(folder);
    return;
}

if (args is ["bdn", ..])
{
    BenchmarkSwitcher.FromAssembly(typeof(LossBenchmarks<>).Assembly).Run(args[1..], LossBenchmarkConfig.Create());
    return;
}

foreach (int threads in new[] { 1, Environment.ProcessorCount }.Distinct())
{
    using var engine = new ManagedEngine(new ManagedEngineOptions { Threads = threads });
    Console.WriteLine(engine.Description);
    Products(engine);
    Operations(engine);
    Steps(engine);
    Console.WriteLine();
}

static ManagedTensor Random(ManagedEngine engine, int rows, int columns)
{
    var random = new Random(rows + columns);
    return engine.Parameter(rows, columns, [.. Enumerable.Range(0, rows * columns).Select(_ => (float)(random.NextDouble() - 0.5))]);
}

static void Products(ManagedEngine engine)
{
    foreach (var (rows, depth, columns) in Shapes.Products)
    {
        var (x, weight) = (Random(engine, rows, depth), Random(engine, columns, depth));
        using var silent = engine.NoGradient();
        var time = Measure.Of(() =>
        {
            using var scope = engine.Scope();
            ManagedTensor.Linear(x, weight);
        });
        Console.WriteLine(
            $"product {rows,5} x {depth,4} -> {columns,5}  {time}  {2.0 * rows * depth * columns / time.Wall / 1e9,8:F1} GFLOP/s");
    }
}

static void Operations(ManagedEngine engine)
{
    const int Batch = 512, Time = 10, Width = 128;
    var heads = new HeadLayout(4, 4, Width / 4);
    var frequencies = RotaryFrequencies.Of(heads.Size, 10_000);
    int[] lengths = [.. Enumerable.Repeat(Time, Batch)];
    int[] positions = [.. Enumerable.Range(0, Batch * Time).Select(i => i % Time)];
    int[] targets = [.. positions.Select(position => position)];
    var (narrow, packed, wide) = (
        Random(engine, Batch * Time, Width),
        Random(engine, Batch * Time, 3 * Width),
        Random(engine, Batch * Time, 4 * Width));
    var (gain, weight, bias, head) = (
        Random(engine, 1, Width),
        Random(engine, 4 * Width, Width),
        Random(engine, 1, 4 * Width),
        Random(engine, 16, Width));
    var masks = new[] { (Batch * Time, Width), (Batch * Time, 3 * Width), (Batch * Time, 4 * Width), (Batch, Time) }
        .ToDictionary(shape => shape, shape => SequenceMask.Full(shape.Item1, shape.Item2));
    (string Name, Func<ManagedTensor> Run)[] operations =
    [
        ("add [5120, 128]", () => narrow + narrow),
        ("gelu [5120, 512]", () => ManagedTensor.Gelu(wide)),
        ("layer norm [5120, 128]", () => ManagedTensor.LayerNorm(narrow, gain, gain, 1e-5)),
        ("linear 128 -> 512", () => ManagedTensor.Linear(narrow, weight, bias)),
        ("rotary [5120, 384]", () => ManagedTensor.Rotary(packed, heads, positions, frequencies)),
        ("attention 512 x 10", () => ManagedTensor.CausalAttention(packed, heads, lengths, Time)),
        ("log-probs, vocabulary 16", () => ManagedTensor.SelectedLogProbs(narrow, head, targets, Batch, Time, 1).LogProbs),
        ("gather [5120, 128]", () => ManagedTensor.GatherRows(head, targets)),
    ];
    foreach (var (name, run) in operations)
    {
        var forward = Measure.Of(() =>
        {
            using var scope = engine.Scope();
            run();
        });
        var both = Measure.Of(() =>
        {
            using var scope = engine.Scope();
            var result = run();
            engine.Backward(ManagedTensor.SumOverBatch(ManagedTensor.SumOverTime(result, masks[(result.Rows, result.Columns)])));
        });
        Console.WriteLine($"{name,-26} forward {forward}  forward, sum and backward {both}");
    }
}

static void Steps(ManagedEngine engine)
{
    foreach (var shape in Shapes.Models)
    {
        using var model = new Gpt(engine, shape);
        Console.WriteLine($"training step  {shape}  {Measure.Of(model.Train)}");
        Console.WriteLine($"decode         {shape}  {Measure.Of(model.Decode)}");
    }
}

/// <summary>What is measured, here and in compare_torch.py.</summary>
internal static class Shapes
{
    public static (int Rows, int Depth, int Columns)[] Products { get; } =
        [
            (1, 128, 512), (8, 128, 512), (512, 128, 16), (512, 128, 512), (2048, 128, 384), (2048, 128, 512), (2048, 512, 128),
            (5120, 128, 512), (1024, 1024, 1024),
        ];

    public static GptShape[] Models { get; } =
        [new(2, 64, 4, 16, 256, 10), new(3, 128, 4, 16, 512, 10), new(3, 128, 4, 16, 1024, 10), new(4, 256, 8, 512, 32, 64)];
}
