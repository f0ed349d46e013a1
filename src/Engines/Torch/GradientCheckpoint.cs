using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// A segment of a model whose activations are dropped after the forward pass and computed again in the backward pass (Chen et al.
/// 2016). Parameters inside get their gradients from the inner backward pass.
/// </summary>
internal sealed class GradientCheckpoint : autograd.SingleTensorFunction<GradientCheckpoint>
{
    /// <inheritdoc/>
    public override string Name => nameof(GradientCheckpoint);

    /// <summary>The segment's result, which remembers only its input.</summary>
    public static TorchTensor Run(TorchTensor x, Func<TorchTensor, TorchTensor> segment)
    {
        using DisposeScope scope = NewDisposeScope();
        var call = new Call(x, segment);
        Tensor result = apply(x.Value, call).MoveToOuterDisposeScope();
        return new TorchTensor(result, x.Context, (int)result.size(0), (int)result.size(1));
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (var input, var call) = ((Tensor)vars[0], (Call)vars[1]);
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([input]);
        ctx.save_data(nameof(Call), call);
        return call.Apply(input).Value;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(nameof(Call));
        return call.Context.GuardBackward(2, [grad_output], () =>
        {
            using IDisposable recording = enable_grad();
            Tensor input = ctx.get_saved_variables()[0].detach().requires_grad_();
            Tensor result = call.Apply(input).Value;
            autograd.backward([result], [grad_output]);
            return [input.grad, null];
        });
    }

    /// <summary>One call: the segment, and the shape of its input.</summary>
    private sealed class Call(TorchTensor like, Func<TorchTensor, TorchTensor> segment)
    {
        private readonly int _rows = like.Rows;
        private readonly int _columns = like.Columns;

        public TorchContext Context { get; } = like.Context;

        public TorchTensor Apply(Tensor input) => segment(new TorchTensor(input, Context, _rows, _columns));
    }
}
