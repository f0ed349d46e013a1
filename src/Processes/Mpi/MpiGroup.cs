using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using RlCore.Engines;

namespace RlCore.Processes.Mpi;

/// <summary>The processes that mpirun has started.</summary>
internal sealed unsafe class MpiGroup : IProcessGroup
{
    private const int DataTag = 1;
    private const int FailureTag = 2;
    private const int LossTag = 3;
    private const string Killed = "has ended without a word: it was killed, or the machine ran out of memory";
    private const int MostToldBytes = 2048;

    // An answer that comes soon is awaited without sleep; another process may need the core.
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ToTell = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ToSettle = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ToMeet = TimeSpan.FromSeconds(10);

    private readonly MpiLibrary _mpi;
    private readonly Peer[] _peers = [];
    private readonly ProcessWatch? _watch;
    private bool _failed;
    private bool _left;

    /// <summary>Joins the processes.</summary>
    /// <param name="mpi">The library.</param>
    /// <param name="terms">How they are to watch each other, if this is the first.</param>
    public MpiGroup(MpiLibrary mpi, WatchTerms terms)
    {
        _mpi = mpi;
        mpi.Init();
        Rank = mpi.Rank();
        Size = mpi.Size();
        using var meeting = new WatchMeeting();
        _peers =
            [.. this.Gather(Peer.Own(Rank, terms, meeting.EndPoints).Tell()).Select((told, rank) => Peer.Read(rank, told))];
        IReadOnlyDictionary<int, Socket> met = meeting.MeetAsync(
            Rank,
            _peers[0].Watch.Token,
            _peers.Where(peer => peer.Rank != Rank && !peer.IsHere).ToDictionary(peer => peer.Rank, peer => peer.EndPoints),
            ToMeet).GetAwaiter().GetResult();

        // Only what both ends take for a connection is one.
        int[] seen = [.. _peers.Where(peer => peer.IsHere).Select(peer => peer.Rank), .. met.Keys];
        byte[] told = [.. MemoryMarshal.AsBytes<int>(seen)];
        int[][] all = [.. this.Gather(told).Select(ranks => MemoryMarshal.Cast<byte, int>(ranks).ToArray())];
        ILookup<bool, KeyValuePair<int, Socket>> agreed = met.ToLookup(one => all[one.Key].Contains(Rank));
        Array.ForEach([.. agreed[false]], one => one.Value.Dispose());
        _watch = new ProcessWatch(agreed[true].ToDictionary(), _peers[0].Watch.Timeout, TimeProvider.System);
        Warnings = Peer.Unseen(_peers, all);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings { get; } = [];

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
    {
        fixed (byte* from = sent, to = received)
        {
            nint receipt = received.Length > 0 ? _mpi.Receive(to, received.Length, partner, DataTag) : 0;
            nint dispatch = sent.Length > 0 ? _mpi.Send(from, sent.Length, partner, DataTag) : 0;
            long begun = Stopwatch.GetTimestamp();
            TimeSpan next = BetweenChecks;
            while (!(_mpi.IsDone(ref receipt) & _mpi.IsDone(ref dispatch)))
            {
                TimeSpan waited = Stopwatch.GetElapsedTime(begun);
                if (waited > next)
                {
                    RequireOthers();
                    next = waited + BetweenChecks;
                }

                if (waited > Soon)
                {
                    Thread.Sleep(1);
                }
                else
                {
                    Thread.Yield();
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Fail(string message)
    {
        if (!_failed && !_left)
        {
            _failed = true;
            Tell(FailureTag, message, Enumerable.Range(0, Size));
        }
    }

    /// <summary>Leaves the processes; after a failure without a word to them, since they may not answer.</summary>
    public void Dispose()
    {
        if (!_left && !_failed)
        {
            _watch?.Leave();
            _mpi.Finish();
        }

        _watch?.Dispose();
        _left = true;
    }

    private void Tell(int tag, string message, IEnumerable<int> ranks)
    {
        byte[] told = Encoding.UTF8.GetBytes(message);
        int length = Math.Min(told.Length, MostToldBytes);

        // What is sent stays where it is for as long as the process lives.
        byte* kept = (byte*)NativeMemory.Alloc(MostToldBytes);
        told.AsSpan(0, length).CopyTo(new Span<byte>(kept, length));
        try
        {
            nint[] sent = [.. ranks.Where(rank => rank != Rank).Select(rank => _mpi.Send(kept, length, rank, tag))];
            long begun = Stopwatch.GetTimestamp();
            for (int i = 0; i < sent.Length && Stopwatch.GetElapsedTime(begun) < ToTell;)
            {
                i += _mpi.IsDone(ref sent[i]) ? 1 : 0;
                Thread.Yield();
            }
        }
        catch (ProcessFailedException)
        {
            // Those who cannot be told have ended, or see that this process does.
        }
    }

    private bool TryHear(int tag, out int from, out string message)
    {
        message = "";
        if (!_mpi.HasArrived(tag, out from, out int count))
        {
            return false;
        }

        var bytes = new byte[count];
        fixed (byte* to = bytes)
        {
            nint receipt = _mpi.Receive(to, count, from, tag);
            while (!_mpi.IsDone(ref receipt))
            {
                Thread.Yield();
            }
        }

        message = Encoding.UTF8.GetString(bytes);
        return true;
    }

    private void RequireOthers()
    {
        if (TryHear(FailureTag, out int from, out string failure))
        {
            _failed = true;
            throw new ProcessFailedException(from, $"process {from} of {Size}: {failure}");
        }

        if (TryHear(LossTag, out _, out string told))
        {
            string[] parts = told.Split('\n', 3);
            throw Loss(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]);
        }

        (int Rank, string What)[] gone = Gone();
        if (gone.Any(one => one.Rank == 0))
        {
            // A machine takes all of its processes with it, and the first that is left is to speak: those before it may be next.
            Thread.Sleep(ToSettle);
            gone = Gone();
        }

        if (gone.Length > 0)
        {
            // The others are told, so that all of them give the same reason, and know who tells it to the user.
            int[] left = [.. Enumerable.Range(0, Size).Except(gone.Select(one => one.Rank))];
            (int lost, string what) = gone.MinBy(one => one.Rank);
            string message = string.Create(
                CultureInfo.InvariantCulture, $"process {lost} of {Size} (PID {_peers[lost].Id} on {_peers[lost].Machine}) {what}");
            Tell(LossTag, string.Create(CultureInfo.InvariantCulture, $"{lost}\n{left[0]}\n{message}"), left);
            throw Loss(lost, left[0], message);
        }
    }

    private (int Rank, string What)[] Gone() =>
    [
        .. _peers.Where(peer => peer.Rank != Rank && peer.HasEnded).Select(peer => (peer.Rank, Killed)),
        .. _watch?.Lost ?? [],
    ];

    private ProcessFailedException Loss(int rank, int speaker, string message)
    {
        _failed = true;
        return new ProcessFailedException(rank, message) { IsToldHere = speaker == Rank };
    }
}
