using System.Net.Sockets;

namespace RlCore.Trainers.Tests;

/// <summary>What servers of tests on this machine have in common.</summary>
internal static class Loopback
{
    /// <summary>Serves each connection until the listener is disposed.</summary>
    /// <param name="listener">A listener that has been started.</param>
    /// <param name="serve">Serves one connection.</param>
    public static async Task AcceptAsync(TcpListener listener, Func<TcpClient, Task> serve)
    {
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync();
                _ = Task.Run(() => serve(client));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }
}
