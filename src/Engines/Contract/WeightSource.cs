namespace RlCore.Engines;

/// <summary>How the elements of a weight are stored. Arithmetic is in float32 with each.</summary>
public enum WeightType
{
    /// <summary>IEEE 754 binary32, 4 bytes an element.</summary>
    F32,

    /// <summary>bfloat16, 2 bytes an element: the upper half of a binary32.</summary>
    BF16,

    /// <summary>
    /// Blocks of 32 numbers of a row: 8-bit integers and a scale of 16 significant bits or fewer, as GGUF's Q8_0
    /// (<see cref="QuantizedBlock"/>). A row that is not of whole blocks is stored as float32.
    /// </summary>
    Q80,
}

/// <summary>Names of <see cref="WeightType"/>.</summary>
public static class WeightTypes
{
    /// <summary>The types by their names in options: "f32", "bf16", "q8_0".</summary>
    public static IReadOnlyDictionary<string, WeightType> ByName { get; } = new Dictionary<string, WeightType>
    {
        ["f32"] = WeightType.F32,
        ["bf16"] = WeightType.BF16,
        ["q8_0"] = WeightType.Q80,
    };

    /// <summary>The name of a type.</summary>
    /// <param name="type">The type.</param>
    public static string NameOf(WeightType type) => ByName.First(known => known.Value == type).Key;
}

/// <summary>
/// A matrix of weights that an engine copies piece by piece, for example from a memory-mapped file, so that it never exists twice.
/// </summary>
public abstract class WeightSource
{
    /// <summary>Most elements that an engine asks for at a time: 2²⁰.</summary>
    public const int LargestPiece = 1 << 20;

    /// <summary>A source of a matrix.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="type">How the elements are stored.</param>
    protected WeightSource(int rows, int columns, WeightType type)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        (Rows, Columns, Type) = (rows, columns, type);
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>Rows · Columns.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>How the elements are stored.</summary>
    public WeightType Type { get; }

    /// <summary>Copies elements as float32, whatever the type is.</summary>
    /// <param name="first">Index of the first element, row-major.</param>
    /// <param name="destination">Receives that element and those that follow, at most <see cref="LargestPiece"/>.</param>
    public abstract void Read(long first, Span<float> destination);

    /// <summary>Copies the bits of bfloat16 elements. An engine calls it only where <see cref="Type"/> is bfloat16.</summary>
    /// <param name="first">Index of the first element, row-major.</param>
    /// <param name="destination">Receives that element and those that follow, at most <see cref="LargestPiece"/>.</param>
    /// <exception cref="NotSupportedException">The elements are not bfloat16.</exception>
    public virtual void ReadBFloat16(long first, Span<ushort> destination) =>
        throw new NotSupportedException($"The elements of this weight are {Type}.");
}
