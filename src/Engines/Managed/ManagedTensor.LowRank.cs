namespace RlCore.Engines.Managed;

/// <content>Low-rank changes of a product.</content>
public readonly unsafe partial struct ManagedTensor
{
    /// <inheritdoc/>
    public static ManagedTensor LowRank(
        ManagedTensor y, ManagedTensor x, ManagedTensor down, ManagedTensor up, int firstColumn, double scale)
    {
        var (product, input, first, second) = (y.Node, x.Node, down.Node, up.Node);
        CheckLowRank(product, input, first, second, firstColumn);
        var engine = product.Engine;
        var result = engine.NewNode(product.Rows, product.Columns);
        Elementwise.Copy(engine.Pool, product.Data, result.Data, product.Length);
        var inner = engine.Arena.Rent((long)input.Rows * first.Rows);
        result.Saved0 = inner;
        (result.Integer0, result.Scalar0) = (firstColumn, (float)scale);
        Gemm.Multiply(engine, MatrixView.Of(input), MatrixView.Of(first).Transposed, inner.Data, first.Rows, false, null);
        Multiply(engine, inner.Data, input.Rows * first.Rows, result.Scalar0);
        var scaled = MatrixView.RowMajor(inner.Data, input.Rows, first.Rows);
        Gemm.Multiply(engine, scaled, MatrixView.Of(second).Transposed, result.Data + firstColumn, result.Columns, true, null);
        Record(result, &LowRankBackward, product, input, first, second);
        return new ManagedTensor(result);
    }

    private static void CheckLowRank(Node y, Node x, Node down, Node up, int firstColumn)
    {
        _ = Common(y, x);
        _ = Common(y, down);
        _ = Common(y, up);
        if (y.Rows != x.Rows || x.Columns != down.Columns || up.Columns != down.Rows)
        {
            throw new ArgumentException(
                $"[{x.Rows}, {x.Columns}] times a down projection [{down.Rows}, {down.Columns}] and an up projection [{up.Rows}, "
                    + $"{up.Columns}] cannot be added to [{y.Rows}, {y.Columns}].");
        }

        if (firstColumn < 0 || firstColumn > y.Columns - up.Rows)
        {
            throw new ArgumentException(
                $"{up.Rows} columns from column {firstColumn} are not all in [{y.Rows}, {y.Columns}].", nameof(firstColumn));
        }
    }

    /// <summary>
    /// With g the gradient of the changed columns and h = scale · x·downᵀ: dy += all of it, dup += gᵀ·h, and through
    /// d = scale · g·up: ddown += dᵀ·x, dx += d·down.
    /// </summary>
    private static void LowRankBackward(Node node)
    {
        var (engine, x, down, up) = (node.Engine, node.B!, node.C!, node.D!);
        var (rows, rank) = (node.Rows, down.Rows);
        var gradient = new MatrixView(node.Arrived + node.Integer0, rows, up.Rows, node.Columns, 1);
        if (up.Accepts(out var sink))
        {
            var scaled = MatrixView.RowMajor(node.Saved0.Data, rows, rank);
            Gemm.Multiply(engine, gradient.Transposed, scaled, sink.Data, rank, sink.Accumulate, null);
        }

        if (x.RequiresGradient || down.RequiresGradient)
        {
            var block = engine.Arena.Rent((long)rows * rank);
            var inner = MatrixView.RowMajor(block.Data, rows, rank);
            Gemm.Multiply(engine, gradient, MatrixView.Of(up), block.Data, rank, false, null);
            Multiply(engine, block.Data, rows * rank, node.Scalar0);
            if (down.Accepts(out sink))
            {
                Gemm.Multiply(engine, inner.Transposed, MatrixView.Of(x), sink.Data, x.Columns, sink.Accumulate, null);
            }

            if (x.Accepts(out sink))
            {
                Gemm.Multiply(engine, inner, MatrixView.Of(down), sink.Data, x.Columns, sink.Accumulate, null);
            }

            engine.Arena.Return(block);
        }

        node.HandGradientTo(node.A!);
    }

    private static void Multiply(ManagedEngine engine, float* values, int length, float factor) =>
        Elementwise.Unary<ScaleOperation>(engine.Pool, values, values, length, factor, 0);
}
