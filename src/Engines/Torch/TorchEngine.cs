using System.Globalization;
using System.Runtime.InteropServices;
using RlCore.Algebra;
using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>libtorch through TorchSharp, on the CPU or on CUDA. Used by one thread at a time.</summary>
public sealed partial class TorchEngine : IEngine<TorchTensor>
{
    private readonly TorchContext _context;
    private readonly HashSet<ParameterSlot> _weights = [];

    /// <summary>Starts libtorch on a device.</summary>
    /// <param name="options">Device, precision and the rest.</param>
    /// <exception cref="ArgumentException">The device's name is not understood, or CUDA is not available.</exception>
    /// <exception cref="EngineException">libtorch cannot be loaded.</exception>
    public TorchEngine(TorchEngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads);
        ArgumentOutOfRangeException.ThrowIfNegative(options.LogitsAtOnce);
        LibTorchLoader.Load(options.LibTorchFolder);
        Device place = ParseDevice(options.Device);
        if (options.Threads > 0)
        {
            set_num_threads(options.Threads);
        }

        if (place.type == DeviceType.CUDA)
        {
            backends.cuda.matmul.allow_tf32 = options.AllowTf32;
            backends.cudnn.allow_tf32 = options.AllowTf32;
        }
        else
        {
            HostMemory.KeepFreedPages();
        }

        _context = new TorchContext(place, options.Precision, options.LogitsAtOnce, options.GradientCheckpointing) { IsEngines = true };
        string where = _context.OnCuda ? options.Device : $"CPU, {get_num_threads()} threads";
        Description =
            $"TorchSharp, {where}, "
                + $"{(options.Precision == TorchPrecision.BF16 ? "bfloat16" : options.AllowTf32 && _context.OnCuda ? "TF32" : "float32")}";
        Memory = new EngineMemory(
            _context.OnCuda ? CudaMemory.Of(place.index) : EngineMemory.OfHost.Bytes,
            options.Precision == TorchPrecision.BF16 ? sizeof(ushort) : sizeof(float),
            options.GradientCheckpointing);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public EngineMemory Memory { get; }

    /// <summary>"cuda:0" where a CUDA device can be used, else "cpu".</summary>
    /// <exception cref="EngineException">libtorch cannot be loaded.</exception>
    public static string DefaultDevice => DeviceOf(0);

    /// <summary>The device of one of several processes on this machine, which take its CUDA devices in turn; "cpu" without any.</summary>
    /// <param name="place">Which of the processes, from 0.</param>
    internal static string DeviceOf(int place)
    {
        LibTorchLoader.Load("");
        return cuda.is_available() ? string.Create(CultureInfo.InvariantCulture, $"cuda:{place % cuda.device_count()}") : "cpu";
    }

    /// <inheritdoc/>
    public TorchTensor Parameter(int rows, int columns, ReadOnlySpan<float> values)
    {
        return Keep(Constant(rows, columns, values).Value.requires_grad_(), rows, columns);
    }

    /// <inheritdoc/>
    public TorchTensor Parameter(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Keep(_context.Upload(source, ScalarType.Float32).requires_grad_(), source.Rows, source.Columns);
    }

    /// <inheritdoc/>
    public TorchTensor Frozen(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        bool isHalf = source.Type == WeightType.BF16 && source.Rows != 1;
        return Keep(_context.Upload(source, isHalf ? ScalarType.BFloat16 : ScalarType.Float32), source.Rows, source.Columns);
    }

    /// <inheritdoc/>
    public TorchTensor Constant(int rows, int columns, ReadOnlySpan<float> values)
    {
        if (rows < 0 || columns < 0 || values.Length != (long)rows * columns)
        {
            throw new ArgumentException(
                $"A matrix of [{rows}, {columns}] needs {(long)rows * columns} values, but {values.Length} were given.", nameof(values));
        }

        return new TorchTensor(_context.Upload(values, ScalarType.Float32, rows, columns), _context, rows, columns);
    }

    /// <inheritdoc/>
    public void Release(TorchTensor weight)
    {
        if (weight.Slot is not { } slot || !_weights.Remove(slot))
        {
            throw new ArgumentException(
                $"The tensor of [{weight.Rows}, {weight.Columns}] is no weight of this engine.", nameof(weight));
        }

        slot.Dispose();
    }

    /// <inheritdoc/>
    public void Read(TorchTensor x, Span<float> destination)
    {
        RequireSize(x, destination.Length);
        if (x.Context != _context)
        {
            throw new InvalidOperationException("The tensor belongs to another engine.");
        }

        TorchContext.Download(x.Value, destination);
    }

    /// <inheritdoc/>
    public void Write(TorchTensor parameter, ReadOnlySpan<float> values)
    {
        RequireSize(parameter, values.Length);
        ParameterSlot slot = SlotOf(parameter);
        using IDisposable quiet = no_grad();
        using Tensor uploaded = _context.Upload(values, ScalarType.Float32, parameter.Rows, parameter.Columns);
        slot.Master.copy_(uploaded);
        slot.Changed();
    }

    /// <inheritdoc/>
    public void AddRows(TorchTensor parameter, int firstRow, TorchTensor values)
    {
        ParameterSlot slot = SlotOf(parameter);
        if (firstRow < 0 || values.Columns != parameter.Columns || firstRow + values.Rows > parameter.Rows)
        {
            throw new ArgumentException(
                $"[{values.Rows}, {values.Columns}] cannot be added to [{parameter.Rows}, {parameter.Columns}] from row {firstRow}.",
                nameof(values));
        }

        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        slot.Master.narrow(0, firstRow, values.Rows).add_(values.Value.detach());
        slot.Changed();
    }

