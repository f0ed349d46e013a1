using System.Globalization;
using System.Net.Sockets;

namespace RlCore.Processes.Mpi;

/// <summary>
/// Watches processes that this machine does not show, over a connection of its own to each: where such a process dies, or the network is
/// cut, MPI waits for ever. A thread of its own sends beats and hears those of the others, whatever the training does meanwhile.
/// </summary>
internal sealed class ProcessWatch : IDisposable
{
    private const byte Beat = 1;
    private const byte Goodbye = 2;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenBeats = TimeSpan.FromSeconds(1);

    private readonly Link[] _links;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;
    private readonly ManualResetEventSlim _leaving = new();
    private readonly Thread _thread;
    private long _said;

    /// <summary>Begins to watch.</summary>
    /// <param name="met">A connection to each process, by rank; the watch owns them.</param>
    /// <param name="timeout">How long one may be silent.</param>
    /// <param name="clock">The time.</param>
    public ProcessWatch(IReadOnlyDictionary<int, Socket> met, TimeSpan timeout, TimeProvider clock)
    {
        _links = [.. met.OrderBy(one => one.Key).Select(one => new Link(one.Key, one.Value, clock))];
        (_timeout, _clock, _said) = (timeout, clock, clock.GetTimestamp());
        _thread = new Thread(Run) { IsBackground = true, Name = "process watch", Priority = ThreadPriority.AboveNormal };
        if (_links.Length > 0)
        {
            _thread.Start();
        }
    }

    /// <summary>The processes that are watched, which have neither left nor been lost.</summary>
    public IEnumerable<int> Watched => _links.Where(link => link.IsWatched).Select(link => link.Rank);

    /// <summary>The processes that are lost, and what has happened to each, to follow its name.</summary>
    public IEnumerable<(int Rank, string What)> Lost =>
        _links.Where(link => link.Loss.Length > 0).Select(link => (link.Rank, link.Loss));

    /// <summary>Says goodbye to the others, which then do not take this process for lost.</summary>
    public void Leave()
    {
        Stop();
        Array.ForEach(_links, link => link.Say(Goodbye));
    }

    /// <summary>Ends the connections; without <see cref="Leave"/>, the others take this process for lost.</summary>
    public void Dispose()
    {
        Stop();
        Array.ForEach(_links, link => link.Dispose());
    }

    private void Stop()
    {
        _leaving.Set();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        while (!_leaving.Wait(Pause))
        {
            bool isDue = _clock.GetElapsedTime(_said) >= BetweenBeats;
            _said = isDue ? _clock.GetTimestamp() : _said;
            foreach (Link link in _links.Where(link => link.IsWatched))
            {
                if (isDue)
                {
                    link.Say(Beat);
                }

                link.Hear(_timeout);
            }
        }
    }

    /// <summary>A connection to another process.</summary>
    private sealed class Link : IDisposable
    {
        private readonly Socket _socket;
        private readonly byte[] _buffer = new byte[256];
        private readonly TimeProvider _clock;
        private long _heard;
        private volatile bool _hasLeft;
        private volatile string _loss = "";

        public Link(int rank, Socket socket, TimeProvider clock)
        {
            (Rank, _socket, _clock, _heard) = (rank, socket, clock, clock.GetTimestamp());
            socket.Blocking = false;
        }

        public int Rank { get; }

        public string Loss => _loss;

        public bool IsWatched => !_hasLeft && _loss.Length == 0;

        // What cannot be sent is no news: the other does not listen any more, or does not take the bytes off.
        public void Say(byte word) => _socket.Send(new ReadOnlySpan<byte>(in word), SocketFlags.None, out _);

        // All that has come is read first: this process may itself have stood still.
        public void Hear(TimeSpan timeout)
        {
            SocketError error;
            int count;
            while ((count = _socket.Receive(_buffer.AsSpan(), SocketFlags.None, out error)) > 0)
            {
                _heard = _clock.GetTimestamp();
                _hasLeft |= _buffer.AsSpan(0, count).Contains(Goodbye);
            }

            if (_hasLeft)
            {
                return;
            }

            if (error == SocketError.WouldBlock)
            {
                _loss = _clock.GetElapsedTime(_heard) < timeout ? "" : string.Create(
                    CultureInfo.InvariantCulture,
                    $"has not been heard for {timeout.TotalSeconds:0.###} seconds: its machine or the network is down "
                        + $"({WatchTerms.Variable} sets the seconds)");
            }
            else
            {
                _loss = error is SocketError.Success or SocketError.ConnectionReset
                    ? "has closed its connection without a word: it was killed, or its machine ran out of memory or was shut down"
                    : $"cannot be reached any more ({new SocketException((int)error).Message}): its machine or the network is down";
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
