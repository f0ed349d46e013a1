using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests.Managed;

/// <summary>The bits of a row of a product: whatever its company, whoever computes it, however wide the registers.</summary>
public sealed unsafe class RowBitsLaws
{
    private const int Most = ThinProducts.MostRows;

    [Theory]
    [InlineData("Vector512", "F32")]
    [InlineData("Vector512", "BF16")]
    [InlineData("Vector512", "Q80")]
    [InlineData("Vector256", "F32")]
    [InlineData("Vector256", "BF16")]
    [InlineData("Vector256", "Q80")]
    [InlineData("Vector128", "F32")]
    [InlineData("Vector128", "BF16")]
    [InlineData("Vector128", "Q80")]
    public void A_row_has_the_same_bits_alone_and_among_any_number_of_rows(string path, string type)
    {
        using var engine = NewEngine(path, type);
        int[] counts = [1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, Most, Most + 1, 200];
        Laws.Hold(12, [2 * Gemm.DepthBlock, 60], (random, size) => Agree(engine, random, size[0], size[1] + 1, counts));
        Agree(engine, new Random(1), 3 * Gemm.DepthBlock, 333, counts);
        Agree(engine, new Random(2), Gemm.DepthBlock + 32, 48, counts);
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("BF16")]
    [InlineData("Q80")]
    public void Registers_of_any_width_give_the_same_bits(string type)
    {
        ManagedEngine[] engines = [.. Enum.GetNames<MatrixPath>().Select(path => NewEngine(path, type))];
        Laws.Hold(12, [2 * Gemm.DepthBlock, 60, Most + 20], (random, size) =>
        {
            var (depth, columns, rows) = (Depth(size[0], type), size[1] + 1, size[2] + 1);
            float[] values = Matrix.Random(random, rows, depth).Floats;
            Matrix numbers = Matrix.Random(random, columns, depth), offsets = Matrix.Random(random, 1, columns);
            float[][] found = [.. engines.Select(engine => Product(engine, values, numbers, offsets))];
            Assert.Equal(found[0], found[1]);
            Assert.Equal(found[0], found[2]);
        });
        Array.ForEach(engines, engine => engine.Dispose());
    }

    private static ManagedEngine NewEngine(string path, string type) => new(new ManagedEngineOptions
    {
        MatrixPath = Enum.Parse<MatrixPath>(path),
        FrozenWeights = Enum.Parse<WeightType>(type),
        Threads = 3,
    });

    private static void Agree(ManagedEngine engine, Random random, int depthAtMost, int columns, int[] counts)
    {
        int depth = Depth(depthAtMost, engine.Memory.FrozenWeights!.Value.ToString());
        float[] values = Matrix.Random(random, counts[^1], depth).Floats;
        Matrix numbers = Matrix.Random(random, columns, depth), offsets = Matrix.Random(random, 1, columns);
        float[] all = Product(engine, values, numbers, offsets);
        foreach (int rows in counts)
        {
            float[] some = Product(engine, values[..(rows * depth)], numbers, offsets);
            Assert.Equal(all[..(rows * columns)], some[..(rows * columns)]);
            Assert.Equal(all[(counts[^1] * columns)..][..(rows * columns)], some[(rows * columns)..]);
        }
    }

    // Without a bias, then with one.
    private static float[] Product(ManagedEngine engine, float[] values, Matrix numbers, Matrix offsets)
    {
        using var scope = engine.Scope();
        using var silent = engine.NoGradient();
        var input = engine.Constant(values.Length / numbers.Columns, numbers.Columns, values);
        var weight = engine.Frozen(new MatrixSource(numbers, WeightType.F32));
        var bias = engine.Constant(1, offsets.Columns, offsets.Floats);
        return [.. Floats(ManagedTensor.Linear(input, weight)), .. Floats(ManagedTensor.Linear(input, weight, bias))];
    }

    private static float[] Floats(ManagedTensor x) => new ReadOnlySpan<float>(x.Node.Data, x.Node.Length).ToArray();

    // Quantized rows are whole blocks.
    private static int Depth(int atMost, string type) => type == "Q80" ? (atMost / 32 * 32) + 32 : atMost + 1;
}
