using System.Numerics.Tensors;
using RlCore.Algebra;

namespace RlCore.Engines.Managed;

/// <summary>
/// The embedded CPU engine: SIMD kernels and reverse mode in plain .NET. Temporaries live in native memory that scopes
/// recycle, so a steady-state step allocates almost nothing on the managed heap. The same inputs give the same bits, on any
/// number of threads.
/// </summary>
/// <remarks>A tensor that is used after its scope has ended, or with a tensor of another engine, throws
/// <see cref="InvalidOperationException"/>.</remarks>
public sealed unsafe partial class ManagedEngine : IEngine<ManagedTensor>
{
    private readonly Tape _tape;
    private readonly bool _recomputes;
    private readonly WeightType? _frozenWeights;
    private readonly HashSet<Node> _weights = [];
    private readonly List<IDisposable> _owned = [];
    private readonly Dictionary<RotaryFrequencies, RotaryTable> _rotaryTables = [];
    private bool _disposed;

    /// <summary>Starts an engine.</summary>
    /// <param name="options">How it uses the machine; defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">Threads is not in 1 … 4,096.</exception>
    public ManagedEngine(ManagedEngineOptions? options = null)
    {
        options ??= new ManagedEngineOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Threads, 4096, nameof(options));
        MatrixPath = options.MatrixPath;
        (_recomputes, _frozenWeights) = (options.GradientCheckpointing, options.FrozenWeights);
        Memory = new EngineMemory(options.MemoryBytes, Recomputes: _recomputes) { FrozenWeights = _frozenWeights };
        Arena = new Arena();
        Pool = new WorkerPool(options.Threads);
        _tape = new Tape(this);
    }

    /// <inheritdoc/>
    public bool IsReproducible => true;

    /// <inheritdoc/>
    public string Description
    {
        get
        {
            string width =
                MatrixPath switch { MatrixPath.Vector512 => "AVX-512", MatrixPath.Vector256 => "256-bit SIMD", _ => "128-bit SIMD" };
            string checkpointing = _recomputes ? ", gradient checkpointing" : "";
            string frozen = _frozenWeights is { } type ? $", frozen weights {WeightTypes.NameOf(type)}" : "";
            return $"managed, {Pool.Threads} {(Pool.Threads == 1 ? "thread" : "threads")}, {width}{checkpointing}{frozen}";
        }
    }

    /// <inheritdoc/>
    public EngineMemory Memory { get; }

    internal Arena Arena { get; }

    internal WorkerPool Pool { get; }

    internal MatrixPath MatrixPath { get; }

    internal Tape Tape => _tape;

    /// <inheritdoc/>
    public bool IsRecording => _tape.Records;

    /// <inheritdoc/>
    public ManagedTensor Parameter(int rows, int columns, ReadOnlySpan<float> values)
    {
        CheckCount(rows, columns, values.Length);
        var node = _tape.NewParameter(rows, columns);
        values.CopyTo(new Span<float>(node.Data, node.Length));
        _weights.Add(node);
        return new ManagedTensor(node);
    }

    /// <inheritdoc/>
    public ManagedTensor Parameter(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Filled(_tape.NewParameter(source.Rows, source.Columns), source);
    }

    /// <inheritdoc/>
    public ManagedTensor Frozen(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var type = source.Rows == 1 ? WeightType.F32 : _frozenWeights ?? source.Type;
        type = type == WeightType.Q80 && !Quantized8.Fits(source.Columns) ? WeightType.F32 : type;
        return Filled(_tape.NewFrozen(source.Rows, source.Columns, type), source);
    }

    /// <inheritdoc/>
    public ManagedTensor Constant(int rows, int columns, ReadOnlySpan<float> values)
    {
        CheckCount(rows, columns, values.Length);
        var node = NewNode(rows, columns);
        values.CopyTo(new Span<float>(node.Data, node.Length));
        return new ManagedTensor(node);
    }

    /// <inheritdoc/>
    public void Release(ManagedTensor weight)
    {
        var node = OwnWeight(weight);
        if (!_weights.Remove(node))
        {
            throw new ArgumentException("The tensor is neither a parameter nor a frozen weight.", nameof(weight));
        }

        _tape.Recycle(node);
    }

    /// <inheritdoc/>
    public void Read(ManagedTensor x, Span<float> destination)
    {
        var node = OwnWeight(x);
        CheckCount(node.Rows, node.Columns, destination.Length);
        WeightTransfer.Read(node, destination);
    }

    /// <inheritdoc/>
    public void Write(ManagedTensor parameter, ReadOnlySpan<float> values)
    {
        var node = OwnParameter(parameter);
        CheckCount(node.Rows, node.Columns, values.Length);
        values.CopyTo(new Span<float>(node.Data, node.Length));
    }

    /// <inheritdoc/>
    public void AddRows(ManagedTensor parameter, int firstRow, ManagedTensor values)
    {
        var (target, source) = (OwnParameter(parameter), Own(values));
        if (firstRow < 0 || source.Columns != target.Columns || firstRow + source.Rows > target.Rows)
        {
            throw new ArgumentException(
                $"[{source.Rows}, {source.Columns}] cannot be added to [{target.Rows}, {target.Columns}] from row {firstRow}.",
                nameof(values));
        }

        var sum = new Span<float>(target.Data + ((long)firstRow * target.Columns), source.Length);
        TensorPrimitives.Add(sum, new ReadOnlySpan<float>(source.Data, source.Length), sum);
    }

    /// <inheritdoc/>
    public IDisposable Scope()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _tape.OpenScope();
    }

    /// <inheritdoc/>
    public IDisposable NoGradient()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _tape.StopRecording();
    }

    /// <inheritdoc/>
    public void Backward(ManagedTensor loss)
    {
        var node = Own(loss);
        if (node.Length != 1)
        {
            throw new ArgumentException($"A loss is [1, 1]; this tensor is [{node.Rows}, {node.Columns}].", nameof(loss));
        }

        _tape.Backward(node);
    }

    /// <inheritdoc/>
    public ManagedTensor Segment(ManagedTensor x, Func<ManagedTensor, ManagedTensor> segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        Node input = Own(x);
        int first = _tape.Count;
        ManagedTensor result = segment(x);
        Node node = Own(result);
        if (_recomputes || !node.RequiresGradient)
        {
            _tape.Close(first, input, node, segment);
        }

        return result;
    }

    /// <inheritdoc/>
    public IOptimizer CreateAdamW(IReadOnlyList<NamedParameter<ManagedTensor>> parameters, AdamWOptions options)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return CreateAdamW(parameters, options, parameters.Select(parameter => parameter.Name).ToHashSet());
    }

    /// <inheritdoc/>
    public IOptimizer CreateAdamW(
        IReadOnlyList<NamedParameter<ManagedTensor>> parameters, AdamWOptions options, IReadOnlySet<string> updated)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(updated);
        var optimizer = new AdamW(this, parameters, options, updated);
        _owned.Add(optimizer);
        return optimizer;
    }

    /// <inheritdoc/>
    public IKeyValueCache CreateCache(int layers, HeadLayout heads, int batch, int capacity)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(layers);
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        ManagedTensor.CheckHeads(heads);
        var cache = new KeyValueCache(this, layers, heads, batch, capacity);
        _owned.Add(cache);
        return cache;
    }

    /// <inheritdoc/>
    public void Sample(
        ManagedTensor hidden,
        ManagedTensor head,
        SamplingOptions options,
        ReadOnlySpan<double> uniforms,
        Span<int> tokens,
        Span<float> logProbs)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (states, weight) = (Own(hidden), OwnWeight(head));
        ManagedTensor.CheckWidths(states, weight);
        if (uniforms.Length != states.Rows || tokens.Length != states.Rows || logProbs.Length != states.Rows)
        {
            throw new ArgumentException(
                $"{states.Rows} rows, {uniforms.Length} uniforms, {tokens.Length} tokens, {logProbs.Length} log-probs: one of each a row "
                    + "is needed.");
        }

        SamplingKernel.Run(this, states, weight, options, uniforms, tokens, logProbs);
    }

    /// <summary>Ends all scopes, frees parameters, caches and optimizers, and stops the threads.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        while (_owned.Count > 0)
        {
            _owned[^1].Dispose();
        }

        foreach (var weight in _weights)
        {
            weight.Recycle();
        }

        _tape.Dispose();
        foreach (var table in _rotaryTables.Values)
        {
            table.Release();
        }

        Pool.Dispose();
        Arena.Dispose();
    }

    /// <summary>A node for a result or a constant, freed with the current scope; its values are not set.</summary>
    internal Node NewNode(int rows, int columns)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _tape.NewNode(rows, columns);
    }

    /// <summary>A node that shares another's values and gradient.</summary>
    internal Node NewView(Node source, int rows, int columns) => _tape.NewView(source, rows, columns);

    /// <summary>The parameter's node.</summary>
    /// <param name="tensor">A tensor of this engine.</param>
    /// <param name="name">What it is called in the message, if it is none.</param>
    internal Node OwnParameter(ManagedTensor tensor, string name = "The tensor")
    {
        var node = OwnWeight(tensor);
        return node.IsParameter
            ? node
            : throw new ArgumentException($"{name} is {(node.IsFrozen ? "a frozen weight" : "not a parameter")}.", nameof(tensor));
    }

    /// <summary>An optimizer or cache that has been disposed by its user.</summary>
    internal void Forget(IDisposable owned) => _owned.Remove(owned);

    internal RotaryTable RotaryTable(RotaryFrequencies frequencies)
    {
        if (!_rotaryTables.TryGetValue(frequencies, out var table))
        {
            table = new RotaryTable(Arena, frequencies);
            _rotaryTables.Add(frequencies, table);
        }

        return table;
    }

    private Node Own(ManagedTensor tensor)
    {
        _ = OwnWeight(tensor);
        return tensor.Node;
    }

    private Node OwnWeight(ManagedTensor tensor)
    {
        var node = tensor.Weight;
        return node.Engine == this ? node : throw new InvalidOperationException("The tensor belongs to another engine.");
    }

    /// <summary>A weight with the source's values; what a source throws leaves nothing behind.</summary>
    private ManagedTensor Filled(Node node, WeightSource source)
    {
        try
        {
            WeightTransfer.Fill(node, source);
        }
        catch
        {
            _tape.Recycle(node);
            throw;
        }

        _weights.Add(node);
        return new ManagedTensor(node);
    }

    private static void CheckCount(int rows, int columns, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if ((long)rows * columns != count)
        {
            throw new ArgumentException($"A tensor of [{rows}, {columns}] has {(long)rows * columns} elements, but the span has {count}.");
        }
    }
}
