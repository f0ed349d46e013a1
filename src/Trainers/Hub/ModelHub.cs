using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Hub;

/// <summary>
/// Finds models: a folder, or the name of a model on a hub such as Hugging Face's, which is looked up in the cache that transformers uses
/// too and downloaded into it if it is missing.
/// </summary>
/// <param name="environment">The value of an environment variable; null if it is not set. See <see cref="HubSettings"/>.</param>
/// <param name="handler">
/// Makes the handler of the requests, which must not follow redirections; null for the one of the system.
/// </param>
/// <param name="limits">How long the hub is given; null for the defaults.</param>
/// <param name="clock">The time; null for the system's.</param>
/// <param name="freeBytes">Free bytes on the disk of a folder; null to ask the system.</param>
internal sealed class ModelHub(
    Func<string, string?> environment,
    Func<HttpMessageHandler>? handler = null,
    HubLimits? limits = null,
    TimeProvider? clock = null,
    Func<string, long>? freeBytes = null)
{
    /// <summary>The hub and the cache that the environment of this process names.</summary>
    public static ModelHub OfSystem { get; } = new(Environment.GetEnvironmentVariable);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly HubLimits _limits = limits ?? new HubLimits();

    /// <summary>The folder with the files of a model.</summary>
    /// <param name="from">
    /// A folder that exists; else <c>org/name</c> or <c>org/name@revision</c>, the revision being a branch, a tag or a commit.
    /// </param>
    /// <param name="observer">Told of the progress of downloads; null if nobody is.</param>
    /// <param name="stop">Stops a download; the next call continues it.</param>
    /// <returns>
    /// Its full path. A commit in the cache needs no request; for a branch or tag, the hub is asked for the current commit, and the
    /// cached one is used if the hub does not answer.
    /// </returns>
    /// <exception cref="InputException">There is no such model, or it cannot be had; the message says what to do.</exception>
    public string Resolve(string from, IHubObserver? observer, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(from);
        if (Directory.Exists(from))
        {
            return Path.GetFullPath(from);
        }

        if (!ModelName.TryParse(from, out ModelName name))
        {
            throw new InputException(new InputProblem(
                from.Length > 0 ? from : "model",
                0,
                "",
                File.Exists(from) ? "a file" : "no such folder",
                "a folder with the files of a model; or the name of a model on a hub, as org/name or org/name@revision"));
        }

        HubSettings settings = HubSettings.Read(environment);
        var cache = new HubCache(settings.CacheFolder, settings.UsesLinks, _clock);
        bool isCached = cache.TryFind(name, out string snapshot);
        if (isCached && (name.IsCommit || settings.IsOffline))
        {
            return snapshot;
        }

        if (settings.IsOffline)
        {
            throw Problem(
                name,
                $"not in the cache {cache.Folder}, or not completely, while HF_HUB_OFFLINE forbids to ask {settings.Endpoint}",
                "a model in the cache, a folder that exists, or HF_HUB_OFFLINE=0 for a download");
        }

        try
        {
            return ResolveAsync(settings, cache, name, isCached ? snapshot : "", observer, stop).GetAwaiter().GetResult();
        }
        catch (HubFailure failure)
        {
            throw Problem(name, failure.Found, failure.Expected);
        }
    }

    private static InputException Problem(ModelName name, string found, string expected) =>
        new(new InputProblem($"model {name}", 0, "", found, expected));

    private static SocketsHttpHandler NewHandler() => new() { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(15) };

    private async Task<string> ResolveAsync(
        HubSettings settings,
        HubCache cache,
        ModelName name,
        string cached,
        IHubObserver? observer,
        CancellationToken stop)
    {
        using var http = new HttpClient(handler?.Invoke() ?? NewHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        var client = new HubClient(settings, http, _limits, _clock);
        HubListing listing;
        try
        {
            // With a copy at hand, nobody waits for a hub that is away.
            HubLimits patience = cached.Length > 0 ? _limits with { Tries = 1 } : _limits;
            listing = await client.ListAsync(name, new HubTries(patience, _clock), stop).ConfigureAwait(false);
        }
        catch (HubFailure failure) when (cached.Length > 0)
        {
            observer?.Noted($"model {name}: {failure.Found}; using the copy in the cache, commit {Path.GetFileName(cached)}");
            return cached;
        }

        return await new ModelDownload(
            client,
            cache,
            new BlobDownload(client, _limits, _clock),
            name,
            listing,
            freeBytes ?? (folder => new DriveInfo(folder).AvailableFreeSpace),
            observer).RunAsync(stop).ConfigureAwait(false);
    }
}
