namespace RlCore.Engines.Managed;

/// <content>Positions and attention of <see cref="ITensor{T}"/>.</content>
public readonly unsafe partial struct ManagedTensor
{
    /// <inheritdoc/>
    public static ManagedTensor NormHeads(
        ManagedTensor qkv, HeadLayout heads, ManagedTensor queryGain, ManagedTensor keyGain, double epsilon)
    {
        var (node, query, key) = (qkv.Node, queryGain.Node, keyGain.Node);
        var engine = Common(node, query);
        _ = Common(node, key);
        CheckHeads(heads);
        CheckShape(node, node.Rows, heads.PackedWidth, nameof(qkv));
        CheckShape(query, 1, heads.Size, nameof(queryGain));
        CheckShape(key, 1, heads.Size, nameof(keyGain));
        var result = engine.NewNode(node.Rows, node.Columns);
        result.Heads = heads;
        if (Record(result, &HeadNormalization.Backward, node, query, key))
        {
            result.Saved0 = engine.Arena.Rent((long)node.Rows * HeadNormalization.Normed(heads));
        }

        HeadNormalization.Forward(engine.Pool, node, query, key, epsilon, result);
        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor Rotary(ManagedTensor qkv, HeadLayout heads, ReadOnlySpan<int> positions, RotaryFrequencies frequencies)
    {
        ArgumentNullException.ThrowIfNull(frequencies);
        var node = qkv.Node;
        CheckHeads(heads);
        CheckShape(node, positions.Length, heads.PackedWidth, nameof(qkv));
        if (heads.Size != frequencies.Size)
        {
            throw new ArgumentException(
                $"Frequencies of heads of {frequencies.Size} do not fit heads of {heads.Size}.", nameof(frequencies));
        }

        int last = 0;
        foreach (int position in positions)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position, nameof(positions));
            last = Math.Max(last, position);
        }

        var table = node.Engine.RotaryTable(frequencies);
        table.Cover(last + 1);
        var result = node.Engine.NewNode(node.Rows, node.Columns);
        (result.Saved0, result.Heads, result.Frequencies) = (Keep(node.Engine, positions), heads, frequencies);
        Rotation.Forward(node.Engine.Pool, node, result, table, result.Saved0.Integers, heads);
        Record(result, &Rotation.Backward, node);
        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor CausalAttention(ManagedTensor qkv, HeadLayout heads, ReadOnlySpan<int> lengths, int time)
    {
        var node = qkv.Node;
        CheckHeads(heads);
        CheckLengths(node, heads, lengths, time);
        var engine = node.Engine;
        var result = engine.NewNode(node.Rows, heads.OutputWidth);
        (result.Saved0, result.Heads, result.Integer0) = (Keep(engine, lengths), heads, time);
        if (Record(result, &CausalAttentionKernel.Backward, node))
        {
            result.Saved1 = engine.Arena.Rent((long)node.Rows * heads.Heads);
        }

        CausalAttentionKernel.Forward(engine, node, heads, result.Saved0.Integers, time, result.Saved1.Data, result);
        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor CachedAttention(ManagedTensor qkv, IKeyValueCache cache, int layer, ReadOnlySpan<int> lengths, int time)
    {
        var node = qkv.Node;
        if (cache is not KeyValueCache own || own.Engine != node.Engine)
        {
            throw new InvalidOperationException("The cache belongs to another engine.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, own.Layers);
        CheckLengths(node, own.Heads, lengths, time);
        own.CheckRoom(lengths);
        var result = node.Engine.NewNode(node.Rows, own.Heads.OutputWidth);
        result.Saved0 = Keep(node.Engine, lengths);
        CachedAttentionKernel.Forward(own, layer, node, result.Saved0.Integers, time, result);
        return new ManagedTensor(result);
    }

    /// <summary>Throws unless the counts are positive and query heads share key/value heads evenly.</summary>
    internal static void CheckHeads(HeadLayout heads)
    {
        if (heads.Heads <= 0 || heads.KeyValueHeads <= 0 || heads.Size <= 0 || heads.Heads % heads.KeyValueHeads != 0)
        {
            throw new ArgumentException(
                $"{heads}: counts and size must be positive, and key/value heads must divide the heads.", nameof(heads));
        }
    }

    private static void CheckLengths(Node qkv, HeadLayout heads, ReadOnlySpan<int> lengths, int time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(time);
        CheckShape(qkv, lengths.Length * time, heads.PackedWidth, nameof(qkv));
        foreach (int length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(lengths));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, time, nameof(lengths));
        }
    }
}
