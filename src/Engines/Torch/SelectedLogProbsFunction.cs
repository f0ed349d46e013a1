using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// Log-probs and entropies of chosen tokens from hidden states and a head, in pieces of rows. With z = h·Wᵀ/τ and
/// p = softmax(z): ∂ log p_y/∂z_j = 1[j = y] − p_j and ∂H/∂z_j = −p_j (log p_j + H). A frozen bfloat16 head is widened for each
/// pass alone.
/// </summary>
internal sealed class SelectedLogProbsFunction : autograd.MultiTensorFunction<SelectedLogProbsFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(SelectedLogProbsFunction);

    /// <summary>Log-probs and entropies, float32, one per row of <paramref name="hidden"/>.</summary>
    public static (Tensor LogProbs, Tensor Entropy) Run(
        TorchContext context, Tensor hidden, Tensor head, Tensor targets, double temperature)
    {
        using DisposeScope scope = NewDisposeScope();
        bool isRecorded = is_grad_enabled() && (hidden.requires_grad || head.requires_grad);
        var call = new Call(context, temperature, isRecorded && hidden.requires_grad, isRecorded && head.requires_grad);
        List<Tensor> results;
        if (isRecorded)
        {
            results = apply(hidden, head, targets, call);
        }
        else
        {
            using IDisposable quiet = no_grad();
            results = Evaluate(call, hidden, head, targets);
        }

        return (results[0].MoveToOuterDisposeScope(), results[1].MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (var hidden, var head, var targets, var call) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Call)vars[3]);
        List<Tensor> results = Evaluate(call, hidden, head, targets);
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([hidden, head, targets, results[1].detach(), .. results[2..]]);
        ctx.save_data(nameof(Call), call);
        return results[..2];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var call = (Call)ctx.get_data(nameof(Call));
        return call.Context.GuardBackward(4, grad_outputs, () => Differentiate(call, ctx.get_saved_variables(), grad_outputs));
    }

    // Log-probs, entropies and, where a backward pass follows and all logits fit into one piece, the probabilities for it.
    private static List<Tensor> Evaluate(Call call, Tensor hidden, Tensor head, Tensor targets)
    {
        long rows = hidden.size(0);
        long step = call.RowsAtOnce(head);
        Tensor weight = head.to(hidden.dtype);
        var logProbs = new List<Tensor>();
        var entropies = new List<Tensor>();
        for (long start = 0; start < rows; start += step)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(step, rows - start);
            Tensor log = LogSoftmax(call, hidden.narrow(0, start, count), weight);
            logProbs.Add(log.gather(1, targets.narrow(0, start, count)).view(count).MoveToOuterDisposeScope());
            Tensor probabilities = log.exp();
            entropies.Add(log.mul_(probabilities).sum(1).neg_().MoveToOuterDisposeScope());
            if (count == rows)
            {
                return call.NeedsHidden || call.NeedsHead
                    ? [logProbs[0], entropies[0], probabilities.MoveToOuterDisposeScope()]
                    : [logProbs[0], entropies[0]];
            }
        }

        return [cat(logProbs), cat(entropies)];
    }

    private static Tensor LogSoftmax(Call call, Tensor hidden, Tensor head)
    {
        Tensor logits = hidden.mm(head.t()).to(ScalarType.Float32);
        if (call.Temperature != 1)
        {
            using Scalar divisor = call.Temperature;
            logits.div_(divisor);
        }

        return nn.functional.log_softmax(logits, 1);
    }

    private static List<Tensor?> Differentiate(Call call, List<Tensor> saved, List<Tensor> incoming)
    {
        (Tensor hidden, Tensor head) = (saved[0], saved[1]);
        long rows = hidden.size(0);
        long step = call.RowsAtOnce(head);
        Tensor? ofLogProbs = call.PerLogit(incoming[0]);
        Tensor? ofEntropy = call.PerLogit(incoming[1]);
        if (ofLogProbs is null && ofEntropy is null)
        {
            return [null, null, null, null];
        }

        Tensor weight = head.to(hidden.dtype);
        Tensor? ofHidden = call.NeedsHidden ? empty_like(hidden) : null;
        var ofHead = new HeadGradient(call, head, step >= rows);
        for (long start = 0; start < rows; start += step)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(step, rows - start);
            Tensor states = hidden.narrow(0, start, count);
            Tensor probabilities = saved.Count > 4 ? saved[4] : LogSoftmax(call, states, weight).exp_();
            Tensor ofLogits = OfLogits(
                probabilities,
                saved[2].narrow(0, start, count),
                saved[3].narrow(0, start, count),
                ofLogProbs?.narrow(0, start, count),
                ofEntropy?.narrow(0, start, count));
            ofLogits = ofLogits.to(hidden.dtype);
            ofHidden?.narrow(0, start, count).copy_(ofLogits.mm(weight));
            ofHead.Add(ofLogits, states);
        }

        return [ofHidden, ofHead.Result(), null, null];
    }

    // p · (−g_logProb − g_entropy · (log p + H)), plus g_logProb at the target; where p is 0, p · log p is 0.
    private static Tensor OfLogits(Tensor probabilities, Tensor targets, Tensor entropy, Tensor? ofLogProbs, Tensor? ofEntropy)
    {
        Tensor weight = ofLogProbs ?? zeros_like(ofEntropy!);
        weight = ofEntropy is null ? weight : weight.Plus(ofEntropy.mul(entropy.unsqueeze(1)));
        Tensor gradient = probabilities.mul(weight.neg());
        if (ofEntropy is not null)
        {
            gradient.sub_(probabilities.xlogy(probabilities).mul_(ofEntropy));
        }

        return ofLogProbs is null ? gradient : gradient.scatter_add_(1, targets, ofLogProbs);
    }

    /// <summary>One call's constants.</summary>
    private sealed record Call(TorchContext Context, double Temperature, bool NeedsHidden, bool NeedsHead)
    {
        public long RowsAtOnce(Tensor head) => Math.Max(1, Context.LogitsAtOnce / head.size(0));

        /// <summary>A gradient of the results as a column over the undivided logits; nothing if none flowed.</summary>
        public Tensor? PerLogit(Tensor gradient)
        {
            if (gradient.IsInvalid)
            {
                return null;
            }

            using Scalar divisor = Temperature;
            return gradient.div(divisor).unsqueeze(1);
        }
    }

    /// <summary>
    /// The head's gradient. A parameter's is added to what it has accumulated, in place, rather than handed to libtorch, which would have
    /// to copy a matrix of the vocabulary's size since the managed side still holds it.
    /// </summary>
    private sealed class HeadGradient(Call call, Tensor head, bool isOnePiece)
    {
        private readonly bool _isParameter = IsParameter(call, head);
        private Tensor? _sum = IsParameter(call, head) ? head.grad : null;

        public void Add(Tensor ofLogits, Tensor states)
        {
            if (!call.NeedsHead)
            {
                return;
            }

            if (_sum is null)
            {
                // Several pieces of bfloat16 add up in float32.
                Tensor first = ofLogits.t().mm(states);
                _sum = (isOnePiece ? first : first.to(ScalarType.Float32)).MoveToOuterDisposeScope();
                if (_isParameter)
                {
                    head.grad = _sum;
                }
            }
            else if (_sum.dtype == states.dtype)
            {
                _sum.addmm_(ofLogits.t(), states);
            }
            else
            {
                _sum.PlusInPlace(ofLogits.t().mm(states));
            }
        }

        public Tensor? Result() => _isParameter ? null : _sum?.to(head.dtype);

        private static bool IsParameter(Call call, Tensor head) => call.NeedsHead && call.Context.IsEngines && head.is_leaf;
    }
}
