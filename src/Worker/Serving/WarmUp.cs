using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using RlCore.Trainers.Serving;

namespace RlCore.Worker.Serving;

/// <summary>
/// Asks a server's routes before anybody else can, so that what a request needs is compiled by then: the first ones would wait for it. The
/// answers go nowhere, and no later one depends on them.
/// </summary>
/// <param name="routes">The routes.</param>
/// <param name="key">The key that they ask for; empty for none.</param>
internal sealed class WarmUp(ModelRoutes routes, string key)
{
    /// <summary>After so long no more is asked, and what is being drawn is given up.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(4);

    /// <summary>Where it takes as long as this, it is told.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(1.5);

    private const int Rounds = 2;
    private const int PromptTokens = 8;
    private const int DrawnTokens = 8;

    // What the runtime finds worth compiling again is compiled meanwhile.
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks: first alone, then for as many completions at once as there are rows.</summary>
    /// <param name="text">The model that completes; null for none.</param>
    /// <param name="scores">Whether there is a model that scores.</param>
    /// <param name="tell">Told once if it takes long.</param>
    /// <param name="stop">Stops it.</param>
    public async Task RunAsync(ITextService? text, bool scores, Action tell, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Longest);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        Task telling = TellAsync(tell, done.Token);
        try
        {
            if (scores)
            {
                await AskAsync("/v1/score", new JsonObject { ["prompt"] = "0", ["completion"] = "0" }, limit.Token).ConfigureAwait(false);
            }

            if (text is not null)
            {
                await DrawAsync(text, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // Time is up.
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await telling.ConfigureAwait(false);
        }
    }

    private static async Task TellAsync(Action tell, CancellationToken done)
    {
        try
        {
            await Task.Delay(Long, done).ConfigureAwait(false);
            tell();
        }
        catch (OperationCanceledException)
        {
            // It took not long.
        }
    }

    private async Task DrawAsync(ITextService text, CancellationToken stop)
    {
        if (text.Tokenizer.Chat is not null)
        {
            JsonNode message = new JsonObject { ["role"] = "user", ["content"] = "Hi" };
            await AskAsync(
                "/v1/chat/completions", new JsonObject { ["messages"] = new JsonArray(message), ["max_tokens"] = 1 }, stop)
                .ConfigureAwait(false);
        }

        // A model of which one row takes long would take all the time with many.
        var clock = Stopwatch.StartNew();
        await AskAsync("/v1/completions", Request(text, 0), stop).ConfigureAwait(false);
        TimeSpan alone = clock.Elapsed;
        for (int round = 0; round < Rounds && alone < Longest / 4; round++)
        {
            await Task.Delay(BetweenRounds, stop).ConfigureAwait(false);
            await Task.WhenAll(Enumerable.Range(0, text.Rows).Select(row => AskAsync("/v1/completions", Request(text, row), stop)))
                .ConfigureAwait(false);
        }
    }

    // Token ids, which any tokenizer has.
    private static JsonObject Request(ITextService text, int row)
    {
        int prompt = Math.Min(PromptTokens + (row % PromptTokens), text.Context - 1);
        return new JsonObject
        {
            ["prompt"] = new JsonArray([.. Enumerable.Range(0, prompt).Select(_ => JsonValue.Create(0))]),
            ["max_tokens"] = Math.Min(DrawnTokens, text.Context - prompt),
            ["seed"] = row,
            ["stream"] = true,
        };
    }

    // What cannot be served is told to whoever asks for it later.
    private async Task AskAsync(string route, JsonObject body, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var context = new DefaultHttpContext { RequestAborted = stop };
        context.Request.Method = HttpMethods.Post;
        context.Request.Path = route;
        context.Request.Headers.Authorization = $"Bearer {key}";
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body.ToJsonString()));
        context.Response.Body = Stream.Null;
        await routes.AnswerAsync(context).ConfigureAwait(false);
    }
}
