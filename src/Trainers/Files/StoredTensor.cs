using System.Globalization;
using System.IO.MemoryMappedFiles;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Files;

/// <summary>
/// A tensor in a safetensors file. The file is mapped into memory piece by piece while elements are read, and not held open in between: a
/// model is read without a second copy of it.
/// </summary>
internal sealed class StoredTensor : TensorData
{
    // A window of the file that is mapped at a time.
    private const int WindowBytes = 1 << 24;

    private readonly string _file;
    private readonly long _fileLength;
    private readonly long _begin;

    /// <summary>A tensor.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="fileLength">Bytes of the file, as they were when its header was read.</param>
    /// <param name="begin">The tensor's first byte in the file.</param>
    /// <param name="entry">The tensor's entry in the header.</param>
    public StoredTensor(string file, long fileLength, long begin, SafetensorsEntry entry)
        : base(entry.Shape, entry.Type)
    {
        _file = file;
        _fileLength = fileLength;
        _begin = begin;
    }

    /// <inheritdoc/>
    public override void Read(long first, Span<float> destination)
    {
        var bytes = new byte[Math.Min(WindowBytes, destination.Length * Type.SizeOf())];
        int size = Type.SizeOf();
        for (int done = 0; done < destination.Length;)
        {
            int count = Math.Min(bytes.Length / size, destination.Length - done);
            ReadBytes(first + done, bytes.AsSpan(0, count * size));
            NumberConversion.ToFloats(bytes.AsSpan(0, count * size), Type, destination.Slice(done, count));
            done += count;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(long first, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + (destination.Length / Type.SizeOf()), Count, nameof(first));
        if (destination.IsEmpty)
        {
            return;
        }

        using var stream = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        RequireUnchanged(stream.Length);
        using var mapped = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        long from = _begin + (first * Type.SizeOf());
        for (int done = 0; done < destination.Length; done += WindowBytes)
        {
            int count = Math.Min(WindowBytes, destination.Length - done);
            using MemoryMappedViewAccessor view = mapped.CreateViewAccessor(from + done, count, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.ReadSpan((ulong)view.PointerOffset, destination.Slice(done, count));
        }
    }

    private void RequireUnchanged(long length)
    {
        if (length != _fileLength)
        {
            throw new InputException(new InputProblem(
                _file,
                0,
                "",
                string.Create(CultureInfo.InvariantCulture, $"{length} bytes"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_fileLength}, as when its header was read; it must not change during a run")));
        }
    }
}
