using System.Buffers;
using System.Numerics.Tensors;

namespace RlCore.Engines;

/// <summary>A token drawn from a distribution.</summary>
/// <param name="Token">Token id.</param>
/// <param name="LogProb">Its log-prob in nats under the distribution drawn from: after temperature and filters; 0 for greedy.</param>
public readonly record struct DrawnToken(int Token, float LogProb);

/// <summary>
/// Draws a token from logits: the single implementation used by every engine, so that equal logits and uniforms give equal
/// tokens. Filters follow Hugging Face transformers' logits warpers.
/// </summary>
public static class TokenSampler
{
    /// <summary>
    /// Draws from softmax(logits/temperature) after the filters: the first token id whose cumulative probability exceeds
    /// <paramref name="uniform"/>.
    /// </summary>
    /// <param name="logits">One logit per token; −∞ for a token that cannot occur.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="uniform">In [0, 1).</param>
    /// <exception cref="ArgumentException">No logits, or an option or the uniform number is out of range.</exception>
    /// <exception cref="InvalidOperationException">A logit is NaN or +∞, or all are −∞: there is no distribution to draw from.</exception>
    public static DrawnToken Draw(ReadOnlySpan<float> logits, SamplingOptions options, double uniform)
    {
        Check(logits, options, uniform);
        float largest = TensorPrimitives.Max(logits);
        if (!float.IsFinite(largest))
        {
            throw new InvalidOperationException(
                $"The largest of {logits.Length} logits is {largest}: there is no distribution to draw from.");
        }

        if (options.Temperature == 0)
        {
            return new DrawnToken(logits.IndexOf(largest), 0);
        }

        float[] rented = ArrayPool<float>.Shared.Rent(logits.Length);
        var weights = rented.AsSpan(0, logits.Length);
        TokenFilters.Weigh(logits, largest, options, weights);
        var drawn = Invert(weights, uniform);
        ArrayPool<float>.Shared.Return(rented);
        return drawn;
    }

    /// <summary>
    /// The distribution that <see cref="Draw"/> draws from, as probabilities that sum to 1; a greedy one has a single 1.
    /// </summary>
    /// <param name="logits">One logit a token.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="probabilities">One probability a token.</param>
    public static void Distribution(ReadOnlySpan<float> logits, SamplingOptions options, Span<float> probabilities)
    {
        Check(logits, options, 0);
        float largest = TensorPrimitives.Max(logits);
        if (options.Temperature == 0)
        {
            probabilities.Clear();
            probabilities[logits.IndexOf(largest)] = 1;
            return;
        }

        TokenFilters.Weigh(logits, largest, options, probabilities);
        double total = Total(probabilities);
        for (int i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] = (float)(probabilities[i] / total);
        }
    }

    private static DrawnToken Invert(ReadOnlySpan<float> weights, double uniform)
    {
        double total = Total(weights);
        double target = uniform * total;
        double cumulative = 0;
        int last = -1;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
            {
                last = i;
                cumulative += weights[i];
                if (cumulative > target)
                {
                    break;
                }
            }
        }

        return new DrawnToken(last, (float)Math.Log(weights[last] / total));
    }

    private static double Total(ReadOnlySpan<float> weights)
    {
        double total = 0;
        foreach (float weight in weights)
        {
            total += weight;
        }

        return total;
    }

    /// <summary>Rejects options that define no distribution.</summary>
    /// <param name="options">Temperature and filters.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static void Check(SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        bool valid = options.Temperature >= 0 && options.TopK >= 0 && options.TopP is > 0 and <= 1 && options.MinP is >= 0 and <= 1;
        if (!valid || !double.IsFinite(options.Temperature))
        {
            throw new ArgumentException(
                $"Temperature must be ≥ 0, top-k ≥ 0, top-p in (0, 1] and min-p in [0, 1]: {options}.", nameof(options));
        }
    }

    private static void Check(ReadOnlySpan<float> logits, SamplingOptions options, double uniform)
    {
        Check(options);
        if (logits.IsEmpty || !(uniform is >= 0 and < 1))
        {
            throw new ArgumentException(
                $"A draw needs at least one logit ({logits.Length} given) and a uniform in [0, 1) ({uniform} given).", nameof(uniform));
        }
    }
}
