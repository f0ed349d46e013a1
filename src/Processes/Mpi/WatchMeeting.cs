using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace RlCore.Processes.Mpi;

/// <summary>Where the processes of a run meet to watch each other: each listens on a port, and calls those before it.</summary>
internal sealed class WatchMeeting : IDisposable
{
    private const int Half = WatchTerms.TokenBytes / 2;

    // A process may not listen yet, or have addresses that lead elsewhere, or nowhere.
    private static readonly TimeSpan PerAddress = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromMilliseconds(100);

    private readonly Socket? _listener;

    /// <summary>Listens on all addresses of this machine; on none if the system refuses it.</summary>
    public WatchMeeting()
    {
        try
        {
            // With IPv6 it hears IPv4 too.
            _listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
            _listener.Bind(new IPEndPoint(_listener.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0));
            _listener.Listen();
            int port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
            EndPoints = [.. Addresses().Select(address => new IPEndPoint(address, port))];
        }
        catch (Exception refused) when (refused is SocketException or NetworkInformationException)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    /// <summary>Where it listens, as other machines may see it.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; } = [];

    /// <summary>Meets other processes, which do the same.</summary>
    /// <param name="rank">Which process this is.</param>
    /// <param name="token">The run's; strangers do not know it.</param>
    /// <param name="others">The others, by rank, and where they listen.</param>
    /// <param name="limit">Those that cannot be met by then are left out.</param>
    /// <returns>A connection to each that was met.</returns>
    public async Task<IReadOnlyDictionary<int, Socket>> MeetAsync(
        int rank, byte[] token, IReadOnlyDictionary<int, IReadOnlyList<IPEndPoint>> others, TimeSpan limit)
    {
        var met = new ConcurrentDictionary<int, Socket>();
        using var end = new CancellationTokenSource(limit);
        var greeted = new List<Task>();
        Task[] calls = [.. others.Where(other => other.Key < rank).Select(other => CallAsync(other.Key, other.Value))];
        try
        {
            while (_listener is not null && others.Keys.Any(other => other > rank && !met.ContainsKey(other)))
            {
                greeted.Add(GreetAsync(await _listener.AcceptAsync(end.Token).ConfigureAwait(false)));
            }
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            // It is late, or all are there.
        }

        await Task.WhenAll([.. calls, .. greeted]).ConfigureAwait(false);
        return met;

        void Keep(int other, Socket socket)
        {
            if (!met.TryAdd(other, socket))
            {
                socket.Dispose();
            }
            else if (met.Count == others.Count)
            {
                end.Cancel();
            }
        }

        // Caller: half of the token, own rank, the other's rank. Called: the other half. Caller, who may have given up: one byte.
        async Task GreetAsync(Socket socket)
        {
            try
            {
                byte[] hello = await ReceiveAsync(socket, Half + 8, end.Token).ConfigureAwait(false);
                int caller = BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(Half));
                int called = BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(Half + 4));
                if (CryptographicOperations.FixedTimeEquals(hello.AsSpan(0, Half), token.AsSpan(0, Half))
                    && called == rank && caller > rank && others.ContainsKey(caller))
                {
                    await socket.SendAsync(token.AsMemory(Half), end.Token).ConfigureAwait(false);
                    await ReceiveAsync(socket, 1, end.Token).ConfigureAwait(false);
                    Keep(caller, socket);
                    return;
                }
            }
            catch (Exception failure) when (IsExpected(failure))
            {
                // A stranger, or a caller that has met this process on another address.
            }

            socket.Dispose();
        }

        async Task CallAsync(int other, IReadOnlyList<IPEndPoint> endPoints)
        {
            byte[] hello = [.. token[..Half], .. new byte[8]];
            BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(Half), rank);
            BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(Half + 4), other);
            for (int call = 0; endPoints.Count > 0 && !end.IsCancellationRequested; call++)
            {
                IPEndPoint endPoint = endPoints[call % endPoints.Count];
                var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    using var late = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
                    late.CancelAfter(PerAddress);
                    await socket.ConnectAsync(endPoint, late.Token).ConfigureAwait(false);
                    await socket.SendAsync(hello, late.Token).ConfigureAwait(false);
                    byte[] answer = await ReceiveAsync(socket, Half, late.Token).ConfigureAwait(false);
                    if (CryptographicOperations.FixedTimeEquals(answer, token.AsSpan(Half)))
                    {
                        await socket.SendAsync(new byte[1], late.Token).ConfigureAwait(false);
                        Keep(other, socket);
                        return;
                    }
                }
                catch (Exception failure) when (IsExpected(failure))
                {
                    // The next address may do.
                }

                socket.Dispose();
                await Task.Delay(BetweenCalls, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Listens no more.</summary>
    public void Dispose() => _listener?.Dispose();

    private static bool IsExpected(Exception failure) => failure is SocketException or OperationCanceledException or EndOfStreamException;

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count, CancellationToken stop)
    {
        var bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            int more = await socket.ReceiveAsync(bytes.AsMemory(done), stop).ConfigureAwait(false);
            done += more > 0 ? more : throw new EndOfStreamException();
        }

        return bytes;
    }

    // Those of this machine alone come last; link-local ones of IPv6 mean nothing elsewhere.
    private static IEnumerable<IPAddress> Addresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus != OperationalStatus.Down)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => !address.IsIPv6LinkLocal)
            .OrderBy(IPAddress.IsLoopback);
}
