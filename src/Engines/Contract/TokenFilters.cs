using System.Buffers;
using System.Numerics.Tensors;

namespace RlCore.Engines;

/// <summary>Temperature, top-k, top-p and min-p on weights exp((logit − largest)/temperature): filtered tokens weigh 0.</summary>
internal static class TokenFilters
{
    public static void Weigh(ReadOnlySpan<float> logits, float largest, SamplingOptions options, Span<float> weights)
    {
        TensorPrimitives.Subtract(logits, largest, weights);
        Divide(weights, options.Temperature);
        TensorPrimitives.Exp(weights, weights);
        if (options.TopK > 0 && options.TopK < logits.Length)
        {
            KeepLargest(logits, options.TopK, weights);
        }

        if (options.TopP < 1)
        {
            KeepMass(logits, options.TopP, weights);
        }

        if (options.MinP > 0)
        {
            KeepAbove(options.MinP, weights);
        }
    }

    // The inverse of an extreme temperature is no float: 0 · ∞ would be NaN where 0 divided by the temperature is 0.
    private static void Divide(Span<float> differences, double temperature)
    {
        float inverse = (float)(1 / temperature);
        if (float.IsNormal(inverse))
        {
            TensorPrimitives.Multiply(differences, inverse, differences);
            return;
        }

        foreach (ref float difference in differences)
        {
            difference = (float)(difference / temperature);
        }
    }

    /// <summary>Top-k: what is below the k-th largest logit goes; ties with it stay.</summary>
    private static void KeepLargest(ReadOnlySpan<float> logits, int count, Span<float> weights)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(logits.Length);
        var values = rented.AsSpan(0, logits.Length);
        logits.CopyTo(values);
        float threshold = Largest(values, count);
        ArrayPool<float>.Shared.Return(rented);
        for (int i = 0; i < weights.Length; i++)
        {
            if (logits[i] < threshold)
            {
                weights[i] = 0;
            }
        }
    }

    /// <summary>The count-th largest value, by Hoare's quickselect; reorders the values.</summary>
    private static float Largest(Span<float> values, int count)
    {
        int low = 0, high = values.Length - 1, wanted = count - 1;
        while (low < high)
        {
            float pivot = values[low + ((high - low) / 2)];
            int i = low, j = high;
            while (i <= j)
            {
                while (values[i] > pivot)
                {
                    i++;
                }

                while (values[j] < pivot)
                {
                    j--;
                }

                if (i <= j)
                {
                    (values[i], values[j]) = (values[j], values[i]);
                    i++;
                    j--;
                }
            }

            if (wanted <= j)
            {
                high = j;
            }
            else if (wanted >= i)
            {
                low = i;
            }
            else
            {
                break;
            }
        }

        return values[wanted];
    }

    /// <summary>
    /// Top-p: in ascending order (of equal logits the lower id first), tokens go while the cumulative probability is at most
    /// 1 − p; the last always stays. Tokens so light that all of them together stay below 1 − p go without being sorted.
    /// </summary>
    private static void KeepMass(ReadOnlySpan<float> logits, double mass, Span<float> weights)
    {
        double total = 0;
        foreach (float weight in weights)
        {
            total += weight;
        }

        double removable = (1 - mass) * total;
        float light = (float)(removable / (2.0 * weights.Length));
        ulong[] rented = ArrayPool<ulong>.Shared.Rent(weights.Length);
        int heavy = 0;
        double cumulative = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] > light)
            {
                rented[heavy++] = ((ulong)Ordered(logits[i]) << 32) | (uint)i;
            }
            else
            {
                cumulative += weights[i];
                weights[i] = 0;
            }
        }

        var order = rented.AsSpan(0, heavy);
        order.Sort();
        for (int i = 0; i < heavy - 1; i++)
        {
            int token = (int)(uint)order[i];
            cumulative += weights[token];
            if (cumulative > removable)
            {
                break;
            }

            weights[token] = 0;
        }

        ArrayPool<ulong>.Shared.Return(rented);
    }

    /// <summary>Min-p: the largest weight is 1, so the fraction is the threshold.</summary>
    private static void KeepAbove(double fraction, Span<float> weights)
    {
        foreach (ref float weight in weights)
        {
            if (weight < fraction)
            {
                weight = 0;
            }
        }
    }

    /// <summary>Bits of a float as an integer of the same order.</summary>
    private static uint Ordered(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value == 0 ? 0 : value);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }
}
