using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RlCore.Trainers.Files;

/// <summary>
/// Conversions between 32-bit numbers and the types that files store. To fewer bits they round to the nearest, ties to even; a NaN stays
/// one.
/// </summary>
internal static class NumberConversion
{
    private const ushort QuietNaN = 0x0040;

    /// <summary>Converts elements as a file stores them, little-endian, to 32-bit numbers.</summary>
    /// <param name="bytes">The elements.</param>
    /// <param name="type">Their type: F32, F16 or BF16.</param>
    /// <param name="numbers">As many numbers.</param>
    /// <exception cref="NotSupportedException">Weights cannot have the type.</exception>
    public static void ToFloats(ReadOnlySpan<byte> bytes, NumberType type, Span<float> numbers)
    {
        RequireLittleEndian();
        switch (type)
        {
            case NumberType.F32:
                bytes.CopyTo(MemoryMarshal.AsBytes(numbers));
                break;
            case NumberType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), numbers);
                break;
            case NumberType.BF16:
                Widen(MemoryMarshal.Cast<byte, ushort>(bytes), numbers);
                break;
            default:
                throw Refuse(type);
        }
    }

    /// <summary>Converts 32-bit numbers to elements as a file stores them, little-endian.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="type">Type of the elements: F32, F16 or BF16.</param>
    /// <param name="bytes">Room for as many elements.</param>
    /// <exception cref="NotSupportedException">Weights cannot have the type.</exception>
    public static void FromFloats(ReadOnlySpan<float> numbers, NumberType type, Span<byte> bytes)
    {
        RequireLittleEndian();
        switch (type)
        {
            case NumberType.F32:
                MemoryMarshal.AsBytes(numbers).CopyTo(bytes);
                break;
            case NumberType.F16:
                TensorPrimitives.ConvertToHalf(numbers, MemoryMarshal.Cast<byte, Half>(bytes));
                break;
            case NumberType.BF16:
                Narrow(numbers, MemoryMarshal.Cast<byte, ushort>(bytes));
                break;
            default:
                throw Refuse(type);
        }
    }

    private static void Widen(ReadOnlySpan<ushort> halves, Span<float> numbers)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(numbers);
        int i = 0;
        for (; i + Vector256<ushort>.Count <= halves.Length; i += Vector256<ushort>.Count)
        {
            (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(Vector256.Create(halves[i..]));
            Vector256.ShiftLeft(lower, 16).CopyTo(bits[i..]);
            Vector256.ShiftLeft(upper, 16).CopyTo(bits[(i + Vector256<uint>.Count)..]);
        }

        for (; i < halves.Length; i++)
        {
            bits[i] = (uint)halves[i] << 16;
        }
    }

    private static void Narrow(ReadOnlySpan<float> numbers, Span<ushort> halves)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(numbers[i]);
            uint rounded = bits + 0x7FFF + ((bits >> 16) & 1);
            halves[i] = float.IsNaN(numbers[i]) ? (ushort)((bits >> 16) | QuietNaN) : (ushort)(rounded >> 16);
        }
    }

    // Files are little-endian, and so is every machine that .NET's SIMD runs on.
    private static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Model files are read and written on little-endian machines alone.");
        }
    }

    private static NotSupportedException Refuse(NumberType type) =>
        new($"Weights of the type {type.NameOf()} are not supported; F32, F16 and BF16 are.");
}
