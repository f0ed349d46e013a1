namespace RlCore.Trainers.Files;

/// <summary>
/// Files and folders that are either complete or absent: written under a temporary name beside the real one, flushed to disk,
/// then renamed.
/// </summary>
internal static class DurableFiles
{
    /// <summary>The prefix of every temporary name.</summary>
    public const string TemporaryPrefix = ".writing-";

    /// <summary>Writes a whole file atomically.</summary>
    /// <param name="file">Its final name; an existing one is replaced.</param>
    /// <param name="write">Writes the content; if it throws, nothing is left behind.</param>
    public static void WriteFile(string file, Action<Stream> write)
    {
        string temporary = Temporary(file);
        OrLeaveNothing(temporary, () =>
        {
            Flush(temporary, write);
            File.Move(temporary, file, overwrite: true);
            FolderSync.Flush(ParentOf(file));
        });
    }

    /// <summary>Fails early if <see cref="WriteFile"/> would fail because the folder is missing or not writable.</summary>
    /// <param name="file">The file's final name; the file is not touched.</param>
    public static void RequireWritable(string file)
    {
        string temporary = Temporary(file);
        Flush(temporary, _ => { });
        Delete(temporary);
    }

    /// <summary>Writes a whole folder atomically.</summary>
    /// <param name="folder">Its final name; an existing one is replaced.</param>
    /// <param name="files">Functions that write its files, by file name.</param>
    /// <param name="last">A file that is written after the others from their digests: its name, and its content; null for none.</param>
    public static void WriteFolder(
        string folder,
        IReadOnlyDictionary<string, Action<Stream>> files,
        (string Name, Func<IReadOnlyDictionary<string, FileDigest>, byte[]> Print)? last = null)
    {
        string temporary = Temporary(folder);
        Delete(temporary);
        OrLeaveNothing(temporary, () =>
        {
            Directory.CreateDirectory(temporary);
            var digests = new Dictionary<string, FileDigest>(StringComparer.Ordinal);
            foreach (var (name, write) in files)
            {
                Flush(Path.Combine(temporary, name), stream =>
                {
                    using var digest = new DigestStream(stream);
                    write(digest);
                    digests[name] = digest.Digest();
                });
            }

            if (last is { } final)
            {
                Flush(Path.Combine(temporary, final.Name), stream => stream.Write(final.Print(digests)));
            }

            FolderSync.Flush(temporary);
        });

        // A folder cannot be renamed over another one, so the old one is removed first.
        if (Directory.Exists(folder))
        {
            DeleteFolder(folder);
        }

        Directory.Move(temporary, folder);
        FolderSync.Flush(ParentOf(folder));
    }

    /// <summary>Creates a folder, with those above it that are missing.</summary>
    /// <param name="folder">The folder; nothing happens if it exists.</param>
    public static void CreateFolder(string folder)
    {
        string full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
        {
            CreateFolder(ParentOf(full));
            Directory.CreateDirectory(full);
            FolderSync.Flush(ParentOf(full));
        }
    }

    /// <summary>Deletes a folder so that a killed process leaves nothing half-deleted under its real name.</summary>
    /// <param name="folder">The folder.</param>
    public static void DeleteFolder(string folder)
    {
        string deleted = Temporary(folder) + "-deleted";
        Delete(deleted);
        Directory.Move(folder, deleted);
        Delete(deleted);
    }

    /// <summary>Deletes the temporary files that a killed process left behind.</summary>
    /// <param name="folder">The folder to clean; its subfolders are not cleaned.</param>
    public static void DeleteTemporaries(string folder)
    {
        foreach (string path in Directory.EnumerateFileSystemEntries(folder, TemporaryPrefix + "*").ToArray())
        {
            Delete(path);
        }
    }

    // An incomplete file is deleted, to free its space on a full disk.
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
                // The first failure is the one to report; DeleteTemporaries cleans up the rest.
            }

            throw;
        }
    }

    private static string Temporary(string path) =>
        Path.Combine(ParentOf(path), TemporaryPrefix + Path.GetFileName(Path.GetFullPath(path)));

    private static string ParentOf(string path) =>
        Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) ?? Path.GetFullPath(path);

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

    /// <summary>
    /// Writes, and reports a file that exceeds the file size limit as an <see cref="IOException"/>: the runtime throws an
    /// argument exception.
    /// </summary>
    /// <param name="file">The file, named in the message.</param>
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
