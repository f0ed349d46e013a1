using System.Collections.Concurrent;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Hub;

/// <summary>A hub, a cache of its own, and an environment that names both.</summary>
internal sealed class HubCase : IHubObserver, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HubCase(IReadOnlyDictionary<string, byte[]>? files = null)
    {
        Hub = new FakeHub(files);
        Environment = new()
        {
            ["HF_ENDPOINT"] = Hub.Address,
            ["HF_HOME"] = Path.Combine(_folder.Path, "home"),
            ["HOME"] = _folder.Path,
        };
    }

    public FakeHub Hub { get; }

    public Dictionary<string, string> Environment { get; }

    public HubLimits Limits { get; set; } =
        new() { Tries = 3, FirstDelay = TimeSpan.FromMilliseconds(1), Silence = TimeSpan.FromMinutes(1) };

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public Func<string, long>? FreeBytes { get; set; }

    public ConcurrentQueue<string> Notes { get; } = new();

    public ConcurrentQueue<(string File, long Done, long Total)> Progress { get; } = new();

    /// <summary>Called after each report of progress.</summary>
    public Action<long> Advanced { get; set; } = _ => { };

    public string Cache => Path.Combine(_folder.Path, "home", "hub");

    public string ModelFolder => Path.Combine(Cache, "models--org--tiny");

    public string Blob(string name) => Path.Combine(ModelFolder, "blobs", FakeHub.Etag(name, Hub.Files[name]));

    public string Snapshot(string commit = FakeHub.FirstCommit) => Path.Combine(ModelFolder, "snapshots", commit);

    public ModelHub Models => new(name => Environment.GetValueOrDefault(name), null, Limits, Clock, FreeBytes);

    public string Resolve(string from = FakeHub.Id) => ResolveUntil(CancellationToken.None, from);

    public string ResolveUntil(CancellationToken stop, string from = FakeHub.Id) =>
        Models.Resolve(from, this, stop);

    /// <summary>The message of a failure.</summary>
    public string Fail(string from = FakeHub.Id) => Assert.Throws<InputException>(() => Resolve(from)).Message;

    /// <summary>Whether a snapshot has exactly the bytes that the hub has.</summary>
    public bool IsExact(string snapshot, params string[] names) =>
        names.All(name => File.ReadAllBytes(Path.Combine(snapshot, name)).AsSpan().SequenceEqual(Hub.Files[name]));

    public void FileAdvanced(string file, long done, long total)
    {
        Progress.Enqueue((file, done, total));
        Advanced(done);
    }

    public void Noted(string message) => Notes.Enqueue(message);

    public void Dispose()
    {
        Hub.Dispose();
        _folder.Dispose();
    }
}
