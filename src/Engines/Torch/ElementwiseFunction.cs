using RlCore.Algebra;
using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// An elementwise function with its derivatives, as one node of libtorch's graph. An element whose incoming gradient is zero gives
/// zero, whatever the derivative there is: so what a selection left out does not leak back as 0 · ∞ or 0 · NaN.
/// </summary>
internal sealed class ElementwiseFunction : autograd.SingleTensorFunction<ElementwiseFunction>
{
    private static readonly Scalar Zero = 0.0;

    /// <inheritdoc/>
    public override string Name => nameof(ElementwiseFunction);

    /// <summary>Whether reverse mode will ask for the derivative of any of these.</summary>
    public static bool IsRecorded(params ReadOnlySpan<TorchTensor> inputs)
    {
        if (is_grad_enabled())
        {
            foreach (TorchTensor input in inputs)
            {
                if (input.Operand.requires_grad)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>A function of one variable; its derivative is that of the dual number.</summary>
    public static TorchTensor Run(TorchTensor x, Func<Dual<TorchTensor>, Dual<TorchTensor>> function) => Record(x, x, null, () =>
    {
        Dual<TorchTensor> result = function(Dual<TorchTensor>.Variable(x));
        return (result.Value.Value, result.Tangent.Value, null);
    });

    /// <summary>A function of two variables with both derivatives.</summary>
    public static TorchTensor Run(
        TorchTensor left, TorchTensor right, Func<Tensor, Tensor, (Tensor Value, Tensor? OfLeft, Tensor? OfRight)> function) =>
        Record(left, left, right, () => function(left.Operand, right.Operand));

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[2];
        (Tensor value, Tensor? ofLeft, Tensor? ofRight) = call.Evaluate();
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([ofLeft!, ofRight!]);
        ctx.save_data(nameof(Call), call);
        return value;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(nameof(Call));
        return call.Context.GuardBackward(3, [grad_output], () =>
        {
            Tensor isZero = grad_output.eq(Zero);
            List<Tensor?> slopes = ctx.get_saved_variables()!;
            return [Gradient(slopes[0]), Gradient(slopes[1]), null];

            Tensor? Gradient(Tensor? slope) => slope is null ? null : grad_output.mul(slope).masked_fill_(isZero, Zero);
        });
    }

    private static TorchTensor Record(TorchTensor like, TorchTensor left, TorchTensor? right, Func<(Tensor, Tensor?, Tensor?)> evaluate)
    {
        using DisposeScope scope = NewDisposeScope();
        like.Context.EndBackward();
        Tensor result = apply(left.Operand, right?.Operand!, new Call(like.Context, evaluate));
        return new TorchTensor(result.MoveToOuterDisposeScope(), like.Context, like.Rows, like.Columns);
    }

    /// <summary>One call.</summary>
    private sealed record Call(TorchContext Context, Func<(Tensor Value, Tensor? OfLeft, Tensor? OfRight)> Evaluate);
}
