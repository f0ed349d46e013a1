using System.Buffers.Binary;
using System.Numerics.Tensors;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Export;

/// <summary>Converts numbers to the bytes of a GGUF file.</summary>
internal static class GgufEncoding
{
    private const int MostQuantized = 127;

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
        GgufType.Q80 => (float)Half.MaxValue * MostQuantized,
        _ => float.MaxValue,
    };

    // scale = max|x| / 127; each number is round(x / scale), half away from zero, with the scale before it is rounded to 16 bits.
    // Source: ggml, quantize_row_q8_0_ref.
    private static void EncodeBlocks(ReadOnlySpan<float> numbers, Span<byte> bytes)
    {
        for (; numbers.Length > 0; numbers = numbers[GgufTypes.BlockNumbers..])
        {
            ReadOnlySpan<float> block = numbers[..GgufTypes.BlockNumbers];
            float scale = MathF.Abs(TensorPrimitives.MaxMagnitude(block)) / MostQuantized;
            float inverse = scale > 0 ? 1 / scale : 0;
            BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)scale);
            for (int i = 0; i < block.Length; i++)
            {
                bytes[sizeof(ushort) + i] = (byte)(sbyte)MathF.Round(block[i] * inverse, MidpointRounding.AwayFromZero);
            }

            bytes = bytes[(sizeof(ushort) + block.Length)..];
        }
    }
}
