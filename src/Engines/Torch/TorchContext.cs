using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RlCore.Algebra;
using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// What tensors of one engine share: the device, the number format, and uploads that would otherwise be repeated in every layer
/// and step. One thread at a time uses an engine's; that of wrapped tensors is everybody's, and keeps nothing that one thread could
/// free while another uses it.
/// </summary>
internal sealed class TorchContext : IDisposable
{
    // A pinned block stays with libtorch's host allocator for good, so only small, frequent uploads take one.
    private const long MostPinnedBytes = 64L << 20;

    // Tensor.bytes is limited to 2³¹ − 1 bytes, so large tensors are copied in pieces of this many elements.
    private const int Piece = 1 << 26;

    private static readonly ConcurrentDictionary<string, TorchContext> Shared = [];

    [ThreadStatic]
    private static List<Tensor>? _returnedHere;

    private readonly ConditionalWeakTable<SequenceMask, MaskPair> _masks = [];
    private readonly List<Tensor> _returned = [];
    private Exception? _failure;
    private (int[] Lengths, int Time, Tensor Outside)? _padding;
    private (int[] Positions, RotaryFrequencies Frequencies, Tensor Cos, Tensor Sin)? _rotary;

    public TorchContext(Device device, TorchPrecision precision, long logitsAtOnce, bool checkpoints)
    {
        Device = device;
        OnCuda = device.type == DeviceType.CUDA;
        Precision = precision;
        Compute = precision == TorchPrecision.BF16 ? ScalarType.BFloat16 : ScalarType.Float32;
        LogitsAtOnce = logitsAtOnce > 0 ? logitsAtOnce : OnCuda ? 1L << 27 : 1L << 23;
        Checkpoints = checkpoints;
    }

    public Device Device { get; }

    public bool OnCuda { get; }

    public TorchPrecision Precision { get; }

    public ScalarType Compute { get; }

    public long LogitsAtOnce { get; }

    public bool Checkpoints { get; }

    /// <summary>Whether an engine owns the parameters, so that their gradients are nobody else's to watch.</summary>
    public bool IsEngines { get; init; }

    // What custom functions handed to libtorch. Wrapped tensors' belong to the thread: it alone knows that libtorch has taken them.
    private List<Tensor> Returned => IsEngines ? _returned : _returnedHere ??= [];

    /// <summary>The context of tensors that were made outside of an engine, one per device.</summary>
    public static TorchContext Of(Device device) =>
        Shared.GetOrAdd(device.ToString(), static (_, place) => new TorchContext(place, TorchPrecision.F32, 0, false), device);

    /// <summary>Copies values to the device. On CUDA through pinned memory without waiting.</summary>
    public Tensor Upload<TValue>(ReadOnlySpan<TValue> values, ScalarType type, params ReadOnlySpan<long> shape)
        where TValue : unmanaged
    {
        Tensor host = empty(shape, type, CPU);
        CopyToHost(values, host);
        if (!OnCuda)
        {
            return host;
        }

        using (host)
        {
            if (values.Length * (long)Unsafe.SizeOf<TValue>() > MostPinnedBytes)
            {
                return host.to(Device);
            }

            using Tensor pinned = host.pin_memory();
            return pinned.to(Device, non_blocking: true);
        }
    }

    /// <summary>A weight on the device, filled piece by piece.</summary>
    /// <param name="source">Shape and values.</param>
    /// <param name="type">float32, or bfloat16 where the source is.</param>
    public Tensor Upload(WeightSource source, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = empty([source.Rows, source.Columns], type, Device);
        Tensor flat = weight.view(-1);
        int largest = (int)Math.Min(WeightSource.LargestPiece, source.Count);
        Tensor buffer = empty([largest], type, CPU);
        for (long first = 0; first < source.Count; first += largest)
        {
            using DisposeScope piece = NewDisposeScope();
            int count = (int)Math.Min(largest, source.Count - first);
            if (type == ScalarType.BFloat16)
            {
                source.ReadBFloat16(first, MemoryMarshal.Cast<byte, ushort>(buffer.bytes)[..count]);
            }
            else
            {
                source.Read(first, MemoryMarshal.Cast<byte, float>(buffer.bytes)[..count]);
            }

            flat.narrow(0, first, count).copy_(buffer.narrow(0, 0, count));
        }

        return weight.MoveToOuterDisposeScope();
    }

    /// <summary>The values of a tensor as float32, row-major.</summary>
    public static float[] Download(Tensor tensor)
    {
        var values = new float[tensor.NumberOfElements];
        Download(tensor, values);
        return values;
    }

    /// <summary>The values of a tensor as float32, row-major.</summary>
    public static void Download(Tensor tensor, Span<float> destination)
    {
        using Tensor detached = tensor.detach();
        using Tensor host = detached.to(ScalarType.Float32, CPU);
        using Tensor packed = host.contiguous();
        using Tensor flat = packed.view(-1);
        for (int start = 0; start < destination.Length; start += Piece)
        {
            int count = Math.Min(Piece, destination.Length - start);
            using Tensor part = flat.narrow(0, start, count);
            MemoryMarshal.Cast<byte, float>(part.bytes).CopyTo(destination[start..]);
        }
    }

    /// <summary>Where a mask is set, and where not, as boolean tensors; uploaded once for the life of the mask.</summary>
    public MaskPair Mask(SequenceMask mask) => _masks.GetValue(mask, UploadMask);

