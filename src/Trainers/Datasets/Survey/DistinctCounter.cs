using System.Runtime.InteropServices;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// Counts how many of any number of hashes are distinct: exactly, in memory that does not grow with their number. Hashes are divided by
/// their first bits; what does not fit into memory waits in a temporary file.
/// </summary>
/// <param name="room">Hashes of one part that are held in memory.</param>
internal sealed class DistinctCounter(int room = DistinctCounter.DefaultRoom) : IDisposable
{
    // 256 parts of 4,096 hashes are 8 MiB; when they are counted, a part of 100 million hashes takes 3 MiB.
    private const int DefaultRoom = 4096;
    private const int PartBits = 8;
    private const int FirstRoom = 16;

    private readonly Part[] _parts = [.. Enumerable.Range(0, 1 << PartBits).Select(_ => new Part())];
    private FileStream? _file;

    /// <summary>Adds a hash.</summary>
    /// <param name="hash">The hash, whose bits are evenly distributed.</param>
    /// <exception cref="InputException">The temporary file cannot be written.</exception>
    public void Add(ulong hash)
    {
        Part part = _parts[hash >> (64 - PartBits)];
        if (part.Count == part.Held.Length)
        {
            MakeRoom(part);
        }

        part.Held[part.Count++] = hash;
    }

    /// <summary>How many of the hashes added so far are distinct.</summary>
    public long Count() => _parts.Sum(Count);

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void MakeRoom(Part part)
    {
        if (part.Count < room)
        {
            Array.Resize(ref part.Held, Math.Min(room, Math.Max(FirstRoom, 2 * part.Count)));
            return;
        }

        try
        {
            _file ??= Open();
            part.Blocks.Add(_file.Length);
            RandomAccess.Write(_file.SafeFileHandle, MemoryMarshal.AsBytes(part.Held.AsSpan()), _file.Length);
            part.Count = 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException(new InputProblem(
                "TMPDIR", 0, "", $"the folder {Path.GetTempPath()}, where no file can be written ({failure.Message.TrimEnd('.')})",
                "a folder with free space, 16 bytes for each row of the dataset"));
        }
    }

    // Deleted already, where the system lets an open file be deleted: nothing is left behind, however the process ends.
    private static FileStream Open()
    {
        string path = Path.Combine(Path.GetTempPath(), $"rlcore-{Guid.NewGuid():N}");
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 1, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(path);
        }

        return file;
    }

    private long Count(Part part)
    {
        var all = new ulong[part.Count + (part.Blocks.Count * room)];
        part.Held.AsSpan(0, part.Count).CopyTo(all);
        for (int block = 0; block < part.Blocks.Count; block++)
        {
            Span<byte> target = MemoryMarshal.AsBytes(all.AsSpan(part.Count + (block * room), room));
            for (int read = 0; read < target.Length;)
            {
                int more = RandomAccess.Read(_file!.SafeFileHandle, target[read..], part.Blocks[block] + read);
                read += more > 0 ? more : throw new EndOfStreamException("A temporary file has lost its end.");
            }
        }

        Array.Sort(all);
        long distinct = Math.Min(1, all.Length);
        for (int i = 1; i < all.Length; i++)
        {
            distinct += all[i] != all[i - 1] ? 1 : 0;
        }

        return distinct;
    }

    private sealed class Part
    {
        public ulong[] Held = [];

        public int Count { get; set; }

        public List<long> Blocks { get; } = [];
    }
}
