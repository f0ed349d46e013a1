using TorchSharp;
using static TorchSharp.torch;
using GELU = TorchSharp.Modules.GELU;

namespace RlCore.Engines.Torch;

/// <content>The layers of a decoder, but attention.</content>
public readonly partial struct TorchTensor
{
    // A head of so few outputs (a value, a reward) is computed in float32: its results are scores, and it costs nothing.
    private const int NarrowHead = 16;

    /// <inheritdoc/>
    public static TorchTensor Reshape(TorchTensor x, int rows, int columns)
    {
        if ((long)rows * columns != (long)x.Rows * x.Columns)
        {
            throw new ArgumentException(
                $"Reshape keeps the number of elements, but [{x.Rows}, {x.Columns}] cannot become [{rows}, {columns}].");
        }

        return new TorchTensor(x.Operand.reshape(rows, columns), x.Context, rows, columns);
    }

    /// <inheritdoc/>
    public static TorchTensor GatherRows(TorchTensor table, ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)table.Rows)
            {
                throw new ArgumentException($"GatherRows needs indices below the table's {table.Rows} rows, but got {id}.", nameof(ids));
            }
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor index = table.Context.Upload(ids, ScalarType.Int32, ids.Length);
        Tensor source = table.Slot is null ? table.Operand : table.AsWeight();
        Tensor rows = TorchScript.Rows(source, index);
        rows = table.IsHalfWeight ? rows.to(table.Context.Compute) : rows;
        return Leaving(table.Context, rows, ids.Length, table.Columns);
    }

    /// <inheritdoc/>
    public static TorchTensor Linear(TorchTensor x, TorchTensor weight)
    {
        RequireShape(weight, weight.Rows, x.Columns, $"a weight for an input of [{x.Rows}, {x.Columns}]");
        return LinearCore(x, weight, null);
    }

    /// <inheritdoc/>
    public static TorchTensor Linear(TorchTensor x, TorchTensor weight, TorchTensor bias)
    {
        RequireShape(weight, weight.Rows, x.Columns, $"a weight for an input of [{x.Rows}, {x.Columns}]");
        RequireShape(bias, 1, weight.Rows, "a bias");
        return LinearCore(x, weight, bias);
    }

    /// <inheritdoc/>
    public static TorchTensor LayerNorm(TorchTensor x, TorchTensor gain, TorchTensor bias, double epsilon)
    {
        RequireShape(gain, 1, x.Columns, "a gain");
        RequireShape(bias, 1, x.Columns, "a bias");
        using DisposeScope scope = NewDisposeScope();
        Tensor result = nn.functional.layer_norm(
            x.InComputeType(), [x.Columns], gain.InComputeType().view(x.Columns), bias.InComputeType().view(x.Columns), epsilon);
        return Leaving(x, result);
    }

    /// <inheritdoc/>
    /// <remarks>The root of the mean square is taken in float32, whatever the arithmetic's format.</remarks>
    public static TorchTensor RmsNorm(TorchTensor x, TorchTensor gain, double epsilon)
    {
        RequireShape(gain, 1, x.Columns, "a gain");
        using Scalar shift = epsilon;
        using DisposeScope scope = NewDisposeScope();
        Tensor value = x.InComputeType();
        Tensor wide = value.to(ScalarType.Float32);
        Tensor scale = wide.mul(wide).mean([1], true).Plus(shift).rsqrt();
        return Leaving(x, wide.mul(scale).to(value.dtype).mul(gain.InComputeType()));
    }

    /// <inheritdoc/>
    public static TorchTensor LowRank(TorchTensor y, TorchTensor x, TorchTensor down, TorchTensor up, int firstColumn, double scale)
    {
        RequireSameEngine(y, x);
        RequireSameEngine(y, down);
        RequireSameEngine(y, up);
        RequireShape(x, y.Rows, x.Columns, $"an input for a product of [{y.Rows}, {y.Columns}]");
        RequireShape(down, down.Rows, x.Columns, $"a down projection for an input of [{x.Rows}, {x.Columns}]");
        RequireShape(up, up.Rows, down.Rows, $"an up projection after [{down.Rows}, {down.Columns}]");
        if (firstColumn < 0 || firstColumn > y.Columns - up.Rows)
        {
            throw new ArgumentException(
                $"{up.Rows} columns from column {firstColumn} are not all in [{y.Rows}, {y.Columns}].", nameof(firstColumn));
        }

        using Scalar factor = scale;
        using DisposeScope scope = NewDisposeScope();
        Tensor inner = nn.functional.linear(x.InComputeType(), down.InComputeType(), null).mul(factor);
        Tensor change = nn.functional.linear(inner, up.InComputeType(), null);
        Tensor product = y.InComputeType();
        int last = firstColumn + up.Rows;
        Tensor changed = product.narrow(1, firstColumn, up.Rows).Plus(change);
        Tensor result = up.Rows == y.Columns
            ? changed
            : cat([product.narrow(1, 0, firstColumn), changed, product.narrow(1, last, y.Columns - last)], 1);
        return Leaving(y, result);
    }

    /// <inheritdoc/>
    public static TorchTensor Gelu(TorchTensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return Leaving(x, nn.functional.gelu(x.InComputeType(), GELU.Approximate.tanh));
    }

    /// <inheritdoc/>
    public static TorchTensor GatedSilu(TorchTensor gateUp)
    {
        if (gateUp.Columns % 2 != 0)
        {
            throw new ArgumentException(
                $"GatedSilu needs [gate | up] of even width, but got [{gateUp.Rows}, {gateUp.Columns}].", nameof(gateUp));
        }

        int half = gateUp.Columns / 2;
        using DisposeScope scope = NewDisposeScope();
        Tensor packed = gateUp.InComputeType();
        Tensor result = nn.functional.silu(packed.narrow(1, 0, half)).mul(packed.narrow(1, half, half));
        return Leaving(gateUp.Context, result, gateUp.Rows, half);
    }

    private static TorchTensor LinearCore(TorchTensor x, TorchTensor weight, TorchTensor? bias)
    {
        RequireSameEngine(x, weight);
        using DisposeScope scope = NewDisposeScope();
        bool isNarrow = weight.Rows < NarrowHead && x.Context.Precision != TorchPrecision.F32;
        Tensor input = isNarrow ? x.Operand.to(ScalarType.Float32) : x.InComputeType();
        Tensor matrix = isNarrow && !weight.IsHalfWeight ? weight.Operand.to(ScalarType.Float32) : weight.AsWeight();
        Tensor? offset = bias is { } b ? (isNarrow ? b.Operand.to(ScalarType.Float32) : b.InComputeType()).view(weight.Rows) : null;
        Tensor result = weight.IsHalfWeight && matrix.dtype != input.dtype
            ? FrozenLinearFunction.Run(x.Context, input, matrix, offset)
            : nn.functional.linear(input, matrix, offset);
        return Leaving(x.Context, result, x.Rows, weight.Rows);
    }
}
