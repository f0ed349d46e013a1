using static TorchSharp.torch;

namespace RlCore.SideBySide.Peers;

/// <summary>Keys and values of the tokens that were read, in one tensor each for every layer.</summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    /// <summary>An empty cache.</summary>
    /// <param name="layers">Layers.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="heads">Heads of keys.</param>
    /// <param name="capacity">Tokens of a row.</param>
    /// <param name="size">Width of a head.</param>
    public KeyValueCache(int layers, long batch, long heads, long capacity, long size)
    {
        _keys = [.. Enumerable.Range(0, layers).Select(_ => zeros(batch, heads, capacity, size).DetachFromDisposeScope())];
        _values = [.. Enumerable.Range(0, layers).Select(_ => zeros(batch, heads, capacity, size).DetachFromDisposeScope())];
    }

    /// <summary>Tokens of each row.</summary>
    public long Length { get; private set; }

    /// <summary>Appends to a layer, and returns all that it holds then.</summary>
    /// <param name="layer">Layer, from 0.</param>
    /// <param name="key">[B, heads, T, size].</param>
    /// <param name="value">[B, heads, T, size].</param>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor key, Tensor value)
    {
        long time = key.shape[2];
        _keys[layer].narrow(2, Length, time).copy_(key);
        _values[layer].narrow(2, Length, time).copy_(value);
        return (_keys[layer].narrow(2, 0, Length + time), _values[layer].narrow(2, 0, Length + time));
    }

    /// <summary>All layers have appended.</summary>
    /// <param name="time">New tokens of each row.</param>
    public void Advance(long time) => Length += time;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _keys.Concat(_values))
        {
            tensor.Dispose();
        }
    }
}
