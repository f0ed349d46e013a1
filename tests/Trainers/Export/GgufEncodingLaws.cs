using FsCheck.Fluent;
using RlCore.Trainers.Export;

namespace RlCore.Trainers.Tests.Export;

/// <summary>Numbers in blocks of 8 bits, as ggml quantizes them.</summary>
public class GgufEncodingLaws
{
    [Fact]
    public void Halves_are_rounded_away_from_zero()
    {
        // The largest is 127, so that the scale is 1.
        float[] block = [127, 0.5f, 1.5f, 2.5f, -0.5f, -2.5f, 126.5f, -126.5f, 0.49f, .. new float[23]];
        byte[] bytes = Encode(block);
        Assert.Equal((Half)1, BitConverter.ToHalf(bytes));
        Assert.Equal([127, 1, 2, 3, -1, -3, 127, -127, 0], bytes[2..11].Select(value => (sbyte)value));
    }

    [Fact]
    public void A_number_is_off_by_half_a_step_at_most_and_by_the_rounding_of_the_scale() =>
        Laws.Hold(
            from magnitude in Gen.Choose(-10, 10)
            from values in Gen.ArrayOf(Gen.Choose(-1000, 1000), 64)
            select (magnitude, values),
            scenario =>
            {
                float[] numbers = [.. scenario.values.Select(value => value * MathF.Pow(2, scenario.magnitude) / 1000)];
                byte[] bytes = Encode(numbers);
                return Enumerable.Range(0, numbers.Length).All(i =>
                {
                    int block = i / 32;
                    float largest = numbers[(32 * block)..(32 * (block + 1))].Max(MathF.Abs);
                    float scale = (float)BitConverter.ToHalf(bytes, 34 * block);
                    float read = scale * (sbyte)bytes[(34 * block) + 2 + (i % 32)];
                    return Math.Abs(read - numbers[i]) <= (0.5 * largest / 127) + (largest / 2048) + (127 * Math.Pow(2, -25));
                });
            });

    [Fact]
    public void A_block_of_zeros_is_one() => Assert.Equal(new byte[34], Encode(new float[32]));

    private static byte[] Encode(float[] numbers)
    {
        var bytes = new byte[numbers.Length / 32 * 34];
        GgufEncoding.Encode(numbers, GgufType.Q80, bytes);
        return bytes;
    }
}
