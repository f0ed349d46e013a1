using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests.Managed;

/// <summary>Frozen weights as 8-bit integers with a scale for each block: the bits of the same numbers in float32.</summary>
public abstract class QuantizedLaws : FrozenLaws<ManagedTensor>
{
    private const int Block = 32;

    /// <inheritdoc/>
    protected override WeightType Stored => WeightType.Q80;

    /// <inheritdoc/>
    protected override Matrix Representable(Matrix matrix) => Quantized(matrix);

    /// <inheritdoc/>
    protected override int Storable(int columns) => (columns + Block - 1) / Block * Block;

    [Fact]
    public void Numbers_are_rounded_to_the_steps_of_their_block() => Laws.Hold(60, [20, 5, 40], (random, size) =>
    {
        // Blocks of very different sizes, one of zeros alone.
        Matrix values = Matrix.Of(size[0] + 1, size[1] * Block, (_, column) =>
            column / Block == 1 ? 0 : (random.NextDouble() - 0.5) * Math.Pow(10, (column / Block) - (size[2] / 10)));
        var frozen = Engine.Frozen(new MatrixSource(values, WeightType.F32));
        Assert.Equal(values.Floats.Select(number => (double)number), Read(frozen).Values);
        using var narrow = new ManagedEngine(new ManagedEngineOptions { FrozenWeights = WeightType.Q80 });
        var stored = new float[values.Values.Length];
        narrow.Read(narrow.Frozen(new MatrixSource(values, WeightType.F32)), stored);
        Assert.Equal(Quantized(values).Values, stored.Select(number => (double)number));
    });

    [Fact]
    public void A_weight_takes_nine_bits_a_number_and_comes_in_pieces()
    {
        const int Rows = 3000, Columns = 1024;
        using var engine = new ManagedEngine(new ManagedEngineOptions { FrozenWeights = WeightType.Q80 });
        long before = engine.Arena.Bytes;
        Matrix values = Matrix.Random(new Random(3), Rows, Columns);
        var weight = engine.Frozen(new MatrixSource(values, WeightType.F32));
        Assert.InRange(engine.Arena.Bytes - before, Rows * Columns * 9L / 8, (Rows * Columns * 9L / 8) + 200);
        var stored = new float[Rows * Columns];
        engine.Read(weight, stored);
        Assert.Equal(Quantized(values).Values, stored.Select(number => (double)number));
    }

    [Fact]
    public void Rows_that_are_no_whole_blocks_and_vectors_stay_in_float32()
    {
        using var engine = new ManagedEngine(new ManagedEngineOptions { FrozenWeights = WeightType.Q80 });
        foreach (Matrix values in new[] { Matrix.Random(new Random(4), 3, 33), Matrix.Random(new Random(5), 1, 64) })
        {
            var weight = engine.Frozen(new MatrixSource(values, WeightType.F32));
            Assert.Equal(WeightType.F32, weight.Weight.Type);
            Assert.Equal(values.Floats, Floats(engine, weight));
        }
    }

    [Fact]
    public void A_weight_stored_as_bfloat16_is_rounded_to_the_nearest_and_one_stored_as_float32_is_exact()
    {
        Matrix values = Matrix.Random(new Random(6), 7, 40);
        using (var engine = new ManagedEngine(new ManagedEngineOptions { FrozenWeights = WeightType.BF16 }))
        {
            float[] found = Floats(engine, engine.Frozen(new MatrixSource(values, WeightType.F32)));
            foreach (var (number, rounded) in values.Floats.Zip(found))
            {
                float below = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(number) & 0xFFFF0000);
                float beyond = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(below) + 0x10000);
                Assert.Equal(Math.Abs(number - below) < Math.Abs(number - beyond) ? below : beyond, rounded);
            }

            // Half-way between two, the even one: 1 + 2^-8 and 1 + 3·2^-8.
            Matrix ties = new(2, 1, [1 + (1 / 256.0), 1 + (3 / 256.0)]);
            Assert.Equal([1f, 1.015625f], Floats(engine, engine.Frozen(new MatrixSource(ties, WeightType.F32))));
        }

        using var wide = new ManagedEngine(new ManagedEngineOptions { FrozenWeights = WeightType.F32 });
        var weight = wide.Frozen(new MatrixSource(MatrixSource.Halved(values), WeightType.BF16));
        Assert.Equal(WeightType.F32, weight.Weight.Type);
        Assert.Equal(MatrixSource.Halved(values).Floats, Floats(wide, weight));
    }

    [Fact]
    public void A_number_that_is_too_large_is_refused()
    {
        using var engine = new ManagedEngine(new ManagedEngineOptions { FrozenWeights = WeightType.Q80 });
        Matrix values = Matrix.Of(2, Block, (row, column) => row == 1 && column == 3 ? -8.4e6 : 1);
        Assert.Contains(
            "Q8_0",
            Assert.Throws<ArgumentException>(() => engine.Frozen(new MatrixSource(values, WeightType.F32))).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, engine.Arena.Live);
    }

    private static float[] Floats(ManagedEngine engine, ManagedTensor weight)
    {
        var values = new float[weight.Rows * weight.Columns];
        engine.Read(weight, values);
        return values;
    }

    // d = max|x| / 127; q = round(x / d), half away from zero; then d is rounded to binary16.
    private static Matrix Quantized(Matrix matrix)
    {
        float[] numbers = matrix.Floats;
        for (int first = 0; first < numbers.Length; first += Block)
        {
            float scale = numbers.Skip(first).Take(Block).Max(Math.Abs) / 127;
            for (int i = first; i < first + Block; i++)
            {
                double steps = scale == 0 ? 0 : Math.Round(numbers[i] * (1 / scale), MidpointRounding.AwayFromZero);
                numbers[i] = (float)(steps * (double)(Half)scale);
            }
        }

        return new Matrix(matrix.Rows, matrix.Columns, [.. numbers.Select(number => (double)number)]);
    }
}

public sealed class ManagedQuantized : QuantizedLaws
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedQuantized256 : QuantizedLaws
{
    protected override IEngine<ManagedTensor> CreateEngine() =>
        new ManagedEngine(new ManagedEngineOptions { MatrixPath = MatrixPath.Vector256 });
}

public sealed class ManagedQuantized128 : QuantizedLaws
{
    protected override IEngine<ManagedTensor> CreateEngine() =>
        new ManagedEngine(new ManagedEngineOptions { MatrixPath = MatrixPath.Vector128 });
}
