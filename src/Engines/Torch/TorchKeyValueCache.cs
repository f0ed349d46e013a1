using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// Keys and values of each layer in two tensors [batch, key/value heads, capacity, size], allocated once. The rows in use are the
/// first ones.
/// </summary>
internal sealed class TorchKeyValueCache : IKeyValueCache
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;
    private readonly int[] _lengths;
    private readonly int _batch;
    private int _rows;
    private Step? _step;

    public TorchKeyValueCache(TorchContext context, int layers, HeadLayout heads, int batch, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Context = context;
        Heads = heads;
        Capacity = capacity;
        _batch = batch;
        _rows = batch;
        _lengths = new int[batch];
        _keys = Allocate(layers);
        _values = Allocate(layers);
    }

    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, _rows);

    public int Capacity { get; }

    internal TorchContext Context { get; }

    internal HeadLayout Heads { get; }

    private bool IsEmpty => !Lengths.ContainsAnyExcept(0);

    public void Advance(ReadOnlySpan<int> newTokens)
    {
        UseRows(newTokens, nameof(newTokens));
        for (int row = 0; row < _rows; row++)
        {
            _lengths[row] += newTokens[row];
        }

        ForgetStep();
    }

    public void Keep(ReadOnlySpan<int> rows)
    {
        if (rows.Length > _batch)
        {
            throw new ArgumentException($"The cache was made for {_batch} rows, so {rows.Length} cannot be kept.", nameof(rows));
        }

        foreach (int row in rows)
        {
            CheckRow(row, nameof(rows));
        }

        if (!IsPrefix(rows))
        {
            Move(rows);
        }

        int[] lengths = [.. _lengths];
        for (int i = 0; i < rows.Length; i++)
        {
            _lengths[i] = lengths[rows[i]];
        }

        _lengths.AsSpan(rows.Length).Clear();
        _rows = rows.Length;
        ForgetStep();
    }

    public void Append(IKeyValueCache source, ReadOnlySpan<int> rows)
    {
        if (source is not TorchKeyValueCache other
            || other.Context != Context || other.Heads != Heads || other._keys.Length != _keys.Length)
        {
            throw new ArgumentException("The rows of a cache of another engine or model cannot be added.", nameof(source));
        }

        int used = 0;
        foreach (int row in rows)
        {
            other.CheckRow(row, nameof(rows));
            used = Math.Max(used, other._lengths[row]);
        }

        if (_rows + rows.Length > _batch || used > Capacity)
        {
            throw new ArgumentException(
                $"{rows.Length} rows of up to {used} tokens cannot be added to {_rows}: the cache was made for {_batch} of {Capacity}.",
                nameof(source));
        }

        if (used > 0)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable quiet = no_grad();
            Tensor chosen = Context.Upload<int>(rows, ScalarType.Int32, rows.Length);
            foreach (var (held, from) in ((Tensor[])[.. _keys, .. _values]).Zip((Tensor[])[.. other._keys, .. other._values]))
            {
                held.narrow(0, _rows, rows.Length).narrow(2, 0, used).copy_(from.narrow(2, 0, used).index_select(0, chosen));
            }
        }

        for (int i = 0; i < rows.Length; i++)
        {
            _lengths[_rows + i] = other._lengths[rows[i]];
        }

        _rows += rows.Length;
        ForgetStep();
    }

    public void Dispose()
    {
        ForgetStep();
        foreach (Tensor tensor in (Tensor[])[.. _keys, .. _values])
        {
            tensor.Dispose();
        }
    }

    /// <summary>Writes the new keys and values of a layer.</summary>
    /// <returns>Whether the rows held nothing before.</returns>
    internal bool Append(Tensor qkv, int layer, ReadOnlySpan<int> lengths, int time)
    {
        if ((uint)layer >= (uint)_keys.Length)
        {
            throw new ArgumentException($"Layer {layer} is outside of the cache's {_keys.Length} layers.", nameof(layer));
        }

        if (_step is null || _step.Time != time || !lengths.SequenceEqual(_step.Added))
        {
            UseRows(lengths, nameof(lengths));
            ForgetStep();
            _step = Plan(lengths, time);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor packed = qkv.view(-1, Heads.Heads + (2 * Heads.KeyValueHeads), Heads.Size);
        Store(packed.narrow(1, Heads.Heads, Heads.KeyValueHeads), _keys[layer], _step);
        Store(packed.narrow(1, Heads.Heads + Heads.KeyValueHeads, Heads.KeyValueHeads), _values[layer], _step);
        return _step.Visible is null;
    }

    /// <summary>
    /// Attention of the new queries over all that each row holds; after <see cref="Append(Tensor, int, ReadOnlySpan{int}, int)"/> of the
    /// same layer.
    /// </summary>
    /// <remarks>The query heads that share a key/value head become rows of one product, so nothing is repeated.</remarks>
    internal Tensor Attend(Tensor qkv, int layer, int time)
    {
        Step step = _step ?? throw new InvalidOperationException("Keys and values are appended before they are attended to.");
        int group = Heads.Heads / Heads.KeyValueHeads;
        Tensor query = qkv.narrow(1, 0, Heads.OutputWidth)
            .reshape(_rows, time, Heads.Heads, Heads.Size).transpose(1, 2)
            .reshape(_rows, Heads.KeyValueHeads, group * time, Heads.Size);
        Tensor key = _keys[layer].narrow(0, 0, _rows).narrow(2, 0, step.Width);
        Tensor value = _values[layer].narrow(0, 0, _rows).narrow(2, 0, step.Width);
        return nn.functional.scaled_dot_product_attention(query, key, value, step.Visible)
            .reshape(_rows, Heads.Heads, time, Heads.Size).transpose(1, 2)
            .reshape(_rows * time, Heads.OutputWidth);
    }

    private void CheckRow(int row, string name)
    {
        if ((uint)row >= (uint)_rows)
        {
            throw new ArgumentException($"Row {row} is not one of the {_rows} rows that the cache holds.", name);
        }
    }

    private static bool IsPrefix(ReadOnlySpan<int> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] != i)
            {
                return false;
            }
        }

        return true;
    }

    private static void Store(Tensor added, Tensor target, Step step)
    {
        long size = added.size(2);
        Tensor real = step.Real is null ? added : added.index_select(0, step.Real);
        target.view(-1, size).index_copy_(0, step.Targets, real.reshape(-1, size));
    }

    private Tensor[] Allocate(int layers) => Enumerable.Range(0, layers)
        .Select(_ => zeros([_batch, Heads.KeyValueHeads, Capacity, Heads.Size], Context.Compute, Context.Device).DetachFromDisposeScope())
        .ToArray();

    // An empty cache takes any number of rows up to its batch.
    private void UseRows(ReadOnlySpan<int> counts, string name)
    {
        if (counts.Length != _rows && !(IsEmpty && counts.Length <= _batch))
        {
            throw new ArgumentException($"{counts.Length} rows were given for a cache that holds {_rows}.", name);
        }

        for (int row = 0; row < counts.Length; row++)
        {
            if (counts[row] < 0 || _lengths[row] + counts[row] > Capacity)
            {
                throw new ArgumentException(
                    $"Row {row} holds {_lengths[row]} tokens; {counts[row]} more do not fit into a capacity of {Capacity}.", name);
            }
        }

        _rows = counts.Length;
    }

    private void Move(ReadOnlySpan<int> rows)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        int used = _lengths.Max();
        Tensor index = Context.Upload(rows, ScalarType.Int32, rows.Length);
        foreach (Tensor tensor in (Tensor[])[.. _keys, .. _values])
        {
            using DisposeScope one = NewDisposeScope();
            Tensor held = tensor.narrow(2, 0, used);
            held.narrow(0, 0, rows.Length).copy_(held.index_select(0, index));
        }
    }

    private Step Plan(ReadOnlySpan<int> lengths, int time)
    {
        bool isFirst = IsEmpty;
        var real = new List<int>();
        var targets = new List<long>();
        var positions = new int[lengths.Length * time];
        for (int row = 0; row < lengths.Length; row++)
        {
            for (int t = 0; t < time; t++)
            {
                positions[(row * time) + t] = _lengths[row] + t;
            }

            for (int t = 0; t < lengths[row]; t++)
            {
                real.Add((row * time) + t);
                for (int head = 0; head < Heads.KeyValueHeads; head++)
                {
                    targets.Add(((((long)row * Heads.KeyValueHeads) + head) * Capacity) + _lengths[row] + t);
                }
            }
        }

        int width = 0;
        for (int row = 0; row < lengths.Length; row++)
        {
            width = Math.Max(width, _lengths[row] + lengths[row]);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor? chosen = real.Count == positions.Length
            ? null
            : Context.Upload<int>([.. real], ScalarType.Int32, real.Count).DetachFromDisposeScope();
        Tensor places = Context.Upload<long>([.. targets], ScalarType.Int64, targets.Count).DetachFromDisposeScope();
        Tensor? visible = isFirst ? null : Visible(positions, lengths.Length, time, width).DetachFromDisposeScope();
        return new Step(lengths.ToArray(), time, width, chosen, places, visible);
    }

    // [rows, 1, group · time, width] (group is left to broadcasting where time is 1): key j is seen from position p when j ≤ p.
    private Tensor Visible(int[] positions, int rows, int time, int width)
    {
        int group = Heads.Heads / Heads.KeyValueHeads;
        Tensor at = Context.Upload<int>(positions, ScalarType.Int32, rows, 1, time, 1);
        Tensor seen = SafeSums.Count(width, Context.Device).view(1, 1, 1, width).le(at);
        return time == 1 ? seen : seen.expand(rows, group, time, width).reshape(rows, 1, group * time, width);
    }

    private void ForgetStep()
    {
        _step?.Real?.Dispose();
        _step?.Targets.Dispose();
        _step?.Visible?.Dispose();
        _step = null;
    }

    /// <summary>What all layers of one decoding step share.</summary>
    /// <param name="Added">New tokens of each row.</param>
    /// <param name="Time">Padded width of the new tokens.</param>
    /// <param name="Width">Maximum number of tokens in a row after the step.</param>
    /// <param name="Real">The new rows that are no padding; nothing when all are.</param>
    /// <param name="Targets">Where each real row's heads go, as rows of the cache seen as [batch · heads · capacity, size].</param>
    /// <param name="Visible">Which keys each query sees; nothing when the cache was empty, where attention is plainly causal.</param>
    private sealed record Step(int[] Added, int Time, int Width, Tensor? Real, Tensor Targets, Tensor? Visible);
}
