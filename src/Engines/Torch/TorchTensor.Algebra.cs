using RlCore.Algebra;
using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <content>Elementwise arithmetic.</content>
public readonly partial struct TorchTensor
{
    /// <inheritdoc/>
    public static TorchTensor operator +(TorchTensor left, TorchTensor right)
    {
        RequireSameShape(left, right);
        return Like(left, left.Operand.Plus(right.Operand));
    }

    /// <inheritdoc/>
    public static TorchTensor operator -(TorchTensor left, TorchTensor right)
    {
        RequireSameShape(left, right);
        return Like(left, left.Operand.sub(right.Operand));
    }

    /// <inheritdoc/>
    public static TorchTensor operator *(TorchTensor left, TorchTensor right)
    {
        RequireSameShape(left, right);
        return ElementwiseFunction.IsRecorded(left, right)
            ? ElementwiseFunction.Run(left, right, static (x, y) => (x.mul(y), x.requires_grad ? y : null, y.requires_grad ? x : null))
            : Like(left, left.Operand.mul(right.Operand));
    }

    /// <inheritdoc/>
    public static TorchTensor operator /(TorchTensor left, TorchTensor right)
    {
        RequireSameShape(left, right);
        return ElementwiseFunction.IsRecorded(left, right)
            ? ElementwiseFunction.Run(left, right, Quotient)
            : Like(left, left.Operand.div(right.Operand));
    }

    /// <inheritdoc/>
    public static TorchTensor operator -(TorchTensor x) => Like(x, x.Operand.neg());

    /// <inheritdoc/>
    public static TorchTensor Scale(TorchTensor x, double factor)
    {
        using Scalar scalar = factor;
        return Like(x, x.Operand.mul(scalar));
    }

    /// <inheritdoc/>
    public static TorchTensor Shift(TorchTensor x, double offset)
    {
        using Scalar scalar = offset;
        return Like(x, x.Operand.Plus(scalar));
    }

    /// <inheritdoc/>
    public static TorchTensor Constant(TorchTensor like, double value)
    {
        using Scalar scalar = value;
        return Like(like, full(like.Rows, like.Columns, scalar, like.Operand.dtype, like.Context.Device));
    }

    /// <inheritdoc/>
    public static TorchTensor Exp(TorchTensor x) =>
        ElementwiseFunction.IsRecorded(x) ? ElementwiseFunction.Run(x, Dual<TorchTensor>.Exp) : Like(x, x.Operand.exp());

    /// <inheritdoc/>
    public static TorchTensor Log(TorchTensor x) =>
        ElementwiseFunction.IsRecorded(x) ? ElementwiseFunction.Run(x, Dual<TorchTensor>.Log) : Like(x, x.Operand.log());

    /// <inheritdoc/>
    public static TorchTensor Sqrt(TorchTensor x) =>
        ElementwiseFunction.IsRecorded(x) ? ElementwiseFunction.Run(x, Dual<TorchTensor>.Sqrt) : Like(x, x.Operand.sqrt());

    /// <inheritdoc/>
    public static TorchTensor Abs(TorchTensor x) =>
        ElementwiseFunction.IsRecorded(x) ? ElementwiseFunction.Run(x, Dual<TorchTensor>.Abs) : Like(x, x.Operand.abs());

    /// <inheritdoc/>
    public static TorchTensor ExpM1(TorchTensor x) =>
        ElementwiseFunction.IsRecorded(x) ? ElementwiseFunction.Run(x, Dual<TorchTensor>.ExpM1) : Like(x, x.Operand.expm1());

    /// <inheritdoc/>
    public static TorchTensor LogP1(TorchTensor x) =>
        ElementwiseFunction.IsRecorded(x) ? ElementwiseFunction.Run(x, Dual<TorchTensor>.LogP1) : Like(x, x.Operand.log1p());

    /// <inheritdoc/>
    /// <remarks>
    /// In float64, where e^x − 1 − x keeps eight digits down to |x| = 1e-8; below 1e-3 the series x²/2 · (1 + x/3 · (1 + x/4)) is exact
    /// to ten.
    /// </remarks>
    public static TorchTensor ExpM1MinusX(TorchTensor x)
    {
        if (ElementwiseFunction.IsRecorded(x))
        {
            return ElementwiseFunction.Run(x, Dual<TorchTensor>.ExpM1MinusX);
        }

        using Scalar limit = 1e-3;
        using Scalar quarter = 0.25;
        using Scalar third = 1.0 / 3;
        using Scalar half = 0.5;
        using Scalar one = 1.0;
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = x.Operand.to(ScalarType.Float64);
        Tensor series = wide.mul(quarter).Plus(one).mul(wide).mul(third).Plus(one).mul(wide).mul(wide).mul(half);
        Tensor direct = wide.expm1().sub(wide);
        return Leaving(x, where(wide.abs().lt(limit), series, direct).to(x.Operand.dtype));
    }

    /// <inheritdoc/>
    public static (TorchTensor Value, TorchTensor Slope) ExpM1MinusXWithSlope(TorchTensor x) => (ExpM1MinusX(x), ExpM1(x));

    /// <inheritdoc/>
    /// <remarks>log(−expm1(x)) near 0 and log1p(−eˣ) far from it (Mächler 2012).</remarks>
    public static TorchTensor Log1MExp(TorchTensor x)
    {
        if (ElementwiseFunction.IsRecorded(x))
        {
            return ElementwiseFunction.Run(x, Dual<TorchTensor>.Log1MExp);
        }

        using Scalar border = -0.6931471805599453;
        using DisposeScope scope = NewDisposeScope();
        Tensor value = x.Operand;
        return Leaving(x, where(value.gt(border), value.expm1().neg().log(), value.exp().neg().log1p()));
    }

    /// <inheritdoc/>
    public static TorchTensor Sigmoid(TorchTensor x) =>
        ElementwiseFunction.IsRecorded(x) ? ElementwiseFunction.Run(x, Dual<TorchTensor>.Sigmoid) : Like(x, x.Operand.sigmoid());

    /// <inheritdoc/>
    public static TorchTensor LogSigmoid(TorchTensor x) =>
        ElementwiseFunction.IsRecorded(x)
            ? ElementwiseFunction.Run(x, Dual<TorchTensor>.LogSigmoid)
            : Like(x, nn.functional.logsigmoid(x.Operand));

    /// <inheritdoc/>
    public static (TorchTensor Value, TorchTensor Slope) LogSigmoidWithSlope(TorchTensor x) => (LogSigmoid(x), Sigmoid(-x));

    /// <inheritdoc/>
    public static TorchTensor Min(TorchTensor left, TorchTensor right)
    {
        RequireSameShape(left, right);
        return Like(left, left.Operand.minimum(right.Operand));
    }

    /// <inheritdoc/>
    public static TorchTensor Max(TorchTensor left, TorchTensor right)
    {
        RequireSameShape(left, right);
        return Like(left, left.Operand.maximum(right.Operand));
    }

    /// <inheritdoc/>
    public static TorchTensor Clamp(TorchTensor x, double low, double high)
    {
        using Scalar least = low;
        using Scalar most = high;
        return Like(x, x.Operand.clamp(least, most));
    }

    /// <inheritdoc/>
    public static TorchTensor StopGradient(TorchTensor x) => Like(x, x.Operand.detach());

    /// <inheritdoc/>
    public static TorchTensor SelectByOrder(TorchTensor left, TorchTensor right, TorchTensor less, TorchTensor equal, TorchTensor greater)
    {
        RequireSameShape(left, right);
        RequireSameShape(left, less);
        RequireSameShape(left, equal);
        RequireSameShape(left, greater);
        using DisposeScope scope = NewDisposeScope();
        Tensor first = left.Operand.detach();
        Tensor second = right.Operand.detach();
        return Leaving(left, Select(first.lt(second), less.Operand, Select(first.gt(second), greater.Operand, equal.Operand)));
    }

    /// <inheritdoc/>
    public static TorchTensor SelectInside(TorchTensor x, double low, double high, TorchTensor inside, TorchTensor outside)
    {
        RequireSameShape(x, inside);
        RequireSameShape(x, outside);
        using Scalar least = low;
        using Scalar most = high;
        using DisposeScope scope = NewDisposeScope();
        Tensor value = x.Operand.detach();
        return Leaving(x, Select(value.ge(least).logical_and(value.le(most)), inside.Operand, outside.Operand));
    }

    private static (Tensor Value, Tensor? OfLeft, Tensor? OfRight) Quotient(Tensor x, Tensor y)
    {
        Tensor quotient = x.div(y);
        return (quotient, x.requires_grad ? y.reciprocal() : null, y.requires_grad ? quotient.div(y).neg() : null);
    }

    // Older versions of libtorch do not promote the operands of where.
    private static Tensor Select(Tensor condition, Tensor chosen, Tensor otherwise)
    {
        ScalarType left = chosen.dtype;
        ScalarType right = otherwise.dtype;
        if (left == right)
        {
            return where(condition, chosen, otherwise);
        }

        ScalarType common = promote_types(left, right);
        return where(condition, chosen.to(common), otherwise.to(common));
    }
}
