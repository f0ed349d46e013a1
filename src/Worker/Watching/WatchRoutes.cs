using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Watching;

/// <summary>What the server answers.</summary>
/// <param name="catalogue">The runs.</param>
/// <param name="stop">Ends streams of events.</param>
internal sealed class WatchRoutes(RunCatalogue catalogue, CancellationToken stop)
{
    // What the page is made of comes from this server; nothing else is loaded, and nothing may embed it.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const int UsualPoints = 1200;
    private const int MostPoints = 1_000_000;
    private const int MostMetrics = 200;
    private const int MostCharacters = 4000;

    /// <summary>Answers a request.</summary>
    /// <param name="context">The request.</param>
    public Task AnswerAsync(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return FailAsync(context, StatusCodes.Status405MethodNotAllowed, "only GET");
        }

        return (context.Request.Path.Value ?? "") switch
        {
            "/" => FileAsync(context, "index.html"),
            "/api/runs" => JsonAsync(context, writer => RunJson.WriteList(writer, catalogue.Title, catalogue.Scan())),
            "/api/metrics" => JsonAsync(context, RunJson.WriteMetrics),
            "/api/run" => RunAsync(context, (writer, run, reading) => RunJson.WriteRun(writer, run, reading)),
            "/api/series" => RunAsync(context, (writer, _, reading) => WriteSeries(writer, reading, context.Request.Query)),
            "/api/samples" => RunAsync(context, (writer, _, reading) =>
                RunJson.WriteSamples(writer, reading, Number(context.Request.Query, "step", int.MaxValue), MostCharacters)),
            "/api/sample" => RunAsync(context, (writer, _, reading) => WriteSample(writer, reading, context.Request.Query)),
            "/events" => new RunEvents(catalogue, context, stop).SendAsync(),
            string path => FileAsync(context, path[1..]),
        };
    }

    private static async Task FileAsync(HttpContext context, string name)
    {
        if (!PageFiles.TryOpen(name, out Stream stream, out string type))
        {
            await FailAsync(context, StatusCodes.Status404NotFound, "no such page").ConfigureAwait(false);
            return;
        }

        await using (stream.ConfigureAwait(false))
        {
            context.Response.ContentType = type;
            context.Response.ContentLength = stream.Length;
            await stream.CopyToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private Task RunAsync(HttpContext context, Action<Utf8JsonWriter, WatchedRun, RunReading> write)
    {
        string id = context.Request.Query["run"].ToString();
        if (!catalogue.TryFind(id, out WatchedRun? run))
        {
            catalogue.Scan();
        }

        return run is not null || catalogue.TryFind(id, out run)
            ? JsonAsync(context, writer => run.Read(reading =>
            {
                write(writer, run, reading);
                return true;
            }))
            : FailAsync(context, StatusCodes.Status404NotFound, "no such run");
    }

    private static void WriteSeries(Utf8JsonWriter writer, RunReading reading, IQueryCollection query)
    {
        IEnumerable<string> metrics = query["metric"].OfType<string>().Take(MostMetrics);
        int points = Math.Clamp(Number(query, "points", UsualPoints), 1, MostPoints);
        RunJson.WriteSeries(writer, reading, metrics, Rows(reading, query), points);
    }

    // Rows after those that the page has; or those between two steps, with some before them, so that smoothing has begun.
    private static Range Rows(RunReading reading, IQueryCollection query)
    {
        int count = reading.Metrics.Rows;
        int after = Number(query, "after", 0);
        if (after > 0 && after <= count && Number(query, "generation", -1) == reading.Generation)
        {
            return after..count;
        }

        if (!TryReal(query, "from", out double from) || !TryReal(query, "to", out double to))
        {
            return 0..count;
        }

        const double Before = 0.3, After = 0.02;
        int first = Find(reading.Metrics.Steps, from - (Before * (to - from)));
        int last = Find(reading.Metrics.Steps, to + (After * (to - from)) + 1);
        return first..Math.Max(first, last);
    }

    private static int Find(ReadOnlySpan<double> steps, double step)
    {
        int place = steps.BinarySearch(step);
        return place < 0 ? ~place : place;
    }

    private static void WriteSample(Utf8JsonWriter writer, RunReading reading, IQueryCollection query)
    {
        int index = Number(query, "index", -1);
        IReadOnlyList<string> cells = index >= 0 && index < reading.Samples.Count ? reading.ReadSample(index) : [];
        RunJson.WriteSample(writer, reading, index, cells, int.MaxValue);
    }

    private static int Number(IQueryCollection query, string key, int absent) =>
        int.TryParse(query[key].ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : absent;

    private static bool TryReal(IQueryCollection query, string key, out double number) =>
        double.TryParse(query[key].ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        ReadOnlyMemory<byte> content = RunJson.Bytes(write);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
    }

    private static Task FailAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }
}
