namespace RlCore.Engines.Managed;

/// <content>Linear maps, norms and activations of <see cref="ITensor{T}"/>.</content>
public readonly unsafe partial struct ManagedTensor
{
    /// <inheritdoc/>
    public static ManagedTensor Reshape(ManagedTensor x, int rows, int columns)
    {
        var node = x.Node;
        if (rows < 0 || columns < 0 || (long)rows * columns != node.Length)
        {
            throw new ArgumentException($"[{node.Rows}, {node.Columns}] cannot be read as [{rows}, {columns}]: the sizes differ.");
        }

        var view = node.Engine.NewView(node, rows, columns);
        view.RequiresGradient = node.RequiresGradient && node.Engine.IsRecording;
        return new ManagedTensor(view);
    }

    /// <inheritdoc/>
    public static ManagedTensor GatherRows(ManagedTensor table, ReadOnlySpan<int> ids)
    {
        var node = table.Weight;
        foreach (int id in ids)
        {
            if (id < 0 || id >= node.Rows)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(ids), id, $"An index of a table of [{node.Rows}, {node.Columns}] is in 0 … {node.Rows - 1}.");
            }
        }

        var result = node.Engine.NewNode(ids.Length, node.Columns);
        result.Saved0 = Keep(node.Engine, ids);
        Gathering.Forward(node.Engine.Pool, node, result.Saved0.Integers, ids.Length, result.Data);
        Record(result, &Gathering.Backward, node);
        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor Linear(ManagedTensor x, ManagedTensor weight) => Linear(x.Node, weight.Weight, null);

    /// <inheritdoc/>
    public static ManagedTensor Linear(ManagedTensor x, ManagedTensor weight, ManagedTensor bias) =>
        Linear(x.Node, weight.Weight, bias.Node);

    /// <inheritdoc/>
    public static ManagedTensor LayerNorm(ManagedTensor x, ManagedTensor gain, ManagedTensor bias, double epsilon) =>
        Normalise(x.Node, gain.Node, bias.Node, epsilon);

    /// <inheritdoc/>
    public static ManagedTensor RmsNorm(ManagedTensor x, ManagedTensor gain, double epsilon) => Normalise(x.Node, gain.Node, null, epsilon);

    /// <inheritdoc/>
    public static ManagedTensor Gelu(ManagedTensor x) => Unary<GeluOperation>(x);

    /// <inheritdoc/>
    public static ManagedTensor GatedSilu(ManagedTensor gateUp)
    {
        var node = gateUp.Node;
        if (node.Columns % 2 != 0)
        {
            throw new ArgumentException(
                $"[{node.Rows}, {node.Columns}] is no packed [gate | up]: the number of columns is odd.", nameof(gateUp));
        }

        var result = node.Engine.NewNode(node.Rows, node.Columns / 2);
        GatedUnits.Forward(node.Engine.Pool, node.Data, node.Rows, node.Columns / 2, result.Data);
        Record(result, &GatedUnits.Backward, node);
        return new ManagedTensor(result);
    }

    /// <summary>Throws unless x [N, D] and weight [M, D] have equal widths.</summary>
    internal static void CheckWidths(Node x, Node weight)
    {
        _ = Common(x, weight);
        if (x.Columns != weight.Columns)
        {
            throw new ArgumentException(
                $"Widths of [{x.Rows}, {x.Columns}] and of the weight [{weight.Rows}, {weight.Columns}] must be equal.");
        }
    }

    private static ManagedTensor Linear(Node x, Node weight, Node? bias)
    {
        CheckWidths(x, weight);
        if (bias is not null)
        {
            _ = Common(x, bias);
            CheckShape(bias, 1, weight.Rows, nameof(bias));
        }

        var engine = x.Engine;
        var result = engine.NewNode(x.Rows, weight.Rows);
        float* offset = bias is null ? null : bias.Data;
        Gemm.Multiply(engine, MatrixView.Of(x), MatrixView.Of(weight).Transposed, result.Data, weight.Rows, false, offset);
        Record(result, &LinearBackward, x, weight, bias);
        return new ManagedTensor(result);
    }

    /// <summary>dx += dy·W, dW += dyᵀ·x, db += Σ dy.</summary>
    private static void LinearBackward(Node node)
    {
        var (engine, x, weight, bias) = (node.Engine, node.A!, node.B!, node.C);
        var gradient = MatrixView.RowMajor(node.Arrived, node.Rows, node.Columns);
        if (x.Accepts(out var sink))
        {
            Gemm.Multiply(engine, gradient, MatrixView.Of(weight), sink.Data, x.Columns, sink.Accumulate, null);
        }

        if (weight.Accepts(out sink))
        {
            Gemm.Multiply(engine, gradient.Transposed, MatrixView.Of(x), sink.Data, weight.Columns, sink.Accumulate, null);
        }

        if (bias is not null && bias.Accepts(out sink))
        {
            Reductions.OverRows(engine.Pool, node.Arrived, node.Rows, node.Columns, sink.Data, sink.Accumulate);
        }
    }

    private static ManagedTensor Normalise(Node x, Node gain, Node? bias, double epsilon)
    {
        var engine = Common(x, gain);
        CheckShape(gain, 1, x.Columns, nameof(gain));
        if (bias is not null)
        {
            _ = Common(x, bias);
            CheckShape(bias, 1, x.Columns, nameof(bias));
        }

        var result = engine.NewNode(x.Rows, x.Columns);
        if (Record(result, &Normalization.Backward, x, gain, bias))
        {
            result.Saved0 = engine.Arena.Rent(2L * x.Rows);
        }

        Normalization.Forward(engine.Pool, x, gain, bias, epsilon, result.Saved0.Data, result);
        return new ManagedTensor(result);
    }

    /// <summary>Indices in native memory, for as long as the result that reads them.</summary>
    private static Block Keep(ManagedEngine engine, ReadOnlySpan<int> values)
    {
        var block = engine.Arena.Rent(values.Length);
        values.CopyTo(new Span<int>(block.Integers, values.Length));
        return block;
    }
}
