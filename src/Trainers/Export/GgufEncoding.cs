using System.Buffers.Binary;
using System.Runtime.InteropServices;
using RlCore.Engines;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Export;

/// <summary>Converts numbers to the bytes of a GGUF file.</summary>
internal static class GgufEncoding
{
    /// <summary>Converts numbers.</summary>
    /// <param name="numbers">The numbers; whole blocks for a type that has blocks.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="bytes">Room for them.</param>
    public static void Encode(ReadOnlySpan<float> numbers, GgufType type, Span<byte> bytes)
    {
        if (type == GgufType.Q80)
        {
            EncodeBlocks(numbers, bytes);
        }
        else
        {
            NumberType stored = type switch
            {
                GgufType.F16 => NumberType.F16,
                GgufType.BF16 => NumberType.BF16,
                _ => NumberType.F32,
            };
            NumberConversion.FromFloats(numbers, stored, bytes);
        }
    }

    /// <summary>The largest magnitude that a type represents as a finite number.</summary>
    /// <param name="type">The type.</param>
    public static float LargestOf(GgufType type) => type switch
    {
        GgufType.F16 => (float)Half.MaxValue,
        GgufType.Q80 => QuantizedBlock.LargestNumber,
        _ => float.MaxValue,
    };

    // Of each block the scale, then the integers.
    private static void EncodeBlocks(ReadOnlySpan<float> numbers, Span<byte> bytes)
    {
        for (; numbers.Length > 0; numbers = numbers[QuantizedBlock.Length..])
        {
            Span<byte> quantized = bytes.Slice(sizeof(ushort), QuantizedBlock.Length);
            Half scale = QuantizedBlock.Quantize(numbers[..QuantizedBlock.Length], MemoryMarshal.Cast<byte, sbyte>(quantized));
            BinaryPrimitives.WriteHalfLittleEndian(bytes, scale);
            bytes = bytes[(sizeof(ushort) + QuantizedBlock.Length)..];
        }
    }
}
