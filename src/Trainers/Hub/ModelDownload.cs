using System.Globalization;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Hub;

/// <summary>Completes the snapshot of one repository in the cache.</summary>
/// <param name="client">The hub.</param>
/// <param name="cache">The cache.</param>
/// <param name="download">Receives blobs.</param>
/// <param name="name">The model.</param>
/// <param name="listing">Its commit and files.</param>
/// <param name="freeBytes">Free bytes on the disk of a folder.</param>
/// <param name="observer">Told of the progress.</param>
internal sealed class ModelDownload(
    HubClient client,
    HubCache cache,
    BlobDownload download,
    ModelName name,
    HubListing listing,
    Func<string, long> freeBytes,
    IHubObserver? observer)
{
    private readonly HubCommit _source = new(name, listing.Commit);
    private readonly string _snapshot = cache.SnapshotOf(name, listing.Commit);

    /// <summary>
    /// Downloads what is missing: the weights last, so that a snapshot with weights has everything else too, and the ref at
    /// the very end, so that it never names an incomplete snapshot.
    /// </summary>
    /// <param name="stop">Stops; what was received stays.</param>
    /// <returns>The snapshot's folder.</returns>
    public async Task<string> RunAsync(CancellationToken stop)
    {
        RepositoryFiles files = RepositoryFiles.Select($"{name}", [.. listing.Files.Keys]);
        await FetchAsync(files.IsSharded ? [.. files.Descriptions, files.Weights] : files.Descriptions, stop).ConfigureAwait(false);
        if (files.IsSharded)
        {
            string index = Path.Combine(_snapshot, files.Weights);
            IReadOnlyList<string> shards = ShardIndex.Read(index);
            if (shards.FirstOrDefault(shard => !listing.Files.ContainsKey(shard)) is { } missing)
            {
                throw new InputException(new InputProblem(index, 0, "", missing, "only files that the repository has"));
            }

            await FetchAsync(shards, stop).ConfigureAwait(false);
        }
        else
        {
            await FetchAsync([files.Weights], stop).ConfigureAwait(false);
        }

        cache.WriteRef(name, listing.Commit);
        return _snapshot;
    }

    private async Task FetchAsync(IReadOnlyList<string> names, CancellationToken stop)
    {
        var missing = new List<HubFile>();
        foreach (string file in names.Where(file => !HubCache.IsPresent(Path.Combine(_snapshot, file))))
        {
            HubFile listed = listing.Files[file];
            missing.Add(listed.IsKnown
                ? listed
                : await client.DescribeAsync(_source, file, stop).ConfigureAwait(false));
        }

        if (missing.Count > 0)
        {
            Directory.CreateDirectory(_snapshot);
            RequireSpace(missing);
        }

        foreach (HubFile file in missing)
        {
            await FetchAsync(file, stop).ConfigureAwait(false);
        }
    }

    private async Task FetchAsync(HubFile file, CancellationToken stop)
    {
        string target = Path.Combine(_snapshot, file.Name);
        string blob = cache.BlobOf(name, file.Etag);
        using IDisposable held = await cache.LockAsync(
            name,
            file.Etag,
            () => observer?.Noted($"waiting for another process that downloads {file.Name} of {name}"),
            stop).ConfigureAwait(false);

        // The other process may have finished it.
        if (HubCache.IsPresent(target))
        {
            return;
        }

        bool isNew = !File.Exists(blob);
        if (isNew)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
            await download.RunAsync(_source, file, blob, observer, stop).ConfigureAwait(false);
        }

        cache.Place(blob, target, isNew);
    }

    private void RequireSpace(IEnumerable<HubFile> files)
    {
        long needed = files.Sum(file => Math.Max(0, file.Size - LengthOf(cache.BlobOf(name, file.Etag))));
        long free = freeBytes(_snapshot);
        if (needed > free)
        {
            throw new InputException(new InputProblem(
                cache.Folder,
                0,
                "",
                string.Create(CultureInfo.InvariantCulture, $"{free / 1e9:0.00} GB free"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{needed / 1e9:0.00} GB for {name}; or another folder in HF_HOME, on a disk that has them")));
        }
    }

    private static long LengthOf(string blob) => File.Exists(blob) ? new FileInfo(blob).Length
        : File.Exists(blob + BlobDownload.Suffix) ? new FileInfo(blob + BlobDownload.Suffix).Length
        : 0;
}