    /// <summary>[lengths · time, 1]: true on the rows past each length. The engine's, or the caller's scope's.</summary>
    public Tensor Padding(ReadOnlySpan<int> lengths, int time)
    {
        if (_padding is { } last && last.Time == time && lengths.SequenceEqual(last.Lengths))
        {
            return last.Outside;
        }

        var outside = new bool[lengths.Length * time];
        for (int row = 0; row < lengths.Length; row++)
        {
            outside.AsSpan((row * time) + lengths[row], time - lengths[row]).Fill(true);
        }

        Tensor uploaded = Upload<bool>(outside, ScalarType.Bool, outside.Length, 1);
        if (IsEngines)
        {
            _padding?.Outside.Dispose();
            _padding = (lengths.ToArray(), time, uploaded.DetachFromDisposeScope());
        }

        return uploaded;
    }

    /// <summary>Scaled cos and sin of position · frequency, each [positions, 1, size/2]. The engine's, or the caller's scope's.</summary>
    public (Tensor Cos, Tensor Sin) Rotation(ReadOnlySpan<int> positions, RotaryFrequencies frequencies)
    {
        if (_rotary is { } last && last.Frequencies.Equals(frequencies) && positions.SequenceEqual(last.Positions))
        {
            return (last.Cos, last.Sin);
        }

        int half = frequencies.PerPosition.Length;
        var cos = new float[positions.Length * half];
        var sin = new float[positions.Length * half];
        for (int i = 0; i < half; i++)
        {
            double frequency = frequencies.PerPosition[i];
            for (int row = 0; row < positions.Length; row++)
            {
                (double s, double c) = Math.SinCos(positions[row] * frequency);
                cos[(row * half) + i] = (float)(c * frequencies.Scale);
                sin[(row * half) + i] = (float)(s * frequencies.Scale);
            }
        }

        Tensor cosines = Upload<float>(cos, ScalarType.Float32, positions.Length, 1, half);
        Tensor sines = Upload<float>(sin, ScalarType.Float32, positions.Length, 1, half);
        if (IsEngines)
        {
            _rotary?.Cos.Dispose();
            _rotary?.Sin.Dispose();
            _rotary = (positions.ToArray(), frequencies, cosines.DetachFromDisposeScope(), sines.DetachFromDisposeScope());
        }

        return (cosines, sines);
    }

    /// <summary>
    /// Runs the backward pass of a custom function. A managed exception must not cross libtorch's frames, where it ends the process: it
    /// is kept for <see cref="EndBackward"/>, and the function returns no gradients.
    /// </summary>
    /// <param name="arguments">Arguments of the function's forward pass.</param>
    /// <param name="incoming">Gradients of its results; freed.</param>
    /// <param name="differentiate">Gives one gradient, or null, an argument.</param>
    public List<Tensor> GuardBackward(int arguments, List<Tensor> incoming, Func<List<Tensor?>> differentiate)
    {
        FreeReturned();
        try
        {
            // On CUDA this is libtorch's own thread, where the caller's scope does not reach.
            using DisposeScope scope = NewDisposeScope();
            List<Tensor?> gradients = differentiate();
            foreach (Tensor gradient in gradients.OfType<Tensor>())
            {
                Returned.Add(gradient.DetachFromDisposeScope());
            }

            incoming.ForEach(gradient => gradient.Dispose());
            return gradients!;
        }
        catch (Exception failure)
        {
            _failure = failure;
            return [.. Enumerable.Repeat<Tensor>(null!, arguments)];
        }
    }

    /// <summary>Frees what custom functions handed to libtorch, and throws what they caught.</summary>
    public void EndBackward()
    {
        FreeReturned();
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
        {
            throw new InvalidOperationException($"The backward pass failed: {failure.Message}", failure);
        }
    }

    public void Dispose()
    {
        foreach ((_, MaskPair pair) in _masks)
        {
            pair.Inside.Dispose();
            pair.Outside.Dispose();
        }

        _masks.Clear();
        _padding?.Outside.Dispose();
        _padding = null;
        _rotary?.Cos.Dispose();
        _rotary?.Sin.Dispose();
        _rotary = null;
    }

    private static void CopyToHost<TValue>(ReadOnlySpan<TValue> values, Tensor host)
        where TValue : unmanaged
    {
        using Tensor flat = host.view(-1);
        for (int start = 0; start < values.Length; start += Piece)
        {
            int count = Math.Min(Piece, values.Length - start);
            using Tensor part = flat.narrow(0, start, count);
            MemoryMarshal.AsBytes(values.Slice(start, count)).CopyTo(part.bytes);
        }
    }

    // libtorch takes its own reference once a custom function has returned, so the managed ones can go when the next one begins.
    private void FreeReturned()
    {
        Returned.ForEach(gradient => gradient.Dispose());
        Returned.Clear();
    }

    private MaskPair UploadMask(SequenceMask mask)
    {
        Tensor inside = Upload(mask.Flags, ScalarType.Bool, mask.Rows, mask.Columns).DetachFromDisposeScope();
        return new MaskPair(inside, inside.logical_not().DetachFromDisposeScope());
    }

    /// <summary>A mask on the device.</summary>
    /// <param name="Inside">True where it is set.</param>
    /// <param name="Outside">True where it is not.</param>
    internal sealed record MaskPair(Tensor Inside, Tensor Outside);
}
