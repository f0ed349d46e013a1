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

/// <summary>Names and sizes of the types of a GGUF file.</summary>
internal static class GgufTypes
{
    /// <summary>Numbers in a block of <see cref="GgufType.Q80"/>.</summary>
    public const int BlockNumbers = 32;

    private const int BlockBytes = 2 + BlockNumbers;

    private static readonly (string Name, GgufType Type, uint FileType)[] All =
        [("f32", GgufType.F32, 0), ("f16", GgufType.F16, 1), ("bf16", GgufType.BF16, 32), ("q8_0", GgufType.Q80, 7)];

    /// <summary>Names as the command line takes them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(entry => entry.Name)];

    /// <summary>Finds a type by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    public static bool TryFind(string name, [NotNullWhen(true)] out GgufType? type)
    {
        int index = Array.FindIndex(All, entry => entry.Name == name);
        type = index >= 0 ? All[index].Type : null;
        return index >= 0;
    }

    /// <summary>What the metadata of a file calls it whose matrices have the type (<c>general.file_type</c>).</summary>
    /// <param name="type">The type.</param>
    public static uint FileTypeOf(this GgufType type) => Array.Find(All, entry => entry.Type == type).FileType;

    /// <summary>Bytes of a row of numbers.</summary>
    /// <param name="type">The type.</param>
    /// <param name="numbers">Numbers in the row; whole blocks for a type that has blocks.</param>
    public static long BytesOf(this GgufType type, long numbers) => type switch
    {
        GgufType.F32 => numbers * sizeof(float),
        GgufType.Q80 => numbers / BlockNumbers * BlockBytes,
        _ => numbers * sizeof(ushort),
    };
}
