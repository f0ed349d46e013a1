namespace RlCore.Trainers.Files;

/// <summary>How a file stores the elements of a tensor. Models are read from and written to the first three.</summary>
public enum NumberType
{
    /// <summary>32-bit floating point.</summary>
    F32,

    /// <summary>16-bit floating point, 5 bits of exponent.</summary>
    F16,

    /// <summary>Brain floating point: the upper half of a 32-bit number.</summary>
    BF16,

    /// <summary>64-bit floating point.</summary>
    F64,

    /// <summary>8-bit floating point, 4 bits of exponent.</summary>
    F8E4M3,

    /// <summary>8-bit floating point, 5 bits of exponent.</summary>
    F8E5M2,

    /// <summary>64-bit integers.</summary>
    I64,

    /// <summary>32-bit integers.</summary>
    I32,

    /// <summary>16-bit integers.</summary>
    I16,

    /// <summary>8-bit integers.</summary>
    I8,

    /// <summary>64-bit integers from 0 on.</summary>
    U64,

    /// <summary>32-bit integers from 0 on.</summary>
    U32,

    /// <summary>16-bit integers from 0 on.</summary>
    U16,

    /// <summary>8-bit integers from 0 on.</summary>
    U8,

    /// <summary>Truth values, a byte each.</summary>
    Bool,
}

/// <summary>Names and sizes of number types.</summary>
internal static class NumberTypes
{
    private static readonly Dictionary<string, NumberType> ByName = Enum.GetValues<NumberType>()
        .ToDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>Bytes of an element.</summary>
    /// <param name="type">The type.</param>
    public static int SizeOf(this NumberType type) => type switch
    {
        NumberType.F64 or NumberType.I64 or NumberType.U64 => 8,
        NumberType.F32 or NumberType.I32 or NumberType.U32 => 4,
        NumberType.F16 or NumberType.BF16 or NumberType.I16 or NumberType.U16 => 2,
        _ => 1,
    };

    /// <summary>Whether weights may have the type.</summary>
    /// <param name="type">The type.</param>
    public static bool HoldsWeights(this NumberType type) => type is NumberType.F32 or NumberType.F16 or NumberType.BF16;

    /// <summary>The name in a safetensors header.</summary>
    /// <param name="type">The type.</param>
    public static string NameOf(this NumberType type) => type switch
    {
        NumberType.F8E4M3 => "F8_E4M3",
        NumberType.F8E5M2 => "F8_E5M2",
        NumberType.Bool => "BOOL",
        _ => type.ToString(),
    };

    /// <summary>Finds a type by its name in a safetensors header.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    public static bool TryFind(string name, out NumberType type) => ByName.TryGetValue(name, out type);
}
