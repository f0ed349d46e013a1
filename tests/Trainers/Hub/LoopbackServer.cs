using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RlCore.Trainers.Tests.Hub;

/// <summary>A request.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Headers">Its headers.</param>
internal sealed record LoopbackRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    /// <summary>First byte asked for.</summary>
    public int Offset => Header("Range") is { Length: > 0 } range
        ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
        : 0;
}

/// <summary>An answer.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
/// <param name="Headers">Its headers, but for the length.</param>
internal sealed record LoopbackAnswer(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>Whether the body is sent in chunks, so that its length is not stated.</summary>
    public bool IsChunked { get; init; }

    /// <summary>Bytes of the body before the connection is cut.</summary>
    public int Cut { get; init; } = int.MaxValue;

    /// <summary>Whether nothing is sent after the cut, but the connection stays.</summary>
    public bool Hangs { get; init; }

    /// <summary>Bytes per write.</summary>
    public int Piece { get; init; } = int.MaxValue;
}

/// <summary>A server in this process, on a free port of 127.0.0.1.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<LoopbackRequest, LoopbackAnswer> _answer;

    public LoopbackServer(Func<LoopbackRequest, LoopbackAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = Task.Run(() => Loopback.AcceptAsync(_listener, ServeAsync));
    }

    public string Address { get; }

    /// <summary>All requests in order.</summary>
    public ConcurrentQueue<LoopbackRequest> Requests { get; } = new();

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(TcpClient client)
    {
        using var owner = client;
        try
        {
            NetworkStream stream = client.GetStream();
            LoopbackRequest request = await ReadAsync(stream);
            Requests.Enqueue(request);
            LoopbackAnswer answer = _answer(request);
            await stream.WriteAsync(Head(answer));
            if (request.Method != "HEAD")
            {
                await WriteBodyAsync(stream, answer);
            }

            if (answer.Hangs)
            {
                await stream.CopyToAsync(Stream.Null);
            }
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // The client gave up.
        }
    }

    private static async Task<LoopbackRequest> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer);
            text.Append(Encoding.ASCII.GetString(buffer, 0, read > 0 ? read : throw new IOException("The request is cut off.")));
        }

        string[] lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        return new LoopbackRequest(first[0], first[1], lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase));
    }

    private static byte[] Head(LoopbackAnswer answer)
    {
        string length = answer.IsChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {answer.Body.Length}";
        string headers = string.Concat(answer.Headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        return Encoding.ASCII.GetBytes($"HTTP/1.1 {answer.Status} X\r\n{headers}{length}\r\nConnection: close\r\n\r\n");
    }

    private static async Task WriteBodyAsync(NetworkStream stream, LoopbackAnswer answer)
    {
        int end = Math.Min(answer.Cut, answer.Body.Length);
        for (int start = 0; start < end; start += Math.Min(answer.Piece, end - start))
        {
            int count = Math.Min(answer.Piece, end - start);
            if (answer.IsChunked)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"{count:x}\r\n"));
            }

            await stream.WriteAsync(answer.Body.AsMemory(start, count));
            await stream.WriteAsync(answer.IsChunked ? "\r\n"u8.ToArray() : []);
        }

        if (answer.IsChunked && answer.Cut >= answer.Body.Length)
        {
            await stream.WriteAsync("0\r\n\r\n"u8.ToArray());
        }
    }
}
