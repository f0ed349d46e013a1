using System.Globalization;
using System.Net;
using System.Text;

namespace RlCore.Processes.Mpi;

/// <summary>A process of the group, as it tells the others of itself.</summary>
/// <param name="Rank">Which it is.</param>
/// <param name="Machine">Name of its machine.</param>
/// <param name="Id">Its PID there.</param>
/// <param name="Started">When it was started, as /proc says it; empty if nothing does.</param>
/// <param name="Watch">How the processes are to watch each other; that of the first one counts.</param>
/// <param name="EndPoints">Where it listens; none if it cannot.</param>
internal sealed record Peer(int Rank, string Machine, int Id, string Started, WatchTerms Watch, IReadOnlyList<IPEndPoint> EndPoints)
{
    /// <summary>Whether it runs on this machine, where /proc shows it.</summary>
    public bool IsHere { get; } =
        Machine == Environment.MachineName && Started.Length > 0 && TryRead(Id, out _, out string started) && started == Started;

    /// <summary>Whether a process of this machine has ended, though its launcher may not have noticed.</summary>
    public bool HasEnded => IsHere && (!TryRead(Id, out string state, out string started) || started != Started || state is "Z" or "X");

    /// <summary>This process.</summary>
    /// <param name="rank">Which it is.</param>
    /// <param name="watch">How the processes are to watch each other.</param>
    /// <param name="endPoints">Where it listens.</param>
    public static Peer Own(int rank, WatchTerms watch, IReadOnlyList<IPEndPoint> endPoints)
    {
        TryRead(Environment.ProcessId, out _, out string started);
        return new Peer(rank, Environment.MachineName, Environment.ProcessId, started, watch, endPoints);
    }

    /// <summary>What another process has told.</summary>
    /// <param name="rank">Which it is.</param>
    /// <param name="told">Made by <see cref="Tell"/>.</param>
    public static Peer Read(int rank, byte[] told)
    {
        string[] lines = Encoding.UTF8.GetString(told).Split('\n');
        int seconds = int.Parse(lines[4], CultureInfo.InvariantCulture);
        var watch = new WatchTerms(Convert.FromHexString(lines[3]), TimeSpan.FromSeconds(seconds));
        return new Peer(
            rank, lines[0], int.Parse(lines[1], CultureInfo.InvariantCulture), lines[2], watch, [.. lines[5..].Select(IPEndPoint.Parse)]);
    }

    /// <summary>What the user should know if some cannot watch each other: one line, or none.</summary>
    /// <param name="peers">All processes.</param>
    /// <param name="seen">Ranks of the others that each of them can watch.</param>
    public static IReadOnlyList<string> Unseen(IReadOnlyList<Peer> peers, IReadOnlyList<int[]> seen)
    {
        (Peer One, Peer Other)[] pairs =
        [
            .. peers.SelectMany(one => peers.Where(other => other.Rank > one.Rank).Select(other => (One: one, Other: other)))
                .Where(pair => !seen[pair.One.Rank].Contains(pair.Other.Rank) || !seen[pair.Other.Rank].Contains(pair.One.Rank)),
        ];
        if (pairs.Length == 0)
        {
            return [];
        }

        (Peer first, Peer second) = pairs[0];
        string more = pairs.Length > 1 ? $" (the first of {pairs.Length} such pairs)" : "";
        return
        [
            $"processes {first.Rank} ({first.Machine}) and {second.Rank} ({second.Machine}) cannot connect to watch each other{more}: is "
                + "there a firewall? If one of them is lost, the other may wait for ever",
        ];
    }

    /// <summary>What it tells the others.</summary>
    public byte[] Tell()
    {
        string[] lines =
        [
            Machine, string.Create(CultureInfo.InvariantCulture, $"{Id}"), Started, Convert.ToHexString(Watch.Token),
            string.Create(CultureInfo.InvariantCulture, $"{(int)Watch.Timeout.TotalSeconds}"),
            .. EndPoints.Select(endPoint => endPoint.ToString()),
        ];
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
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
