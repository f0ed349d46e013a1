using RlCore.SideBySide.Cases;
using RlCore.Trainers.Models;

namespace RlCore.SideBySide.Growth;

/// <summary>Training steps of one model that grows in one respect.</summary>
/// <param name="Name">What grows.</param>
/// <param name="Points">Its values and their cases.</param>
internal sealed record GrowthAxis(string Name, IReadOnlyList<(int Value, BenchCase.Training Case)> Points)
{
    private const int Tokens = 4096;
    private const int Length = 256;
    private const int HeadSize = 64;
    private const int VocabularySize = 1024;

    private static readonly ModelSettings Middle = ModelShape.C.Settings with
    {
        Context = Tokens,
        Layers = 4,
        Width = 256,
        Heads = 4,
        MlpWidth = 0,
    };

    /// <summary>Width, depth, length and vocabulary around a model of width 256 with 4 layers; 4,096 tokens a step.</summary>
    public static IReadOnlyList<GrowthAxis> All { get; } =
    [
        Of("width", [128, 256, 512, 1024], value => (Middle with { Width = value, Heads = value / HeadSize }, VocabularySize, Length)),
        Of("layers", [2, 4, 8, 16], value => (Middle with { Layers = value }, VocabularySize, Length)),
        Of("length", [128, 256, 512, 1024, 2048, 4096], value => (Middle, VocabularySize, value)),
        Of("vocabulary", [512, 2048, 8192, 32_768, 131_072], value => (Middle, value, Length)),
    ];

    /// <summary>Tokens of each step.</summary>
    public static int TokensOfStep => Tokens;

    private static GrowthAxis Of(string name, int[] values, Func<int, (ModelSettings Settings, int Vocabulary, int Length)> grown) => new(
        name,
        [
            .. values.Select(value =>
            {
                var (settings, vocabulary, length) = grown(value);
                var shape = new ModelShape($"{name}-{value}", $"{name} {value}", settings, vocabulary);
                return (value, new BenchCase.Training(shape, Tokens / length, length));
            }),
        ]);
}
