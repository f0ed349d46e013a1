namespace RlCore.Trainers.Hub;

/// <summary>The beginning of a blob on disk, which grows to the whole.</summary>
internal sealed class PartialBlob : IDisposable
{
    private readonly FileStream _stream;
    private readonly BlobHash _hash;

    private PartialBlob(FileStream stream, BlobHash hash) => (_stream, _hash) = (stream, hash);

    /// <summary>Bytes on disk.</summary>
    public long Length { get; private set; }

    /// <summary>Opens the file, or creates it, and reads the bytes that an earlier download has left.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">What it will be. If the file on disk is longer, it begins anew.</param>
    /// <param name="stop">Cancels the reading.</param>
    public static PartialBlob Open(string path, HubFile file, CancellationToken stop)
    {
        var partial = new PartialBlob(
            new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0),
            new BlobHash(file.Etag, file.Size));
        try
        {
            partial.ReadEarlier(file.Size, stop);
            return partial;
        }
        catch
        {
            partial.Dispose();
            throw;
        }
    }

    /// <summary>Adds bytes.</summary>
    /// <param name="bytes">The bytes that follow.</param>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _hash.Append(bytes);
        Length += bytes.Length;
    }

    /// <summary>Puts everything on disk, and checks it. Nothing can be added afterwards.</summary>
    /// <returns>Whether the content has the hash that the blob's name states.</returns>
    public bool Complete()
    {
        _stream.Flush(flushToDisk: true);
        return _hash.Matches();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }

    private void ReadEarlier(long size, CancellationToken stop)
    {
        if (_stream.Length > size)
        {
            _stream.SetLength(0);
        }

        var buffer = new byte[1 << 16];
        while (_stream.Read(buffer) is var read and > 0)
        {
            stop.ThrowIfCancellationRequested();
            _hash.Append(buffer.AsSpan(0, read));
            Length += read;
        }
    }
}
