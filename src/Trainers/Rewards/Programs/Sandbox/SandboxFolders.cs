namespace RlCore.Trainers.Rewards;

/// <summary>
/// The temporary folder of this process for all its programs. A lock on a file in it lasts as long as the process, however it ends; the
/// next process that runs programs removes the folders without one, and the processes that were started in them.
/// </summary>
internal static class SandboxFolders
{
    /// <summary>The beginning of the folders' names.</summary>
    internal const string Prefix = "rlcore-programs-";

    private const string Owner = "owner";

    // A process that has just created its folder locks it at once.
    private static readonly TimeSpan Unlocked = TimeSpan.FromMinutes(10);

    private static readonly Lazy<(string Path, FileStream Lock)> Mine = new(Create);

    /// <summary>This process's folder, deleted when the process ends.</summary>
    public static string Root => Mine.Value.Path;

    /// <summary>A new folder that other users may read, in this process's one.</summary>
    public static string CreateNew()
    {
        string path = Path.Combine(Root, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(path);
        Share(path);
        return path;
    }

    /// <summary>Lets programs that run as other users read a file, or find what is in a folder.</summary>
    public static void Share(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                path,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
                    | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }
    }

    /// <summary>Removes what processes that were killed have left.</summary>
    /// <param name="parent">The folder of temporary folders.</param>
    public static void Sweep(string parent)
    {
        foreach (string folder in Directory.EnumerateDirectories(parent, $"{Prefix}*"))
        {
            try
            {
                if (TryOwn(folder, out FileStream? owned))
                {
                    using (owned)
                    {
                        ProcessTree.KillAllNaming(folder);
                        Directory.Delete(folder, recursive: true);
                    }
                }
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // It belongs to a process that lives, or to another user.
            }
        }
    }

    /// <summary>Deletes a folder; what cannot be deleted is left to the next process.</summary>
    public static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // A program that is about to end may still hold it.
        }
    }

    private static bool TryOwn(string folder, out FileStream? owned)
    {
        owned = null;
        string file = Path.Combine(folder, Owner);
        if (!File.Exists(file))
        {
            return DateTime.UtcNow - Directory.GetCreationTimeUtc(folder) > Unlocked;
        }

        owned = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        return true;
    }

    private static (string, FileStream) Create()
    {
        Sweep(Path.GetTempPath());
        string path = Directory.CreateTempSubdirectory(Prefix).FullName;
        var locked = new FileStream(Path.Combine(path, Owner), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Share(path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            CompilerPool.Shared.Dispose();
            Delete(path);
            locked.Dispose();
        };
        return (path, locked);
    }
}
