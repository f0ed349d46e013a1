using RlCore.SideBySide.Growth;
using RlCore.Trainers.Export;

namespace RlCore.SideBySide.Cases;

/// <summary>What is compared.</summary>
internal static class BenchCases
{
    private static readonly int[] Batches = [64, 16, 1];
    private static readonly GgufType[] Narrow = [GgufType.BF16, GgufType.Q80];

    /// <summary>The peak of the embedded engine's own product.</summary>
    public static BenchCase.Product Product { get; } = new(1024);

    /// <summary>A batch of SmolLM2-135M's shape that a card is compared with: bench/gpu.</summary>
    public static BenchCase.Training LargeBatch { get; } = new(ModelShape.D, 16, 512) { Name = "D-train-16x512" };

    /// <summary>Names of the groups, in order.</summary>
    public static IReadOnlyList<string> Groups { get; } = [.. All(isQuick: false).Select(one => one.Group).Distinct()];

    /// <summary>All cases, in order.</summary>
    /// <param name="isQuick">Whether models have few layers and completions few tokens.</param>
    public static IReadOnlyList<BenchCase> All(bool isQuick)
    {
        ModelShape[] models = [.. new[] { ModelShape.B, ModelShape.C, ModelShape.D }.Select(model => isQuick ? model.Shallow : model)];
        var (b, c, d) = (models[0], models[1], models[2]);
        int tokens = isQuick ? 8 : 128;
        return
        [
            new BenchCase.Training(b, 16, 128),
            new BenchCase.Training(c, 4, 256),
            new BenchCase.Training(d, 2, 256),
            new BenchCase.Training(d, 2, 256) { HasAdapters = true },
            new BenchCase.Training(c, 4, 256) { Checkpoints = true },
            new BenchCase.Training(d, 2, 256) { Checkpoints = true },
            new BenchCase.Grpo(),
            .. models.SelectMany(model => Batches.Select(batch => new BenchCase.Decoding(model, batch, 32, tokens, GgufType.F32))),
            .. Narrow.SelectMany(type => models.SelectMany(model => Batches.Where(batch => batch <= 16)
                .Select(batch => new BenchCase.Decoding(model, batch, 32, tokens, type)))),
            new BenchCase.LogProbs(isQuick ? 256 : 2048, 576, 49_152),
        ];
    }

    /// <summary>A case by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isQuick">As for <see cref="All"/>.</param>
    public static BenchCase Find(string name, bool isQuick) => All(isQuick)
        .Append(Product)
        .Append(LargeBatch)
        .Concat(GrowthAxis.All.SelectMany(axis => axis.Points).Select(point => point.Case).DistinctBy(one => one.Name))
        .Single(one => one.Name == name);
}
