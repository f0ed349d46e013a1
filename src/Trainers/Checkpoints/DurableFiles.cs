namespace RlCore.Trainers.Checkpoints;

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
        try
        {
            Flush(temporary, write);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>Writes a folder whole.</summary>
    /// <param name="folder">Its real name; what was there is replaced.</param>
    /// <param name="files">Writers of its files, by name.</param>
    public static void WriteFolder(string folder, IReadOnlyDictionary<string, Action<Stream>> files)
    {
        string temporary = Temporary(folder);
        Delete(temporary);
        Directory.CreateDirectory(temporary);
        foreach (var (name, write) in files)
        {
            Flush(Path.Combine(temporary, name), write);
        }

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

    private static string Temporary(string path)
    {
        string full = Path.GetFullPath(path);
        return Path.Combine(Path.GetDirectoryName(full) ?? "", TemporaryPrefix + Path.GetFileName(full));
    }

    private static void Flush(string file, Action<Stream> write)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        write(stream);
        stream.Flush(flushToDisk: true);
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
