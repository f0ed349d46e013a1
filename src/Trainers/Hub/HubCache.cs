namespace RlCore.Trainers.Hub;

/// <summary>
/// The cache that huggingface_hub and transformers use too:
/// <c>models--org--name/{refs/REVISION, snapshots/COMMIT/FILE, blobs/ETAG}</c>. A ref contains the commit of a branch or tag. A file of a
/// snapshot is a relative link to its blob, or the file itself where the file system has no links. Locks are in
/// <c>.locks/models--org--name/ETAG.lock</c>.
/// </summary>
/// <param name="folder">The cache's folder.</param>
/// <param name="usesLinks">Whether snapshots link to blobs.</param>
/// <param name="clock">The time, for waiting.</param>
internal sealed class HubCache(string folder, bool usesLinks, TimeProvider clock)
{
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(200);

    /// <summary>The cache's folder.</summary>
    public string Folder => folder;

    /// <summary>The folder of a snapshot, which may not exist.</summary>
    /// <param name="name">The model.</param>
    /// <param name="commit">The commit.</param>
    public string SnapshotOf(ModelName name, string commit) => Path.Combine(ModelFolder(name), "snapshots", commit);

    /// <summary>The file of a blob, which may not exist.</summary>
    /// <param name="name">The model.</param>
    /// <param name="etag">The blob's name.</param>
    public string BlobOf(ModelName name, string etag) => Path.Combine(ModelFolder(name), "blobs", etag);

    /// <summary>Finds a snapshot that has every file needed to load the model.</summary>
    /// <param name="name">The model; a branch or tag is looked up in the refs.</param>
    /// <param name="snapshot">The snapshot's folder.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(ModelName name, out string snapshot)
    {
        string file = RefOf(name);
        string commit = name.IsCommit ? name.Revision : File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        snapshot = SnapshotOf(name, commit);
        return ModelName.IsCommitText(commit) && RepositoryFiles.In(snapshot).Count > 0;
    }

    /// <summary>Remembers the commit of a branch or tag. A commit needs no memory.</summary>
    /// <param name="name">The model.</param>
    /// <param name="commit">The commit.</param>
    public void WriteRef(ModelName name, string commit)
    {
        string file = RefOf(name);
        if (name.Revision == commit || (File.Exists(file) && File.ReadAllText(file) == commit))
        {
            return;
        }

        // The temporary name is this process's own, so that two processes can write the ref at once.
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, commit);
        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>Locks a blob against other processes, huggingface_hub's included, and other threads.</summary>
    /// <param name="name">The model.</param>
    /// <param name="etag">The blob's name.</param>
    /// <param name="waiting">Called once if another one holds the lock.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>The lock, which is released when disposed, and by the system when the process ends.</returns>
    public async Task<IDisposable> LockAsync(ModelName name, string etag, Action waiting, CancellationToken stop)
    {
        string file = Path.Combine(folder, ".locks", FolderName(name), etag + ".lock");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        for (bool wasTold = false; ; wasTold = true)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                // An open file that is not shared is locked with flock on Unix, as huggingface_hub does.
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException failure) when (IsHeld(failure))
            {
                if (!wasTold)
                {
                    waiting();
                }
            }

            await Task.Delay(LockPause, clock, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Puts a blob's file into a snapshot.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="file">The file in the snapshot.</param>
    /// <param name="isNew">Whether no other snapshot can use the blob: then it is moved, not copied, where there are no links.</param>
    public void Place(string blob, string file, bool isNew)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (usesLinks && TryLink(blob, file))
        {
            return;
        }

        if (isNew)
        {
            File.Move(blob, file, overwrite: true);
            return;
        }

        string temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        File.Copy(blob, temporary);
        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>Whether a file can be read: a link whose target is gone cannot.</summary>
    /// <param name="file">The file.</param>
    public static bool IsPresent(string file)
    {
        var info = new FileInfo(file);
        return info.Exists && (info.LinkTarget is null || info.ResolveLinkTarget(returnFinalTarget: true)?.Exists == true);
    }

    private static string FolderName(ModelName name) => $"models--{name.Organisation}--{name.Repository}";

    // The codes of Linux, macOS and Windows for a file that another one has locked.
    private static bool IsHeld(IOException failure) => failure.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static bool TryLink(string blob, string file)
    {
        try
        {
            // A link whose blob is gone is replaced.
            File.Delete(file);
            File.CreateSymbolicLink(file, Path.GetRelativePath(Path.GetDirectoryName(file)!, blob));
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return IsPresent(file);
        }
    }

    private string ModelFolder(ModelName name) => Path.Combine(folder, FolderName(name));

    private string RefOf(ModelName name) => Path.Combine([ModelFolder(name), "refs", .. name.Revision.Split('/')]);
}
