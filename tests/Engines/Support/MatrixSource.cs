namespace RlCore.Engines.Tests;

/// <summary>A matrix as a source of weights; one of bfloat16 gives the upper half of each value.</summary>
public sealed class MatrixSource(Matrix matrix, WeightType type) : WeightSource(matrix.Rows, matrix.Columns, type)
{
    private readonly float[] _values = matrix.Floats;

    /// <summary>Elements that have been read so far, which are the first ones.</summary>
    public long Done { get; private set; }

    /// <summary>The values that are left of a matrix in bfloat16.</summary>
    public static Matrix Halved(Matrix matrix) => matrix.Map(value => BitConverter.UInt32BitsToSingle(UpperHalf((float)value) << 16));

    public override void Read(long first, Span<float> destination) =>
        Part(first, destination.Length).CopyTo(destination);

    public override void ReadBFloat16(long first, Span<ushort> destination)
    {
        Assert.Equal(WeightType.BF16, Type);
        var part = Part(first, destination.Length);
        for (int i = 0; i < part.Length; i++)
        {
            destination[i] = (ushort)UpperHalf(part[i]);
        }
    }

    private static uint UpperHalf(float value) => BitConverter.SingleToUInt32Bits(value) >> 16;

    private ReadOnlySpan<float> Part(long first, int count)
    {
        Assert.Equal(Done, first);
        Assert.InRange(count, 1, LargestPiece);
        Done += count;
        return _values.AsSpan((int)first, count);
    }
}
