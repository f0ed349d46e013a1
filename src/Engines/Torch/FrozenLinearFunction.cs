using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// x·Wᵀ + b with a frozen weight in a narrower format than x. The weight is widened for the product and freed; libtorch's own linear
/// map would keep the wide copy of every layer until the backward pass.
/// </summary>
internal sealed class FrozenLinearFunction : autograd.SingleTensorFunction<FrozenLinearFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(FrozenLinearFunction);

    /// <summary>The product, in the format of <paramref name="x"/>.</summary>
    public static Tensor Run(TorchContext context, Tensor x, Tensor weight, Tensor? bias)
    {
        if (!is_grad_enabled() || !(x.requires_grad || bias is { requires_grad: true }))
        {
            return Product(x, weight, bias);
        }

        return apply(x, weight, bias!, new Call(context, x.requires_grad, bias is { requires_grad: true }));
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight, bias, call) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor?)vars[2], (Call)vars[3]);
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([weight]);
        ctx.save_data(nameof(Call), call);
        return Product(x, weight, bias);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(nameof(Call));
        return call.Context.GuardBackward(4, [grad_output], () =>
        {
            Tensor? ofX = call.NeedsX ? grad_output.mm(ctx.get_saved_variables()[0].to(grad_output.dtype)) : null;
            return [ofX, null, call.NeedsBias ? grad_output.sum([0]) : null, null];
        });
    }

    private static Tensor Product(Tensor x, Tensor weight, Tensor? bias) => nn.functional.linear(x, weight.to(x.dtype), bias);

    /// <summary>One call.</summary>
    private sealed record Call(TorchContext Context, bool NeedsX, bool NeedsBias);
}
