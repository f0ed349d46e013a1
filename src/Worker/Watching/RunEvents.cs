using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace RlCore.Worker.Watching;

/// <summary>
/// Tells a page by server-sent events how far its runs are, and which runs there are. The page asks for what it shows. Files are looked at
/// only while a page listens.
/// </summary>
/// <param name="catalogue">The runs.</param>
/// <param name="context">The request, which names the runs.</param>
/// <param name="stop">Ends the stream.</param>
internal sealed class RunEvents(RunCatalogue catalogue, HttpContext context, CancellationToken stop)
{
    private const int MostRuns = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenLists = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);

    /// <summary>Sends events until the page goes or the server stops.</summary>
    public async Task SendAsync()
    {
        context.Response.ContentType = "text/event-stream";
        string[] ids = [.. context.Request.Query["run"].OfType<string>().Distinct().Take(MostRuns)];
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stop);
        try
        {
            for (long next = 0; ;)
            {
                if (Environment.TickCount64 >= next)
                {
                    next = Environment.TickCount64 + (long)BetweenLists.TotalMilliseconds;
                    IReadOnlyList<WatchedRun> runs = catalogue.Scan();
                    void WriteList(Utf8JsonWriter writer) => RunJson.WriteList(writer, catalogue.Title, runs);
                    await TellAsync("runs", "", WriteList, ended.Token).ConfigureAwait(false);
                }

                foreach (string id in ids)
                {
                    if (catalogue.TryFind(id, out WatchedRun? run))
                    {
                        await TellAsync("run", id, writer => WriteProgress(writer, run), ended.Token).ConfigureAwait(false);
                    }
                }

                await Task.Delay(Pause, ended.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The page has gone, or the server stops.
        }
    }

    private static void WriteProgress(Utf8JsonWriter writer, WatchedRun run) =>
        run.Read(reading => RunJson.WriteProgress(writer, run, reading));

    // An event goes out if it says something new.
    private async Task TellAsync(string kind, string about, Action<Utf8JsonWriter> write, CancellationToken cancelled)
    {
        string data = System.Text.Encoding.UTF8.GetString(RunJson.Bytes(write).Span);
        if (!_told.TryGetValue(kind + about, out string? before) || before != data)
        {
            _told[kind + about] = data;
            await context.Response.WriteAsync($"event: {kind}\ndata: {data}\n\n", cancelled).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(cancelled).ConfigureAwait(false);
        }
    }
}
