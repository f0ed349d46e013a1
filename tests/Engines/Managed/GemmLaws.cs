using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests.Managed;

/// <summary>The matrix product on each path, against the definition in double.</summary>
public sealed unsafe class GemmLaws
{
    private static readonly int[] Threads = [1, 2, 3, 7];

    [Theory]
    [InlineData("Vector512")]
    [InlineData("Vector256")]
    [InlineData("Vector128")]
    public void Every_path_is_the_sum_of_products(string path)
    {
        using var engine = new ManagedEngine(new ManagedEngineOptions { MatrixPath = Enum.Parse<MatrixPath>(path) });
        Laws.Hold(60, [70, 70, 70], (random, size) => Holds(engine, random, size[0], size[1], size[2]));
        Holds(engine, new Random(1), 500, 300, 70);
        Holds(engine, new Random(2), 13, 600, 1100);
        Holds(engine, new Random(3), 5, 530, 1030);
    }

    [Theory]
    [InlineData("Vector512")]
    [InlineData("Vector256")]
    [InlineData("Vector128")]
    public void A_product_has_the_same_bits_on_any_number_of_threads(string path)
    {
        ManagedEngine[] engines =
        [
            .. Threads.Select(
                threads => new ManagedEngine(new ManagedEngineOptions { MatrixPath = Enum.Parse<MatrixPath>(path), Threads = threads })),
        ];
        Laws.Hold(15, [500, 90, 150], (random, size) => Agree(engines, random, 90 + size[0], size[1], size[2]));
        Agree(engines, new Random(1), 300, 700, 1100);
        Agree(engines, new Random(2), 1201, 300, 33);
        Agree(engines, new Random(3), 97, 257, 2100);
        Array.ForEach(engines, engine => engine.Dispose());
    }

    private static void Agree(ManagedEngine[] engines, Random random, int rows, int depth, int columns)
    {
        float[] left = Matrix.Random(random, rows, depth).Floats, right = Matrix.Random(random, depth, columns).Floats;
        float[] start = Matrix.Random(random, rows, columns).Floats, bias = Matrix.Random(random, 1, columns).Floats;
        float[][] found = [.. engines.Select(engine =>
        {
            using var scope = engine.Scope();
            var (a, b, offset) =
                (engine.Constant(rows, depth, left), engine.Constant(depth, columns, right), engine.Constant(1, columns, bias));
            var (sum, biased) = (engine.Constant(rows, columns, start).Node, engine.Constant(rows, columns, start).Node);
            MatrixView x = MatrixView.Of(a.Node), y = MatrixView.Of(b.Node);
            Gemm.Multiply(engine, x, y, sum.Data, columns, true, null);
            Gemm.Multiply(engine, x, y, biased.Data, columns, false, offset.Node.Data);
            return (float[])[.. new ReadOnlySpan<float>(sum.Data, sum.Length), .. new ReadOnlySpan<float>(biased.Data, biased.Length)];
        })];
        Assert.All(found[1..], other => Assert.Equal(found[0], other));
    }

    private static void Holds(ManagedEngine engine, Random random, int rows, int depth, int columns)
    {
        var (a, b, bias, start) = (
            Matrix.Random(random, rows, depth),
            Matrix.Random(random, depth, columns),
            Matrix.Random(random, 1, columns),
            Matrix.Random(random, rows, columns));
        var product = a.Times(b);
        using var scope = engine.Scope();
        float* left =
            Copy(engine, a), leftTransposed =
                Copy(engine, a.Transposed), right = Copy(engine, b), rightTransposed = Copy(engine, b.Transposed);
        MatrixView[] lefts = [MatrixView.RowMajor(left, rows, depth), MatrixView.RowMajor(leftTransposed, depth, rows).Transposed];
        MatrixView[] rights = [MatrixView.RowMajor(right, depth, columns), MatrixView.RowMajor(rightTransposed, columns, depth).Transposed];
        var result = engine.Constant(rows, columns, start.Floats).Node;
        foreach (var x in lefts)
        {
            foreach (var y in rights)
            {
                start.Floats.CopyTo(new Span<float>(result.Data, result.Length));
                Gemm.Multiply(engine, x, y, result.Data, columns, true, null);
                Check(Matrix.Of(rows, columns, (i, j) => product[i, j] + start[i, j]), result, depth);
                Gemm.Multiply(engine, x, y, result.Data, columns, false, Copy(engine, bias));
                Check(Matrix.Of(rows, columns, (i, j) => product[i, j] + bias[0, j]), result, depth);
            }
        }
    }

    private static float* Copy(ManagedEngine engine, Matrix x) => engine.Constant(x.Rows, x.Columns, x.Floats).Node.Data;

    // Sums of depth products of up to 4 each, rounded to 24 bits: the error grows with the depth at worst.
    private static void Check(Matrix expected, Node actual, int depth)
    {
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.True(
                Math.Abs(expected.Values[i] - actual.Data[i]) <= 4e-7 * (depth + 4),
                $"element {i} of [{expected.Rows}, {expected.Columns}], depth {depth}: {actual.Data[i]}, expected {expected.Values[i]}");
        }
    }
}
