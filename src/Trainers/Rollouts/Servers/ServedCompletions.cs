using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// Completions that servers draw, with weights that they get from the trainer now and then, and, where that is wanted, a step ahead.
/// </summary>
internal sealed class ServedCompletions : ICompletionSource, IDisposable
{
    // The servers may still read the folder before.
    private const int FoldersKept = 2;

    private readonly RolloutServerSettings _settings;
    private readonly RolloutServers _servers;
    private readonly string _folder;
    private readonly Func<string, bool> _write;
    private readonly Dictionary<SamplingAddress, Task<IReadOnlyList<SampledCompletion>>> _ahead = [];
    private readonly CancellationTokenSource _disposed = new();
    private readonly CancellationToken _stop;
    private int _updatedAt = -1;
    private int _aheadOf = -1;

    /// <summary>Completions of servers.</summary>
    /// <param name="settings">Where they are, and how they are asked.</param>
    /// <param name="servers">The servers, disposed with this.</param>
    /// <param name="folder">Where the policy's weights are written for them.</param>
    /// <param name="write">Writes the policy into a folder in Hugging Face's layout; says whether that is adapters alone.</param>
    /// <param name="stop">Cancels requests.</param>
    public ServedCompletions(
        RolloutServerSettings settings, RolloutServers servers, string folder, Func<string, bool> write, CancellationToken stop) =>
        (_settings, _servers, _folder, _write, _stop) = (settings, servers, folder, write, stop);

    /// <summary>Steps by which the weights that drew this step's completions are behind the policy.</summary>
    public int Staleness { get; private set; }

    /// <summary>Requests to servers that failed since the step before; what they asked for came from others.</summary>
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
        Failed = _servers.TakeFailed();
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
        _ahead[address] = Task.Run(() => _servers.DrawAsync(prompts, samples, maxTokens, options, address, _disposed.Token));
    }

    /// <inheritdoc/>
    public IReadOnlyList<SampledCompletion> Draw(
        IReadOnlyList<int[]> prompts, int samples, int maxTokens, SamplingOptions options, SamplingAddress address)
    {
        IReadOnlyList<SampledCompletion> drawn =
            (_ahead.Remove(address, out Task<IReadOnlyList<SampledCompletion>>? task)
                ? task
                : _servers.DrawAsync(prompts, samples, maxTokens, options, address, _stop)).GetAwaiter().GetResult();
        Failed += _servers.TakeFailed();
        return drawn;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed.Cancel();
        Task.WhenAll(_ahead.Values).ContinueWith(_ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
        _servers.Dispose();
        _disposed.Dispose();
    }

    private void Update(int step)
    {
        if (_updatedAt >= 0 && !_settings.IsDue(step - _updatedAt))
        {
            return;
        }

        string name = FormattableString.Invariant($"{RolloutServer.AdapterPrefix}{step}");
        string folder = Path.Combine(_folder, name);
        Directory.CreateDirectory(_folder);
        bool isAdapter = _write(folder);
        _servers.UpdateAsync(folder, isAdapter ? name : "", _stop).GetAwaiter().GetResult();
        _updatedAt = step;
        foreach (string old in Directory.EnumerateDirectories(_folder).OrderByDescending(Directory.GetCreationTimeUtc).Skip(FoldersKept))
        {
            Directory.Delete(old, recursive: true);
        }
    }
}
