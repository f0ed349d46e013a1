using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RlCore.Engines;
using RlCore.Processes.Mpi;

namespace RlCore.Worker.Tests.Processes;

/// <summary>Processes that watch each other over connections of their own; here all of them are in this one.</summary>
public sealed class ProcessWatchLaws
{
    private const byte Beat = 1;

    private static readonly byte[] Token = WatchTerms.Read("").Token;
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);

    // What is awaited comes within a second; what is wrong would not come at all.
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task One_that_says_goodbye_is_not_lost_and_one_that_does_not_is()
    {
        using var watches = new Watches(await MeetAsync(Token, Token, Token));
        Assert.Equal([1, 2], watches[0].Watched);
        Assert.Equal([0, 2], watches[1].Watched);
        Assert.Equal([0, 1], watches[2].Watched);

        watches[1].Leave();
        watches[1].Dispose();
        await UntilAsync(() => !watches[0].Watched.Contains(1) && !watches[2].Watched.Contains(1));
        Assert.Empty(watches[0].Lost);
        Assert.Empty(watches[2].Lost);

        watches[2].Dispose();
        await UntilAsync(() => watches[0].Lost.Any());
        (int rank, string what) = Assert.Single(watches[0].Lost);
        Assert.Equal(2, rank);
        Assert.StartsWith("has closed its connection without a word", what, StringComparison.Ordinal);
        Assert.Empty(watches[0].Watched);
    }

    [Fact]
    public async Task One_that_is_silent_for_the_timeout_is_lost_and_every_beat_begins_it_anew()
    {
        IReadOnlyDictionary<int, Socket>[] met = await MeetAsync(Token, Token);
        using Socket other = met[1][0];
        var clock = new HandClock();
        using var watch = new ProcessWatch(met[0], Timeout, clock);
        for (int i = 0; i < 4; i++)
        {
            clock.Advance(Timeout * 0.6);
            await HearBeatAsync(other);
            await other.SendAsync(new byte[] { Beat }, TestContext.Current.CancellationToken);
            await UntilAsync(() => met[0][1].Available == 0);
        }

        // A beat more than it takes for a round to be over.
        clock.Advance(TimeSpan.FromSeconds(1));
        await HearBeatAsync(other);
        Assert.Empty(watch.Lost);
        clock.Advance(Timeout);
        await UntilAsync(() => watch.Lost.Any());
        (int rank, string what) = Assert.Single(watch.Lost);
        Assert.Equal(1, rank);
        Assert.Contains("has not been heard for 30 seconds", what, StringComparison.Ordinal);
        Assert.Contains("RLCORE_PROCESS_TIMEOUT", what, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_are_not_met_and_keep_nobody_from_meeting()
    {
        using var meeting = new WatchMeeting();
        using var silent = new TcpClient();
        using var wrong = new TcpClient();
        IPEndPoint here = OfLoopback(meeting)[0];
        await silent.ConnectAsync(here, TestContext.Current.CancellationToken);
        await wrong.ConnectAsync(here, TestContext.Current.CancellationToken);

        // All that the other process will say, but for the token.
        await wrong.GetStream().WriteAsync(
            (byte[])[.. new byte[16], 1, .. new byte[8]], TestContext.Current.CancellationToken);

        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        using var one = new WatchMeeting();
        Task<IReadOnlyDictionary<int, Socket>> called = meeting.MeetAsync(0, Token, Of((1, [])), Long);
        Task<IReadOnlyDictionary<int, Socket>> calling =
            one.MeetAsync(1, Token, Of((0, [(IPEndPoint)stranger.LocalEndpoint, here])), Long);
        using (TcpClient answered = await stranger.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await answered.GetStream().WriteAsync(new byte[100], TestContext.Current.CancellationToken);
        }

        using Socket mine = Assert.Single(await called).Value;
        using Socket theirs = Assert.Single(await calling).Value;
        Assert.Equal(mine.RemoteEndPoint!.ToString()!.Split(':')[^1], theirs.LocalEndPoint!.ToString()!.Split(':')[^1]);
    }

    [Fact]
    public async Task Processes_of_another_run_and_those_that_cannot_be_reached_are_left_out()
    {
        byte[] another = WatchTerms.Read("").Token;
        Assert.All(await MeetAsync(Soon, Token, another), Assert.Empty);

        // Both halves count: whoever is called has to know the run too.
        Assert.All(await MeetAsync(Soon, Token, [.. Token[..16], .. another[16..]]), Assert.Empty);
        using var alone = new WatchMeeting();
        using var gone = new WatchMeeting();
        IPEndPoint[] nowhere = OfLoopback(gone);
        gone.Dispose();
        Assert.Empty(await alone.MeetAsync(1, Token, Of((0, nowhere), (2, nowhere)), Soon));
    }

    [Fact]
    public void What_a_process_tells_of_itself_is_read_by_the_others()
    {
        var own = Peer.Own(3, WatchTerms.Read("7"), [IPEndPoint.Parse("10.0.0.1:5"), IPEndPoint.Parse("[::1]:6")]);
        var read = Peer.Read(3, own.Tell());
        Assert.Equal((own.Rank, own.Machine, own.Id, own.Started), (read.Rank, read.Machine, read.Id, read.Started));
        Assert.Equal(own.EndPoints, read.EndPoints);
        Assert.Equal(own.Watch.Token, read.Watch.Token);
        Assert.Equal(TimeSpan.FromSeconds(7), read.Watch.Timeout);
        Assert.Empty(Peer.Read(0, Peer.Own(0, WatchTerms.Read(""), []).Tell()).EndPoints);

        // Where /proc shows processes, a neighbour is one of the same machine, PID and start.
        Assert.Equal(OperatingSystem.IsLinux(), read.IsHere);
        Assert.False(read.HasEnded);
        Assert.False(new Peer(3, own.Machine + "2", own.Id, own.Started, own.Watch, []).IsHere);
        Assert.False(new Peer(3, own.Machine, own.Id, own.Started + "0", own.Watch, []).IsHere);
    }

    [Fact]
    public async Task A_neighbour_has_ended_when_it_is_gone_or_only_its_parent_does_not_know_yet()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux shows processes in /proc.");

        // The program that takes the shell's place does not wait for the shell's child.
        using Process parent = Process.Start(
            new ProcessStartInfo("sh", ["-c", "sleep 0.2 & echo $!; exec sleep 600"]) { RedirectStandardOutput = true })!;
        Peer working = Neighbour(parent.Id);
        try
        {
            string? line = await parent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            int id = int.Parse(line!, CultureInfo.InvariantCulture);
            await UntilAsync(() => Fields(id)[0] == "Z");
            Assert.True(Neighbour(id).HasEnded);
            Assert.False(working.HasEnded);
        }
        finally
        {
            parent.Kill();
        }

        await parent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(working.HasEnded);
    }

    [Fact]
    public void Those_who_cannot_watch_each_other_are_told_to_the_user_in_one_line()
    {
        Peer[] peers = [.. Enumerable.Range(0, 3).Select(rank => new Peer(rank, $"node{rank}", 1, "", WatchTerms.Read(""), []))];
        Assert.Empty(Peer.Unseen(peers, [[1, 2], [0, 2], [0, 1]]));
        string one = Assert.Single(Peer.Unseen(peers, [[1, 2], [0], [0, 1]]));
        Assert.StartsWith("processes 1 (node1) and 2 (node2) cannot connect to watch each other", one, StringComparison.Ordinal);
        string more = Assert.Single(Peer.Unseen(peers, [[1], [0], [0]]));
        Assert.StartsWith("processes 0 (node0) and 2 (node2) cannot connect", more, StringComparison.Ordinal);
        Assert.Contains("(the first of 2 such pairs)", more, StringComparison.Ordinal);
    }

    [Fact]
    public void The_timeout_is_a_number_of_seconds()
    {
        Assert.Equal(Timeout, WatchTerms.Read("").Timeout);
        Assert.Equal(TimeSpan.FromSeconds(2), WatchTerms.Read("2").Timeout);
        foreach (string wrong in (string[])["1", "0", "-5", "2.5", "soon", "86401"])
        {
            var refused = Assert.Throws<ProcessFailedException>(() => WatchTerms.Read(wrong));
            Assert.Equal(
                $"RLCORE_PROCESS_TIMEOUT: found \"{wrong}\"; expected a whole number of seconds from 2 to 86400", refused.Message);
        }
    }

    private static Task<IReadOnlyDictionary<int, Socket>[]> MeetAsync(params byte[][] tokens) => MeetAsync(Long, tokens);

    private static async Task<IReadOnlyDictionary<int, Socket>[]> MeetAsync(TimeSpan limit, params byte[][] tokens)
    {
        WatchMeeting[] meetings = [.. tokens.Select(_ => new WatchMeeting())];
        var where = meetings.Select(OfLoopback).ToArray();
        try
        {
            return await Task.WhenAll(meetings.Select((meeting, rank) => meeting.MeetAsync(
                rank, tokens[rank], Of([.. Enumerable.Range(0, tokens.Length).Where(i => i != rank).Select(i => (i, where[i]))]), limit)));
        }
        finally
        {
            Array.ForEach(meetings, meeting => meeting.Dispose());
        }
    }

    private static Dictionary<int, IReadOnlyList<IPEndPoint>> Of(params (int Rank, IPEndPoint[] Where)[] others) =>
        others.ToDictionary(other => other.Rank, other => (IReadOnlyList<IPEndPoint>)other.Where);

    private static IPEndPoint[] OfLoopback(WatchMeeting meeting) =>
        [.. meeting.EndPoints.Where(endPoint => endPoint.Address.Equals(IPAddress.Loopback))];

    private static Peer Neighbour(int id) => new(1, Environment.MachineName, id, Fields(id)[19], WatchTerms.Read(""), []);

    // State, and then what follows it.
    private static string[] Fields(int id)
    {
        string text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static async Task HearBeatAsync(Socket socket)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Long);
        var heard = new byte[1];
        Assert.Equal(1, await socket.ReceiveAsync(heard, limit.Token));
        Assert.Equal(Beat, heard[0]);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Long);
        while (!isSo())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private sealed class Watches(IReadOnlyDictionary<int, Socket>[] met) : IDisposable
    {
        private readonly ProcessWatch[] _all = [.. met.Select(sockets => new ProcessWatch(sockets, Long, TimeProvider.System))];

        public ProcessWatch this[int rank] => _all[rank];

        public void Dispose() => Array.ForEach(_all, watch => watch.Dispose());
    }

    private sealed class HandClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
    }
}
