using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RlCore.Worker.Tests;

/// <summary>A number that a collector was sent: the instrument, its tags, and its last value.</summary>
/// <param name="Name">Name of the instrument.</param>
/// <param name="Tags">The tags as <c>name=value</c>, in order.</param>
/// <param name="Value">The last value; of a histogram the sum.</param>
/// <param name="Count">Values of a histogram; else 0.</param>
internal sealed record Measured(string Name, string Tags, double Value, long Count);

/// <summary>An activity that a collector was sent.</summary>
internal sealed record Traced(string Name, string Id, string Parent, string Tags, long Status);

/// <summary>A collector of OpenTelemetry on this machine, which takes OTLP as protocol buffers over HTTP.</summary>
internal sealed class Collector : IDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _requests = [];
    private readonly HttpListener _listener = new();

    public Collector()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add($"{Address}/");
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public string Address { get; }

    public IEnumerable<string> Paths => _requests.Select(request => request.Path);

    /// <summary>Names of the services that sent something.</summary>
    public IEnumerable<string> Services => Sent("/v1/metrics").Concat(Sent("/v1/traces"))
        .SelectMany(resource => resource.Message(1).Messages(1))
        .Where(tag => tag.Text(1) == "service.name").Select(tag => tag.Message(2).Text(1)).Distinct();

    public IReadOnlyList<Measured> Metrics()
    {
        var last = new Dictionary<(string, string), Measured>();
        foreach (WireFields metric in Scopes("/v1/metrics").SelectMany(scope => scope.Messages(2)))
        {
            // Gauge, sum, histogram.
            foreach (WireFields point in ((int[])[5, 7]).SelectMany(kind => metric.Message(kind).Messages(1)))
            {
                string tags = Tags(point.Messages(7));
                double value = point.Has(4) ? point.Double(4) : point.Long(6);
                last[(metric.Text(1), tags)] = new Measured(metric.Text(1), tags, value, 0);
            }

            foreach (WireFields point in metric.Message(9).Messages(1))
            {
                string tags = Tags(point.Messages(9));
                last[(metric.Text(1), tags)] = new Measured(metric.Text(1), tags, point.Double(5), point.Long(4));
            }
        }

        return [.. last.Values];
    }

    public IReadOnlyList<Traced> Traces() =>
    [
        .. Scopes("/v1/traces").SelectMany(scope => scope.Messages(2)).Select(
            span => new Traced(span.Text(5), span.Hex(2), span.Hex(4), Tags(span.Messages(9)), span.Message(15).Long(3))),
    ];

    public void Dispose() => _listener.Close();

    private IEnumerable<WireFields> Scopes(string path) => Sent(path).SelectMany(resource => resource.Messages(2)).Select(scope =>
    {
        Assert.Equal("RlCore", scope.Message(1).Text(1));
        return scope;
    });

    private IEnumerable<WireFields> Sent(string path) =>
        _requests.Where(request => request.Path == path).SelectMany(request => WireFields.Parse(request.Body).Messages(1));

    private static string Tags(IEnumerable<WireFields> tags) => string.Join(
        ' ',
        tags.Select(tag => $"{tag.Text(1)}={(tag.Message(2).Has(1) ? tag.Message(2).Text(1)
            : tag.Message(2).Long(3).ToString(CultureInfo.InvariantCulture))}").Order(StringComparer.Ordinal));

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _requests.Enqueue((context.Request.Url!.AbsolutePath, body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
