using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RlCore.Engines.Managed;

/// <summary>
/// An 8-bit integer of a <see cref="QuantizedBlock"/>. Before the integers of a row lie the scales of its blocks, in float32, the last
/// block's first: a line and an index find both.
/// </summary>
internal readonly unsafe struct Quantized8(sbyte value) : IElement<Quantized8>
{
    private readonly sbyte _value = value;

    /// <summary>Bytes from row to row of a matrix.</summary>
    /// <param name="columns">Its columns, whole blocks.</param>
    public static int Pitch(int columns) => columns + Lead(columns);

    /// <summary>Bytes of a row before its first integer.</summary>
    /// <param name="columns">Columns, whole blocks.</param>
    public static int Lead(int columns) => columns / QuantizedBlock.Length * sizeof(float);

    /// <summary>Whether rows of so many numbers are whole blocks.</summary>
    /// <param name="columns">The number.</param>
    public static bool Fits(int columns) => columns % QuantizedBlock.Length == 0;

    /// <summary>Stores a part of a row.</summary>
    /// <param name="numbers">Whole blocks.</param>
    /// <param name="line">The row's first integer.</param>
    /// <param name="column">Where the part begins, at a block.</param>
    /// <exception cref="ArgumentException">A number is too large.</exception>
    public static void Store(ReadOnlySpan<float> numbers, Quantized8* line, int column)
    {
        for (; numbers.Length > 0; numbers = numbers[QuantizedBlock.Length..], column += QuantizedBlock.Length)
        {
            var target = new Span<sbyte>((sbyte*)line + column, QuantizedBlock.Length);
            float scale = (float)QuantizedBlock.Quantize(numbers[..QuantizedBlock.Length], target);
            *ScaleOf(line, column) = float.IsFinite(scale)
                ? scale
                : throw new ArgumentException($"A weight is larger than {QuantizedBlock.LargestNumber}, the most that Q8_0 can store.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadRegister(Quantized8* line, int first) =>
        Widened((sbyte*)line + first) * Vector512.Create(*ScaleOf(line, first));

    public static void Copy(Quantized8* line, int first, float* destination, int count)
    {
        int last = first + count;
        while (first < last)
        {
            int end = Math.Min(last, (first | (QuantizedBlock.Length - 1)) + 1);
            float scale = *ScaleOf(line, first);
            for (; first + Simd.Width <= end; first += Simd.Width, destination += Simd.Width)
            {
                (Widened((sbyte*)line + first) * Vector512.Create(scale)).Store(destination);
            }

            for (; first < end; first++)
            {
                *destination++ = line[first]._value * scale;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* ScaleOf(Quantized8* line, int index) => (float*)line - 1 - (index / QuantizedBlock.Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widened(sbyte* source)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(source)));
        }

        if (Avx2.IsSupported)
        {
            return Vector512.Create(
                Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source)),
                Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source + 8)));
        }

        var (low, high) = Vector128.Widen(Vector128.Load(source));
        return Vector512.ConvertToSingle(Vector512.Create(
            Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)),
            Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high))));
    }
}
