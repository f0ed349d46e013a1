using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>Draws tokens on the device, and brings them back in one transfer.</summary>
internal static class TorchSampler
{
    private static readonly Scalar MinusInfinity = double.NegativeInfinity;
    private static readonly Scalar Zero = 0.0;

    public static void Draw(TorchTensor hidden, TorchTensor head, SamplingOptions options, ReadOnlySpan<double> uniforms, Span<int> tokens, Span<float> logProbs)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        TorchContext context = hidden.Context;
        Tensor states = hidden.InComputeType();
        Tensor weights = head.InComputeType().t();
        Tensor numbers = context.Upload(uniforms, ScalarType.Float64, uniforms.Length, 1);

        // The distribution is in float64, twice the size of a logit.
        int step = (int)Math.Clamp(context.LogitsAtOnce / (2L * head.Rows), 1, hidden.Rows);
        var pieces = new List<Tensor>();
        for (int start = 0; start < hidden.Rows; start += step)
        {
            using DisposeScope inner = NewDisposeScope();
            int count = Math.Min(step, hidden.Rows - start);
            Tensor logits = states.narrow(0, start, count).mm(weights).to(ScalarType.Float32);
            pieces.Add(DrawPiece(logits, options, numbers.narrow(0, start, count)).MoveToOuterDisposeScope());
        }

        Tensor drawn = cat(pieces).cpu();
        var values = drawn.data<double>();
        for (int row = 0; row < tokens.Length; row++)
        {
            tokens[row] = (int)values[2 * row];
            logProbs[row] = (float)values[(2 * row) + 1];
        }
    }

    // [rows, 2]: token, log-prob.
    private static Tensor DrawPiece(Tensor logits, SamplingOptions options, Tensor uniforms)
    {
        if (options.Temperature == 0)
        {
            Tensor best = logits.argmax(1, true).to(ScalarType.Float64);
            return cat([best, zeros_like(best)], 1);
        }

        using Scalar temperature = options.Temperature;
        Tensor kept = logits.to(ScalarType.Float64).div(temperature);
        kept = KeepLargest(kept, options.TopK);
        kept = KeepMass(kept, options.TopP);
        kept = KeepNearBest(kept, options.MinP);
        Tensor log = nn.functional.log_softmax(kept, 1);
        Tensor cumulative = log.exp().cumsum(1);
        Tensor total = cumulative.narrow(1, cumulative.size(1) - 1, 1).contiguous();

        // The first token whose cumulative probability exceeds u · total; rounding may leave none, then the last with any probability.
        Tensor token = searchsorted(cumulative, uniforms.mul(total), right: true).minimum(searchsorted(cumulative, total));
        return cat([token.to(ScalarType.Float64), log.gather(1, token)], 1);
    }

    private static Tensor KeepLargest(Tensor logits, int count)
    {
        if (count <= 0 || count >= logits.size(1))
        {
            return logits;
        }

        Tensor least = logits.topk(count, 1).values.narrow(1, count - 1, 1);
        return logits.masked_fill(logits.lt(least), MinusInfinity);
    }

    private static Tensor KeepMass(Tensor logits, double mass)
    {
        if (mass >= 1)
        {
            return logits;
        }

        using Scalar limit = mass;
        (Tensor sorted, Tensor order) = logits.sort(1, descending: true, stable: true);
        Tensor probabilities = nn.functional.softmax(sorted, 1);
        Tensor cumulative = probabilities.cumsum(1);

        // What the tokens before it already hold; the first is always kept.
        Tensor before = cat([zeros_like(cumulative.narrow(1, 0, 1)), cumulative.narrow(1, 0, cumulative.size(1) - 1)], 1);
        Tensor removed = before.ge(limit).logical_and(before.gt(Zero));
        return logits.masked_fill(zeros_like(removed).scatter(1, order, removed), MinusInfinity);
    }

    private static Tensor KeepNearBest(Tensor logits, double fraction)
    {
        if (fraction <= 0)
        {
            return logits;
        }

        using Scalar ratio = fraction;
        Tensor probabilities = nn.functional.softmax(logits, 1);
        Tensor least = probabilities.amax([1], true).mul(ratio);
        return logits.masked_fill(probabilities.lt(least), MinusInfinity);
    }
}
