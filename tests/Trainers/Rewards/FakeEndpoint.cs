using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>An answer of the fake endpoint.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Text">What the model says.</param>
/// <param name="RetryAfter">A Retry-After header; empty for none.</param>
/// <param name="Delay">How long it takes.</param>
internal sealed record FakeReply(int Status, string Text, string RetryAfter = "", TimeSpan Delay = default)
{
    /// <summary>The whole body, instead of a chat completion with the text.</summary>
    public string? Body { get; init; }

    /// <summary>Another header, with its line break; empty for none.</summary>
    public string Header { get; init; } = "";

    /// <summary>Bytes of the body that are announced and not sent.</summary>
    public int Missing { get; init; }

    /// <summary>Whether the body never ends.</summary>
    public bool IsEndless { get; init; }
}

/// <summary>An OpenAI-compatible endpoint in this process: each request gets what a function says of its number and its text.</summary>
internal sealed class FakeEndpoint : IDisposable
{
    private static readonly byte[] Blanks = Encoding.ASCII.GetBytes(new string(' ', 1 << 16));

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<int, string, FakeReply> _reply;
    private int _requests;
    private int _open;
    private int _mostOpen;
    private long _sent;

    public FakeEndpoint(Func<int, string, FakeReply> reply)
    {
        _reply = reply;
        _listener.Start();
        _ = Task.Run(() => Loopback.AcceptAsync(_listener, ServeAsync));
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1";

    public int Requests => _requests;

    /// <summary>Most requests that were under way at a time.</summary>
    public int MostOpen => _mostOpen;

    /// <summary>Bytes of replies that the network took.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Head of the last request.</summary>
    public string LastHead { get; private set; } = "";

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(TcpClient client)
    {
        using var owner = client;
        try
        {
            NetworkStream stream = client.GetStream();
            string body = await ReadBodyAsync(stream);
            int open = Interlocked.Increment(ref _open);
            int most = _mostOpen;
            while (open > most)
            {
                most = Interlocked.CompareExchange(ref _mostOpen, open, most) is var seen && seen == most ? open : seen;
            }

            using JsonDocument asked = JsonDocument.Parse(body);
            JsonElement content = asked.RootElement.GetProperty("messages")[0].GetProperty("content");
            string text = content.ValueKind == JsonValueKind.String ? content.GetString()! : content[0].GetProperty("text").GetString()!;
            FakeReply reply = _reply(Interlocked.Increment(ref _requests), text);
            await Task.Delay(reply.Delay);
            Interlocked.Decrement(ref _open);
            await SendAsync(stream, Encode(reply));
            while (reply.IsEndless)
            {
                await SendAsync(stream, Blanks);
            }
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // The client gave up.
        }
    }

    private async Task SendAsync(NetworkStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes);
        Interlocked.Add(ref _sent, bytes.Length);
    }

    private async Task<string> ReadBodyAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[8192];
        while (true)
        {
            int read = await stream.ReadAsync(buffer);
            bytes.AddRange(buffer.AsSpan(0, read));
            string text = Encoding.UTF8.GetString([.. bytes]);
            int head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (read == 0 || head < 0)
            {
                if (read == 0)
                {
                    throw new IOException("The request is cut off.");
                }

                continue;
            }

            LastHead = text[..head];
            int length = LastHead.Split("\r\n")
                .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                .Select(line => int.Parse(line.AsSpan(15), null))
                .FirstOrDefault();
            int got = bytes.Count - Encoding.UTF8.GetByteCount(text[..(head + 4)]);
            if (got >= length)
            {
                return text[(head + 4)..];
            }
        }
    }

    private static byte[] Encode(FakeReply reply)
    {
        string text = JsonSerializer.Serialize(reply.Text);
        string body = reply.Body ?? (reply.Status == 200
            ? """
              {
                "id": "x", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":TEXT}}],
                "usage": {"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}
              }
              """
            : """{"error":{"message":TEXT,"type":"x"}}""");
        body = body.Replace("TEXT", text, StringComparison.Ordinal);
        string after = reply.RetryAfter.Length > 0 ? $"Retry-After: {reply.RetryAfter}\r\n" : "";
        string length = reply.IsEndless ? "" : $"Content-Length: {Encoding.UTF8.GetByteCount(body) + reply.Missing}\r\n";
        return Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {reply.Status} X\r\nContent-Type: application/json\r\n{after}{reply.Header}{length}Connection: close\r\n\r\n{body}");
    }
}
