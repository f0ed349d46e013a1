using RlCore.Algebra;
using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <content>Masks, reductions, terms.</content>
public readonly partial struct TorchTensor
{
    /// <inheritdoc/>
    public static TorchTensor FromValues(TorchTensor like, int rows, int columns, ReadOnlySpan<double> values)
    {
        if (values.Length != (long)rows * columns)
        {
            throw new ArgumentException(
                $"A matrix of [{rows}, {columns}] needs {(long)rows * columns} values, but {values.Length} were given.", nameof(values));
        }

        if (like.Operand.dtype == ScalarType.Float64)
        {
            return new TorchTensor(like.Context.Upload(values, ScalarType.Float64, rows, columns), like.Context, rows, columns);
        }

        var single = new float[values.Length];
        for (int i = 0; i < single.Length; i++)
        {
            single[i] = (float)values[i];
        }

        return new TorchTensor(like.Context.Upload<float>(single, ScalarType.Float32, rows, columns), like.Context, rows, columns);
    }

    /// <inheritdoc/>
    public static TorchTensor Where(SequenceMask mask, TorchTensor x, TorchTensor otherwise)
    {
        RequireMask(x, mask, nameof(Where));
        RequireSameShape(x, otherwise);
        using DisposeScope scope = NewDisposeScope();
        return Leaving(x, Select(x.Context.Mask(mask).Inside, x.Operand, otherwise.Operand));
    }

    /// <inheritdoc/>
    public static TorchTensor SumOverTime(TorchTensor x, SequenceMask mask)
    {
        RequireMask(x, mask, nameof(SumOverTime));
        using DisposeScope scope = NewDisposeScope();
        Tensor kept = mask.Count == mask.Rows * mask.Columns ? x.Operand : x.Operand.masked_fill(x.Context.Mask(mask).Outside, Zero);
        return Leaving(x.Context, kept.sum(1, true, SumType(x.Operand)), x.Rows, 1);
    }

    /// <inheritdoc/>
    public static TorchTensor SumOverBatch(TorchTensor x) =>
        new(x.Operand.sum(0, true, SumType(x.Operand)), x.Context, 1, x.Columns);

    /// <inheritdoc/>
    public static TorchTensor ExpandOverTime(TorchTensor x, int columns)
    {
        RequireShape(x, x.Rows, 1, "a column");
        return new TorchTensor(x.Operand.expand(x.Rows, columns), x.Context, x.Rows, columns);
    }

    /// <inheritdoc/>
    public static TorchTensor ExpandOverBatch(TorchTensor x, int rows)
    {
        RequireShape(x, 1, x.Columns, "a row");
        return new TorchTensor(x.Operand.expand(rows, x.Columns), x.Context, rows, x.Columns);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Runs op by op on the device, on dual numbers where a gradient is wanted: one node of the graph holds the derivative.
    /// </remarks>
    public static TorchTensor MapElements<TFormula>(
        TFormula formula, TorchTensor variable, TorchTensor first, TorchTensor second, TorchTensor third, TorchTensor fourth)
        where TFormula : struct, IElementFormula
    {
        RequireSameShape(variable, first);
        RequireSameShape(variable, second);
        RequireSameShape(variable, third);
        RequireSameShape(variable, fourth);
        if (!ElementwiseFunction.IsRecorded(variable))
        {
            return formula.Evaluate(variable, StopGradient(first), StopGradient(second), StopGradient(third), StopGradient(fourth));
        }

        return ElementwiseFunction.Run(variable, x => formula.Evaluate(
            x,
            Dual<TorchTensor>.Constant(StopGradient(first)),
            Dual<TorchTensor>.Constant(StopGradient(second)),
            Dual<TorchTensor>.Constant(StopGradient(third)),
            Dual<TorchTensor>.Constant(StopGradient(fourth))));
    }

    private static ScalarType? SumType(Tensor x) => x.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? ScalarType.Float32 : null;

    private static void RequireMask(TorchTensor x, SequenceMask mask, string operation)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.Rows != x.Rows || mask.Columns != x.Columns)
        {
            throw new ArgumentException(
                $"{operation} needs a mask of the tensor's shape, but got [{mask.Rows}, {mask.Columns}] for [{x.Rows}, {x.Columns}].",
                nameof(mask));
        }
    }
}
