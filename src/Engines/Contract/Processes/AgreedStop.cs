namespace RlCore.Engines;

/// <summary>
/// A request to stop that all processes of a group see at the same place of the program, whichever of them received it: between two calls
/// of <see cref="Poll"/> nothing changes.
/// </summary>
public sealed class AgreedStop : IDisposable
{
    private readonly IProcessGroup _group;
    private readonly CancellationToken _asked;
    private readonly CancellationTokenSource _agreed = new();

    /// <summary>An agreement.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="asked">Cancelled in any of the processes, at any time.</param>
    public AgreedStop(IProcessGroup group, CancellationToken asked)
    {
        ArgumentNullException.ThrowIfNull(group);
        _group = group;
        _asked = asked;
    }

    /// <summary>Cancelled in all processes or in none; for a process that is alone, the request itself.</summary>
    public CancellationToken Token => _group.Size == 1 ? _asked : _agreed.Token;

    /// <summary>Asks all processes whether one of them has been asked to stop.</summary>
    public void Poll()
    {
        if (_group.Size == 1 || _agreed.IsCancellationRequested)
        {
            return;
        }

        Span<byte> asked = [_asked.IsCancellationRequested ? (byte)1 : (byte)0];
        _group.Or(asked);
        if (asked[0] != 0)
        {
            _agreed.Cancel();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _agreed.Dispose();
}
