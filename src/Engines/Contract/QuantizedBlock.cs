using System.Numerics.Tensors;

namespace RlCore.Engines;

/// <summary>
/// A block of numbers as 8-bit integers times a scale: d = max|x| / 127 and q = round(x / d), half away from zero, where d is rounded to
/// binary16 only afterwards. q·d is exact in float32. Source: ggml, quantize_row_q8_0_ref.
/// </summary>
public static class QuantizedBlock
{
    /// <summary>Numbers in a block.</summary>
    public const int Length = 32;

    private const int Largest = 127;

    /// <summary>The largest magnitude whose scale is finite.</summary>
    public static float LargestNumber => (float)Half.MaxValue * Largest;

    /// <summary>Quantizes a block.</summary>
    /// <param name="numbers">The numbers, finite, at most <see cref="LargestNumber"/> in magnitude.</param>
    /// <param name="quantized">Receives as many integers, −127 … 127.</param>
    /// <returns>The scale.</returns>
    public static Half Quantize(ReadOnlySpan<float> numbers, Span<sbyte> quantized)
    {
        float scale = MathF.Abs(TensorPrimitives.MaxMagnitude(numbers)) / Largest;
        float inverse = scale > 0 ? 1 / scale : 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            quantized[i] = (sbyte)MathF.Round(numbers[i] * inverse, MidpointRounding.AwayFromZero);
        }

        return (Half)scale;
    }
}
