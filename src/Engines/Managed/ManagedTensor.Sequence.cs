using RlCore.Algebra;

namespace RlCore.Engines.Managed;

/// <content>The members of <see cref="ISequenceAlgebra{T}"/>.</content>
public readonly unsafe partial struct ManagedTensor
{
    /// <inheritdoc/>
    public static ManagedTensor FromValues(ManagedTensor like, int rows, int columns, ReadOnlySpan<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (values.Length != (long)rows * columns)
        {
            throw new ArgumentException(
                $"A tensor of [{rows}, {columns}] has {(long)rows * columns} elements, but {values.Length} values were given.",
                nameof(values));
        }

        var result = like.Node.Engine.NewNode(rows, columns);
        for (int i = 0; i < values.Length; i++)
        {
            result.Data[i] = (float)values[i];
        }

        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor Where(SequenceMask mask, ManagedTensor x, ManagedTensor otherwise)
    {
        var (a, b) = (x.Node, EqualShapes(x, otherwise));
        CheckMask(a, mask);
        var result = a.Engine.NewNode(a.Rows, a.Columns);
        Selection.ByFlags(mask.Flags, a.Data, b.Data, result.Data, accumulate: false);
        if (Record(result, &Selection.ByFlagsBackward, a, b))
        {
            result.Mask = mask;
        }

        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor SumOverTime(ManagedTensor x, SequenceMask mask)
    {
        var node = x.Node;
        CheckMask(node, mask);
        var result = node.Engine.NewNode(node.Rows, 1);
        Reductions.OverTime(node.Data, mask, result.Data);
        if (Record(result, &Reductions.OverTimeBackward, node))
        {
            result.Mask = mask;
        }

        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor SumOverBatch(ManagedTensor x)
    {
        var node = x.Node;
        var result = node.Engine.NewNode(1, node.Columns);
        Reductions.OverRows(node.Engine.Pool, node.Data, node.Rows, node.Columns, result.Data, accumulate: false);
        Record(result, &Reductions.OverBatchBackward, node);
        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor ExpandOverTime(ManagedTensor x, int columns)
    {
        var node = x.Node;
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        CheckShape(node, node.Rows, 1, nameof(x));
        var result = node.Engine.NewNode(node.Rows, columns);
        Reductions.RepeatColumn(node.Data, node.Rows, columns, result.Data);
        Record(result, &Reductions.ExpandOverTimeBackward, node);
        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor ExpandOverBatch(ManagedTensor x, int rows)
    {
        var node = x.Node;
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        CheckShape(node, 1, node.Columns, nameof(x));
        var result = node.Engine.NewNode(rows, node.Columns);
        Reductions.RepeatRow(node.Data, rows, node.Columns, new GradientSink(result.Data, accumulate: false));
        Record(result, &Reductions.ExpandOverBatchBackward, node);
        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor MapElements<TFormula>(
        TFormula formula, ManagedTensor variable, ManagedTensor first, ManagedTensor second, ManagedTensor third, ManagedTensor fourth)
        where TFormula : struct, IElementFormula
    {
        var (x, a, b) = (variable.Node, EqualShapes(variable, first), EqualShapes(variable, second));
        var (c, d) = (EqualShapes(variable, third), EqualShapes(variable, fourth));
        var result = x.Engine.NewNode(x.Rows, x.Columns);
        if (Record(result, &FormulaPass.Backward, x))
        {
            result.Saved0 = x.Engine.Arena.Rent(x.Length);
        }

        FormulaPass.Forward(formula, x, a, b, c, d, result);
        return new ManagedTensor(result);
    }
}
