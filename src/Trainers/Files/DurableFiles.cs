namespace RlCore.Trainers.Files;

/// <summary>
/// Files and folders that exist whole or not at all: written under a temporary name beside their real one, flushed to disk,
/// then renamed.
/// </summary>
public static class DurableFiles
{
    /// <summary>Begins every temporary name.</summary>
    public const string TemporaryPrefix = ".writing-";

    /// <summary>Writes a file whole.</summary>
    /// <param name="file">Its real name; what was there is replaced.</param>
    /// <param name="write">Writes its content; when it throws, nothing is left behind.</param>
    public static void WriteFile(string file, Action<Stream> write)
    {
        string temporary = Temporary(file);
        OrLeaveNothing(temporary, () =>
        {
            Flush(temporary, write);
            File.Move(temporary, file, overwrite: true);
        });
    }

    /// <summary>Fails now where <see cref="WriteFile"/> would fail for want of a folder or of the right to write there.</summary>
    /// <param name="file">The file's real name; it is not touched.</param>
    public static void RequireWritable(string file)
    {
        string temporary = Temporary(file);
        Flush(temporary, _ => { });
        Delete(temporary);
    }

    /// <summary>Writes a folder whole.</summary>
    /// <param name="folder">Its real name; what was there is replaced.</param>
    /// <param name="files">Writers of its files, by name.</param>
    public static void WriteFolder(string folder, IReadOnlyDictionary<string, Action<Stream>> files)
    {
        string temporary = Temporary(folder);
        Delete(temporary);
        OrLeaveNothing(temporary, () =>
        {
            Directory.CreateDirectory(temporary);
            foreach (var (name, write) in files)
            {
                Flush(Path.Combine(temporary, name), write);
            }
        });

        // A folder cannot be renamed over another one, so the old one goes away first.
        if (Directory.Exists(folder))
        {
            DeleteFolder(folder);
        }

        Directory.Move(temporary, folder);
    }

    /// <summary>Deletes a folder such that a kill leaves nothing half-deleted under its real name.</summary>
    /// <param name="folder">The folder.</param>
    public static void DeleteFolder(string folder)
    {
        string deleted = Temporary(folder) + "-deleted";
        Delete(deleted);
        Directory.Move(folder, deleted);
        Delete(deleted);
    }

    /// <summary>Deletes what a kill left under temporary names.</summary>
    /// <param name="folder">The folder to clean; not those within it.</param>
    public static void DeleteTemporaries(string folder)
    {
        foreach (string path in Directory.EnumerateFileSystemEntries(folder, TemporaryPrefix + "*").ToArray())
        {
            Delete(path);
        }
    }

    // What could not be written whole gives its room back: on a full disk, others need it.
    private static void OrLeaveNothing(string temporary, Action write)
    {
        try
        {
            write();
        }
        catch
        {
            try
            {
                Delete(temporary);
            }
            catch (Exception second) when (second is IOException or UnauthorizedAccessException)
            {
                // The first failure is the one to tell; DeleteTemporaries takes what is left.
            }

            throw;
        }
    }

    private static string Temporary(string path)
    {
        string full = Path.GetFullPath(path);
        return Path.Combine(Path.GetDirectoryName(full) ?? "", TemporaryPrefix + Path.GetFileName(full));
    }

    private static void Flush(string file, Action<Stream> write)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        using var buffer = new BufferedStream(stream, 1 << 16);
        AsDisk(file, () =>
        {
            write(buffer);
            buffer.Flush();
            stream.Flush(flushToDisk: true);
        });
    }

    /// <summary>Writes, and tells of a file that is too large for its place as of a full disk: the runtime calls it an argument's mistake.</summary>
    /// <param name="file">The file, for the message.</param>
    /// <param name="write">Writes.</param>
    /// <exception cref="IOException">The file is too large.</exception>
    internal static void AsDisk(string file, Action write)
    {
        try
        {
            write();
        }
        catch (ArgumentOutOfRangeException failure) when (failure.ParamName == "value")
        {
            throw new IOException($"File too large : '{file}'", failure);
        }
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }
}
