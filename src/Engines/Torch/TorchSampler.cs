using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>Draws tokens on the device, and brings them back in one transfer.</summary>
internal static class TorchSampler
{
    private static readonly Scalar Zero = 0.0;

    public static void Draw(
        TorchTensor hidden,
        TorchTensor head,
        SamplingOptions options,
        ReadOnlySpan<double> uniforms,
        Span<int> tokens,
        Span<float> logProbs)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        TorchContext context = hidden.Context;
        Tensor states = hidden.InComputeType();
        Tensor weights = head.AsWeight().to(states.dtype).t();
        Tensor numbers = context.Upload(uniforms, ScalarType.Float64, uniforms.Length, 1);

        // The cumulative distribution is in float64, twice the size of a logit.
        int step = (int)Math.Clamp(context.LogitsAtOnce / (2L * head.Rows), 1, hidden.Rows);
        var pieces = new List<Tensor>();
        for (int start = 0; start < hidden.Rows; start += step)
        {
            using DisposeScope inner = NewDisposeScope();
            int count = Math.Min(step, hidden.Rows - start);
            Tensor logits = states.narrow(0, start, count).mm(weights).to(ScalarType.Float32);
            pieces.Add(DrawPiece(logits, options, numbers.narrow(0, start, count)).MoveToOuterDisposeScope());
        }

        using Tensor drawn = cat(pieces).cpu();
        double[] values = drawn.data<double>().ToArray();
        for (int row = 0; row < tokens.Length; row++)
        {
            ReadOnlySpan<double> value = values.AsSpan(3 * row, 3);
            if (!double.IsFinite(value[2]))
            {
                throw new InvalidOperationException(
                    $"The largest logit of row {row} is {value[2]}: there is no distribution to draw from.");
            }

            tokens[row] = (int)value[0];
            logProbs[row] = (float)value[1];
        }
    }

    // [rows, 3]: token, log-prob, largest logit.
    private static Tensor DrawPiece(Tensor logits, SamplingOptions options, Tensor uniforms)
    {
        Tensor largest = logits.amax([1], true);
        if (options.Temperature == 0)
        {
            Tensor best = logits.argmax(1, true).to(ScalarType.Float64);
            return cat([best, zeros_like(best), largest.to(ScalarType.Float64)], 1);
        }

        Tensor weights = Divided(logits.sub(largest), options.Temperature).exp_();
        KeepLargest(logits, options.TopK, weights);
        KeepMass(logits, options.TopP, weights);
        KeepNearBest(options.MinP, weights);

        // The first token whose cumulative weight exceeds u · total; where rounding leaves none, the last of any weight.
        Tensor cumulative = weights.to(ScalarType.Float64).cumsum(1);
        Tensor total = cumulative.narrow(1, cumulative.size(1) - 1, 1).contiguous();
        Tensor token = searchsorted(cumulative, uniforms.mul(total), right: true).minimum(searchsorted(cumulative, total));
        Tensor logProb = weights.gather(1, token).to(ScalarType.Float64).div(total).log();
        return cat([token.to(ScalarType.Float64), logProb, largest.to(ScalarType.Float64)], 1);
    }

    // The inverse of an extreme temperature is no float: 0 · ∞ would be NaN where 0 divided by the temperature is 0.
    private static Tensor Divided(Tensor differences, double temperature)
    {
        float inverse = (float)(1 / temperature);
        if (float.IsNormal(inverse))
        {
            using Scalar factor = inverse;
            return differences.mul_(factor);
        }

        using Scalar divisor = temperature;
        return differences.to(ScalarType.Float64).div_(divisor).to(differences.dtype);
    }

    // Top-k: ties with the k-th stay.
    private static void KeepLargest(Tensor logits, int count, Tensor weights)
    {
        if (count > 0 && count < logits.size(1))
        {
            Tensor least = logits.topk(count, 1).values.narrow(1, count - 1, 1);
            weights.masked_fill_(logits.lt(least), Zero);
        }
    }

    // Top-p: in ascending order, of equal logits the lower id first, tokens go while their mass is at most 1 − p; the last stays.
    private static void KeepMass(Tensor logits, double mass, Tensor weights)
    {
        if (mass < 1)
        {
            using Scalar light = 1 - mass;
            Tensor order = logits.sort(1, descending: false, stable: true).Indices;
            Tensor cumulative = weights.gather(1, order).to(ScalarType.Float64).cumsum(1);
            long last = cumulative.size(1) - 1;
            Tensor removed = cumulative.le(cumulative.narrow(1, last, 1).mul(light));
            removed.narrow(1, last, 1).zero_();
            weights.masked_fill_(zeros_like(removed).scatter_(1, order, removed), Zero);
        }
    }

    // Min-p: the largest weight is 1, so the fraction is the threshold.
    private static void KeepNearBest(double fraction, Tensor weights)
    {
        if (fraction > 0)
        {
            using Scalar least = fraction;
            weights.masked_fill_(weights.lt(least), Zero);
        }
    }
}
