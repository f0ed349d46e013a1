using RlCore.Engines;
using System.Diagnostics.CodeAnalysis;

namespace RlCore.Trainers.Export;

/// <summary>How a GGUF file stores the elements of a tensor. Values are those of the format.</summary>
internal enum GgufType
{
    /// <summary>32-bit floating point.</summary>
    F32 = 0,

    /// <summary>16-bit floating point.</summary>
    F16 = 1,

    /// <summary>Blocks of 32 numbers: a 16-bit scale and 32 signed bytes.</summary>
    Q80 = 8,

    /// <summary>Brain floating point.</summary>
    BF16 = 30,
}

/// <summary>How numbers are stored: in blocks, of one number where the type has none.</summary>
/// <param name="Name">The name of the type.</param>
/// <param name="Numbers">Numbers in a block.</param>
/// <param name="Bytes">Bytes of a block.</param>
internal sealed record GgufBlock(string Name, int Numbers, int Bytes)
{
    /// <summary>Bytes of numbers.</summary>
    /// <param name="numbers">Whole blocks of them.</param>
    public long BytesOf(long numbers) => numbers / Numbers * Bytes;
}

/// <summary>Names and sizes of the types of a GGUF file.</summary>
internal static class GgufTypes
{
    /// <summary>Numbers in a block of <see cref="GgufType.Q80"/>.</summary>
    public const int BlockNumbers = QuantizedBlock.Length;

    // Numbers in a block of most of the narrower types.
    private const int Long = 256;

    private static readonly (GgufType Type, uint FileType)[] Written =
        [(GgufType.F32, 0), (GgufType.F16, 1), (GgufType.BF16, 32), (GgufType.Q80, 7)];

    // Those that are missing were given up by the format. Source: ggml, ggml.h and ggml-common.h.
    private static readonly Dictionary<uint, GgufBlock> Known = new()
    {
        [(uint)GgufType.F32] = new("F32", 1, 4),
        [(uint)GgufType.F16] = new("F16", 1, 2),
        [2] = new("Q4_0", 32, 18),
        [3] = new("Q4_1", 32, 20),
        [6] = new("Q5_0", 32, 22),
        [7] = new("Q5_1", 32, 24),
        [(uint)GgufType.Q80] = new("Q8_0", BlockNumbers, sizeof(ushort) + BlockNumbers),
        [9] = new("Q8_1", 32, 36),
        [10] = new("Q2_K", Long, 84),
        [11] = new("Q3_K", Long, 110),
        [12] = new("Q4_K", Long, 144),
        [13] = new("Q5_K", Long, 176),
        [14] = new("Q6_K", Long, 210),
        [15] = new("Q8_K", Long, 292),
        [16] = new("IQ2_XXS", Long, 66),
        [17] = new("IQ2_XS", Long, 74),
        [18] = new("IQ3_XXS", Long, 98),
        [19] = new("IQ1_S", Long, 50),
        [20] = new("IQ4_NL", 32, 18),
        [21] = new("IQ3_S", Long, 110),
        [22] = new("IQ2_S", Long, 82),
        [23] = new("IQ4_XS", Long, 136),
        [24] = new("I8", 1, 1),
        [25] = new("I16", 1, 2),
        [26] = new("I32", 1, 4),
        [27] = new("I64", 1, 8),
        [28] = new("F64", 1, 8),
        [29] = new("IQ1_M", Long, 56),
        [(uint)GgufType.BF16] = new("BF16", 1, 2),
        [34] = new("TQ1_0", Long, 54),
        [35] = new("TQ2_0", Long, 66),
        [39] = new("MXFP4", 32, 17),
    };

    /// <summary>Names of the types that are written, as the command line takes them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Written.Select(written => NameOf(written.Type))];

    /// <summary>The highest number of a type.</summary>
    public static uint Last => Known.Keys.Max();

    /// <summary>Finds a type that is written by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    public static bool TryFind(string name, [NotNullWhen(true)] out GgufType? type)
    {
        int index = Array.FindIndex(Written, written => NameOf(written.Type) == name);
        type = index >= 0 ? Written[index].Type : null;
        return index >= 0;
    }

    /// <summary>Finds how numbers of a type are stored.</summary>
    /// <param name="type">The format's number of the type.</param>
    /// <param name="block">How they are stored.</param>
    public static bool TryFind(uint type, [NotNullWhen(true)] out GgufBlock? block) => Known.TryGetValue(type, out block);

    /// <summary>What the metadata of a file calls it whose matrices have the type (<c>general.file_type</c>).</summary>
    /// <param name="type">The type.</param>
    public static uint FileTypeOf(this GgufType type) => Array.Find(Written, written => written.Type == type).FileType;

    /// <summary>Bytes of numbers.</summary>
    /// <param name="type">The type.</param>
    /// <param name="numbers">How many; whole blocks for a type that has blocks.</param>
    public static long BytesOf(this GgufType type, long numbers) => Known[(uint)type].BytesOf(numbers);

    [SuppressMessage("Globalization", "CA1308", Justification = "The names of types are written in lower case by llama.cpp's tools.")]
    private static string NameOf(GgufType type) => Known[(uint)type].Name.ToLowerInvariant();
}