    /// <inheritdoc/>
    public IDisposable Scope() => NewDisposeScope();

    /// <inheritdoc/>
    public IDisposable NoGradient() => no_grad();

    /// <inheritdoc/>
    public bool IsRecording => is_grad_enabled();

    /// <inheritdoc/>
    public void Backward(TorchTensor loss)
    {
        if (loss.Rows != 1 || loss.Columns != 1)
        {
            throw new ArgumentException($"Backward needs a scalar of [1, 1], but got [{loss.Rows}, {loss.Columns}].", nameof(loss));
        }

        // A loss of no parameter (every token masked, say) has no derivative to add.
        if (loss.Value.requires_grad)
        {
            try
            {
                loss.Value.backward();
            }
            finally
            {
                _context.EndBackward();
            }
        }
    }

    /// <inheritdoc/>
    public TorchTensor Segment(TorchTensor x, Func<TorchTensor, TorchTensor> segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        if (_context.Checkpoints && is_grad_enabled() && x.Value.requires_grad)
        {
            return GradientCheckpoint.Run(x, segment);
        }

        // What the backward pass needs, libtorch holds; without these handles it frees each as soon as it has been used.
        using DisposeScope scope = NewDisposeScope();
        TorchTensor result = segment(x);
        result.Value.MoveToOuterDisposeScope();
        return result;
    }

    /// <inheritdoc/>
    public IOptimizer CreateAdamW(IReadOnlyList<NamedParameter<TorchTensor>> parameters, AdamWOptions options)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return CreateAdamW(parameters, options, parameters.Select(parameter => parameter.Name).ToHashSet());
    }

    /// <inheritdoc/>
    public IOptimizer CreateAdamW(IReadOnlyList<NamedParameter<TorchTensor>> parameters, AdamWOptions options, IReadOnlySet<string> updated)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(updated);
        return new TorchAdamW(_context, parameters, options, updated);
    }

    /// <inheritdoc/>
    public IKeyValueCache CreateCache(int layers, HeadLayout heads, int batch, int capacity) =>
        new TorchKeyValueCache(_context, layers, heads, batch, capacity);

    /// <inheritdoc/>
    public void Sample(
        TorchTensor hidden,
        TorchTensor head,
        SamplingOptions options,
        ReadOnlySpan<double> uniforms,
        Span<int> tokens,
        Span<float> logProbs)
    {
        TokenSampler.Check(options);
        foreach (double uniform in uniforms)
        {
            if (uniform is not (>= 0 and < 1))
            {
                throw new ArgumentException($"A uniform is in [0, 1), but got {uniform}.", nameof(uniforms));
            }
        }

        if (head.Columns != hidden.Columns || uniforms.Length != hidden.Rows || tokens.Length != hidden.Rows
            || logProbs.Length != hidden.Rows)
        {
            throw new ArgumentException(
                $"Sample needs a head of [vocabulary, {hidden.Columns}] and {hidden.Rows} uniforms, tokens and log-probs, but got "
                    + $"[{head.Rows}, {head.Columns}], {uniforms.Length}, {tokens.Length} and {logProbs.Length}.");
        }

        if (hidden.Rows > 0)
        {
            TorchSampler.Draw(hidden, head, options, uniforms, tokens, logProbs);
        }
    }

    /// <summary>Frees every parameter and every upload. Optimizers and caches are freed by whoever made them.</summary>
    public void Dispose()
    {
        foreach (ParameterSlot slot in _weights)
        {
            slot.Dispose();
        }

        _weights.Clear();
        _context.Dispose();
    }

    private static Device ParseDevice(string name)
    {
        Device place;
        try
        {
            place = new Device(name);
        }
        catch (Exception failure) when (failure is ExternalException or ArgumentException or FormatException)
        {
            throw new ArgumentException($"\"{name}\" is no device: use cpu or cuda:0, cuda:1 and so on.", nameof(name), failure);
        }

        if (place.type is not (DeviceType.CPU or DeviceType.CUDA))
        {
            throw new ArgumentException($"\"{name}\" is no device of this engine: use cpu or cuda:0, cuda:1 and so on.", nameof(name));
        }

        if (place.type == DeviceType.CUDA && !TryInitializeDeviceType(DeviceType.CUDA))
        {
            throw new ArgumentException(
                $"\"{name}\" was asked for, but libtorch finds no CUDA device: check the driver (nvidia-smi), and that the build is "
                    + "-p:Torch=cuda-linux or cuda-windows.",
                nameof(name));
        }

        return place;
    }

    private static void RequireSize(TorchTensor x, int length)
    {
        if (length != (long)x.Rows * x.Columns)
        {
            throw new ArgumentException(
                $"A tensor of [{x.Rows}, {x.Columns}] has {(long)x.Rows * x.Columns} values, but {length} were given.");
        }
    }

    private TorchTensor Keep(Tensor master, int rows, int columns)
    {
        var slot = new ParameterSlot(master.DetachFromDisposeScope());
        _weights.Add(slot);
        return new TorchTensor(slot.Master, _context, rows, columns, slot);
    }

    private ParameterSlot SlotOf(TorchTensor parameter)
    {
        if (parameter.Slot is not { } slot || !_weights.Contains(slot))
        {
            throw new ArgumentException(
                $"The tensor of [{parameter.Rows}, {parameter.Columns}] is no parameter of this engine.", nameof(parameter));
        }

        return !slot.IsFrozen
            ? slot
            : throw new ArgumentException($"The tensor of [{parameter.Rows}, {parameter.Columns}] is a frozen weight.", nameof(parameter));
    }
}
