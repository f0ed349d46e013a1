using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// Completions that servers draw, with weights that they get from the trainer now and then, and, where that is wanted, a step ahead. Of
/// several processes, the first one asks the servers and tells the others what they have drawn.
/// </summary>
internal sealed class ServedCompletions : ICompletionSource, IDisposable
{
    // The servers may still read the folder before.
    private const int FoldersKept = 2;

    private readonly RolloutServerSettings _settings;
    private readonly RolloutServers? _servers;
    private readonly DataParallel _parallel;
    private readonly string _folder;
    private readonly Func<string, bool> _write;
    private readonly Dictionary<SamplingAddress, Task<IReadOnlyList<SampledCompletion>>> _ahead = [];
    private readonly CancellationTokenSource _disposed = new();
    private readonly CancellationToken _stop;
    private int _updatedAt = -1;
    private int _aheadOf = -1;

    /// <summary>Completions of servers.</summary>
    /// <param name="settings">Where they are, and how they are asked.</param>
    /// <param name="servers">The servers, disposed with this; null in a process that does not ask them.</param>
    /// <param name="folder">Where the policy's weights are written for them.</param>
    /// <param name="write">Writes the policy into a folder in Hugging Face's layout; says whether that is adapters alone.</param>
    /// <param name="parallel">The processes of the run.</param>
    /// <param name="stop">Cancels requests.</param>
    public ServedCompletions(
        RolloutServerSettings settings,
        RolloutServers? servers,
        string folder,
        Func<string, bool> write,
        DataParallel parallel,
        CancellationToken stop)
    {
        (_settings, _servers, _folder, _write) = (settings, servers, folder, write);
        (_parallel, _stop) = (parallel, stop);
    }

    /// <summary>Steps by which the weights that drew this step's completions are behind the policy.</summary>
    public int Staleness { get; private set; }

    /// <summary>Requests to servers that failed since the step before, as the first process knows; what they asked for came from
    /// others.</summary>
    public long Failed { get; private set; }

    /// <summary>Before a step: gives the servers the policy's weights if that is due, unless its completions are drawn already.</summary>
    /// <param name="step">The step, from 0.</param>
    public void Begin(int step)
    {
        if (_aheadOf != step)
        {
            Update(step);
            _aheadOf = -1;
        }

        Staleness = step - _updatedAt;
        Failed = _servers?.TakeFailed() ?? 0;
    }

    /// <summary>Begins to draw the completions of the next step, before the policy learns from this one's.</summary>
    /// <param name="step">The next step.</param>
    /// <param name="prompts">Prompts as tokens.</param>
    /// <param name="samples">Completions of each.</param>
    /// <param name="maxTokens">Maximum tokens per completion.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="address">What <see cref="Draw"/> will be called with to wait for them.</param>
    public void BeginNext(
        int step, IReadOnlyList<int[]> prompts, int samples, int maxTokens, SamplingOptions options, SamplingAddress address)
    {
        Update(step - 1);
        _aheadOf = step;
        if (_servers is { } servers)
        {
            _ahead[address] = Task.Run(() => servers.DrawAsync(prompts, samples, maxTokens, options, address, _disposed.Token));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<SampledCompletion> Draw(
        IReadOnlyList<int[]> prompts, int samples, int maxTokens, SamplingOptions options, SamplingAddress address)
    {
        IReadOnlyList<SampledCompletion> Ask() => (_ahead.Remove(address, out Task<IReadOnlyList<SampledCompletion>>? task)
            ? task
            : _servers!.DrawAsync(prompts, samples, maxTokens, options, address, _stop)).GetAwaiter().GetResult();

        IReadOnlyList<SampledCompletion> drawn = _parallel.IsAlone
            ? Ask()
            : [.. CompletionBytes.Read(_parallel.FromRoot(() => CompletionBytes.Of(Ask())))];
        Failed += _servers?.TakeFailed() ?? 0;
        _parallel.PollStop();
        return drawn;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed.Cancel();
        Task.WhenAll(_ahead.Values).ContinueWith(_ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
        _servers?.Dispose();
        _disposed.Dispose();
    }

    private void Update(int step)
    {
        if (_updatedAt >= 0 && !_settings.IsDue(step - _updatedAt))
        {
            return;
        }

        _updatedAt = step;
        _parallel.AtRoot(() => Write(step));
    }

    private void Write(int step)
    {
        string name = FormattableString.Invariant($"{RolloutServer.AdapterPrefix}{step}");
        string folder = Path.Combine(_folder, name);
        Directory.CreateDirectory(_folder);
        bool isAdapter = _write(folder);
        _servers!.Give(new ServedWeights(folder, isAdapter ? name : ""));
        foreach (string old in Directory.EnumerateDirectories(_folder).OrderByDescending(Directory.GetCreationTimeUtc).Skip(FoldersKept))
        {
            Directory.Delete(old, recursive: true);
        }
    }
}
