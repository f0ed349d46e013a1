using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using RlCore.Engines;

namespace RlCore.Processes.Mpi;

/// <summary>The processes that mpirun has started.</summary>
internal sealed unsafe class MpiGroup : IProcessGroup
{
    private const int DataTag = 1;
    private const int FailureTag = 2;
    private const int MostFailureBytes = 2048;

    // An answer that comes soon is awaited without sleep; another process may need the core.
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ToTell = TimeSpan.FromMilliseconds(500);

    private readonly MpiLibrary _mpi;
    private readonly Neighbour[] _neighbours;
    private bool _failed;
    private bool _left;

    /// <summary>Joins the processes.</summary>
    /// <param name="mpi">The library.</param>
    public MpiGroup(MpiLibrary mpi)
    {
        _mpi = mpi;
        mpi.Init();
        Rank = mpi.Rank();
        Size = mpi.Size();
        _neighbours = [];
        string me = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}\n{Environment.ProcessId}");
        _neighbours =
        [
            .. this.Gather(Encoding.UTF8.GetBytes(me)).Select((told, rank) => Neighbour.Find(rank, Encoding.UTF8.GetString(told)))
                .OfType<Neighbour>().Where(neighbour => neighbour.Rank != Rank),
        ];
    }

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
        if (_failed || _left)
        {
            return;
        }

        _failed = true;
        byte[] told = Encoding.UTF8.GetBytes(message);
        int length = Math.Min(told.Length, MostFailureBytes);

        // What is sent stays where it is for as long as the process lives.
        byte* kept = (byte*)NativeMemory.Alloc(MostFailureBytes);
        told.AsSpan(0, length).CopyTo(new Span<byte>(kept, length));
        try
        {
            nint[] sent =
                [.. Enumerable.Range(0, Size).Where(rank => rank != Rank).Select(rank => _mpi.Send(kept, length, rank, FailureTag))];
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

    /// <summary>Leaves the processes; after a failure without a word to them, since they may not answer.</summary>
    public void Dispose()
    {
        if (!_left && !_failed)
        {
            _mpi.Finish();
        }

        _left = true;
    }

    private void RequireOthers()
    {
        if (_mpi.HasArrived(FailureTag, out int from, out int count))
        {
            var message = new byte[count];
            fixed (byte* to = message)
            {
                nint receipt = _mpi.Receive(to, count, from, FailureTag);
                while (!_mpi.IsDone(ref receipt))
                {
                    Thread.Yield();
                }
            }

            _failed = true;
            throw new ProcessFailedException(from, $"process {from} of {Size}: {Encoding.UTF8.GetString(message)}");
        }

        if (Array.Find(_neighbours, neighbour => neighbour.HasEnded) is { } ended)
        {
            _failed = true;
            throw new ProcessFailedException(
                ended.Rank,
                $"process {ended.Rank} of {Size} (PID {ended.Id} on {Environment.MachineName}) has ended without a word: it was killed, or "
                    + "the machine ran out of memory");
        }
    }

    /// <summary>Another process of the group on this machine.</summary>
    private sealed record Neighbour(int Rank, int Id, string Started)
    {
        /// <summary>Whether it has ended, though its launcher may not have noticed.</summary>
        public bool HasEnded => !TryRead(Id, out string state, out string started) || started != Started || state is "Z" or "X";

        /// <summary>The process, if it is on this machine and can be seen.</summary>
        public static Neighbour? Find(int rank, string told)
        {
            string[] parts = told.Split('\n');
            int id = int.Parse(parts[1], CultureInfo.InvariantCulture);
            return parts[0] == Environment.MachineName && TryRead(id, out _, out string started) ? new Neighbour(rank, id, started) : null;
        }

        // The name, in parentheses, may hold anything; state and start time are the 1st and the 20th field after it.
        private static bool TryRead(int id, out string state, out string started)
        {
            (state, started) = ("", "");
            try
            {
                string text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
                string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                (state, started) = (fields[0], fields[19]);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
            catch (UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
