using RlCore.Engines;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace RlCore.SideBySide.Peers;

/// <summary>What the attention of all models has in common.</summary>
internal static class SelfAttention
{
    /// <summary>Rows of tokens as heads: [B, T, heads · size] → [B, heads, T, size].</summary>
    public static Tensor Split(Tensor x, long size) => x.view(x.shape[0], x.shape[1], -1, size).transpose(1, 2);

    /// <summary>Causal attention over the new tokens and those in the cache, which are none or all that came before.</summary>
    /// <param name="query">[B, heads, T, size].</param>
    /// <param name="key">[B, heads of keys, T, size].</param>
    /// <param name="value">As the keys.</param>
    /// <param name="heads">Head counts.</param>
    /// <param name="layer">Layer, from 0.</param>
    /// <param name="cache">The cache; null for none.</param>
    /// <returns>[B, T, heads · size].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, HeadLayout heads, int layer, KeyValueCache? cache)
    {
        if (cache is not null)
        {
            (key, value) = cache.Append(layer, key, value);
        }

        if (heads.KeyValueHeads < heads.Heads)
        {
            (key, value) = (Repeat(key, heads), Repeat(value, heads));
        }

        long time = query.shape[2];
        Tensor attended = functional.scaled_dot_product_attention(query, key, value, is_casual: time > 1);
        return attended.transpose(1, 2).reshape(query.shape[0], time, -1);
    }

    private static Tensor Repeat(Tensor x, HeadLayout heads) => x.repeat_interleave(heads.Heads / heads.KeyValueHeads, 1);
}
