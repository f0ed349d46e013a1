using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <content>Rotary positions and attention.</content>
public readonly partial struct TorchTensor
{
    /// <inheritdoc/>
    /// <remarks>The root of the mean square is taken in float32, whatever the arithmetic's format.</remarks>
    public static TorchTensor NormHeads(
        TorchTensor qkv, HeadLayout heads, TorchTensor queryGain, TorchTensor keyGain, double epsilon)
    {
        RequireSameEngine(qkv, queryGain);
        RequireSameEngine(qkv, keyGain);
        RequirePacked(qkv, heads, qkv.Rows, nameof(NormHeads));
        RequireShape(queryGain, 1, heads.Size, "a query gain");
        RequireShape(keyGain, 1, heads.Size, "a key gain");
        using Scalar shift = epsilon;
        using DisposeScope scope = NewDisposeScope();
        int normed = heads.Heads + heads.KeyValueHeads;
        Tensor packed = qkv.InComputeType().view(qkv.Rows, normed + heads.KeyValueHeads, heads.Size);
        Tensor wide = packed.narrow(1, 0, normed).to(ScalarType.Float32);
        Tensor scale = wide.mul(wide).mean([2], true).Plus(shift).rsqrt();
        Tensor scaled = wide.mul(scale).to(packed.dtype);
        Tensor queries = scaled.narrow(1, 0, heads.Heads).mul(queryGain.InComputeType());
        Tensor keys = scaled.narrow(1, heads.Heads, heads.KeyValueHeads).mul(keyGain.InComputeType());
        Tensor result = cat([queries, keys, packed.narrow(1, normed, heads.KeyValueHeads)], 1);
        return Leaving(qkv, result.view(qkv.Rows, qkv.Columns));
    }

    /// <inheritdoc/>
    public static TorchTensor Rotary(TorchTensor qkv, HeadLayout heads, ReadOnlySpan<int> positions, RotaryFrequencies frequencies)
    {
        ArgumentNullException.ThrowIfNull(frequencies);
        RequirePacked(qkv, heads, qkv.Rows, nameof(Rotary));
        if (positions.Length != qkv.Rows || heads.Size != frequencies.Size)
        {
            throw new ArgumentException(
                $"Rotary needs frequencies of heads of {heads.Size} and one position a row, but got frequencies of {frequencies.Size} and "
                    + $"{positions.Length} positions for [{qkv.Rows}, {qkv.Columns}].",
                nameof(positions));
        }

        int half = heads.Size / 2;
        int turning = heads.Heads + heads.KeyValueHeads;
        using DisposeScope scope = NewDisposeScope();
        (Tensor cos, Tensor sin) = qkv.Context.Rotation(positions, frequencies);
        Tensor packed = qkv.InComputeType().view(qkv.Rows, turning + heads.KeyValueHeads, heads.Size);
        Tensor first = packed.narrow(1, 0, turning).narrow(2, 0, half);
        Tensor second = packed.narrow(1, 0, turning).narrow(2, half, half);
        Tensor turned = cat([first.mul(cos).sub(second.mul(sin)), second.mul(cos).Plus(first.mul(sin))], 2).to(packed.dtype);
        Tensor result = cat([turned, packed.narrow(1, turning, heads.KeyValueHeads)], 1);
        return Leaving(qkv, result.view(qkv.Rows, qkv.Columns));
    }

    /// <inheritdoc/>
    public static TorchTensor CausalAttention(TorchTensor qkv, HeadLayout heads, ReadOnlySpan<int> lengths, int time)
    {
        RequireSequences(qkv, heads, lengths, time, nameof(CausalAttention));
        TorchContext context = qkv.Context;
        using DisposeScope scope = NewDisposeScope();
        if (qkv.Rows == 0)
        {
            return Leaving(context, qkv.Operand.narrow(1, 0, heads.OutputWidth), 0, heads.OutputWidth);
        }

        // Padding is cleared before, so that whatever it holds reaches neither a value nor a gradient, and after.
        Tensor? padding = IsPadded(lengths, time) ? context.Padding(lengths, time) : null;
        Tensor packed = qkv.InComputeType();
        packed = padding is null ? packed : packed.masked_fill(padding, Zero);
        packed = packed.view(lengths.Length, time, heads.Heads + (2 * heads.KeyValueHeads), heads.Size);
        Tensor query = packed.narrow(2, 0, heads.Heads).transpose(1, 2);
        Tensor key = RepeatHeads(packed.narrow(2, heads.Heads, heads.KeyValueHeads).transpose(1, 2), heads);
        Tensor value = RepeatHeads(packed.narrow(2, heads.Heads + heads.KeyValueHeads, heads.KeyValueHeads).transpose(1, 2), heads);
        Tensor mixed = nn.functional.scaled_dot_product_attention(query, key, value, is_casual: true);
        Tensor result = mixed.transpose(1, 2).reshape(qkv.Rows, heads.OutputWidth);
        result = padding is null ? result : result.masked_fill(padding, Zero);
        return Leaving(context, result, qkv.Rows, heads.OutputWidth);
    }

    /// <inheritdoc/>
    public static TorchTensor CachedAttention(TorchTensor qkv, IKeyValueCache cache, int layer, ReadOnlySpan<int> lengths, int time)
    {
        if (cache is not TorchKeyValueCache own || own.Context != qkv.Context)
        {
            throw new ArgumentException("CachedAttention needs a cache made by the same engine.", nameof(cache));
        }

        RequireSequences(qkv, own.Heads, lengths, time, nameof(CachedAttention));
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        TorchTensor still = Like(qkv, qkv.InComputeType().detach());
        bool isFirst = own.Append(still.Operand, layer, lengths, time);
        if (isFirst)
        {
            TorchTensor first = CausalAttention(still, own.Heads, lengths, time);
            return Leaving(qkv.Context, first.Operand, qkv.Rows, own.Heads.OutputWidth);
        }

        Tensor result = own.Attend(still.Operand, layer, time);
        result = IsPadded(lengths, time) ? result.masked_fill(qkv.Context.Padding(lengths, time), Zero) : result;
        return Leaving(qkv.Context, result, qkv.Rows, own.Heads.OutputWidth);
    }

    // [B, kv heads, T, size] → [B, heads, T, size]: each key/value head serves heads/kv heads consecutive query heads.
    private static Tensor RepeatHeads(Tensor x, HeadLayout heads)
    {
        if (heads.Heads == heads.KeyValueHeads)
        {
            return x;
        }

        long batch = x.size(0);
        long time = x.size(2);
        return x.unsqueeze(2)
            .expand(batch, heads.KeyValueHeads, heads.Heads / heads.KeyValueHeads, time, heads.Size)
            .reshape(batch, heads.Heads, time, heads.Size);
    }

    private static bool IsPadded(ReadOnlySpan<int> lengths, int time) => lengths.ContainsAnyExcept(time);

    private static void RequirePacked(TorchTensor qkv, HeadLayout heads, int rows, string operation)
    {
        if (heads.Heads < 1 || heads.KeyValueHeads < 1 || heads.Size < 1 || heads.Heads % heads.KeyValueHeads != 0)
        {
            throw new ArgumentException($"{operation} needs key/value heads that divide the query heads, but got {heads}.", nameof(heads));
        }

        if (qkv.Rows != rows || qkv.Columns != heads.PackedWidth)
        {
            throw new ArgumentException(
                $"{operation} needs [{rows}, {heads.PackedWidth}] for {heads}, but got [{qkv.Rows}, {qkv.Columns}].", nameof(qkv));
        }
    }

    private static void RequireSequences(TorchTensor qkv, HeadLayout heads, ReadOnlySpan<int> lengths, int time, string operation)
    {
        RequirePacked(qkv, heads, checked(lengths.Length * time), operation);
        foreach (int length in lengths)
        {
            if (length < 0 || length > time)
            {
                throw new ArgumentException($"{operation} needs lengths from 0 to {time}, but got {length}.", nameof(lengths));
            }
        }
    }
}
