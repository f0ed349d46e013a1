using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using RlCore.Trainers.Serving;

namespace RlCore.Worker.Serving;

/// <summary>Answers requests for completions, whole or in pieces.</summary>
/// <param name="service">The model.</param>
/// <param name="name">The model's name.</param>
/// <param name="form">How answers are written.</param>
/// <param name="clock">The clock.</param>
internal sealed class CompletionRoute(ITextService service, string name, AnswerForm form, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Answers a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="context">Where it came from; when the client goes, its rows leave the batch.</param>
    /// <exception cref="ApiException">It cannot be served.</exception>
    public async Task AnswerAsync(CompletionRequest request, HttpContext context)
    {
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        try
        {
            ChannelReader<TextPiece>[] readers = [.. request.Prompts.Select(prompt => Submit(prompt, abandoned.Token))];
            var answer = new Answer(request, NewHead());
            await (request.Streams
                ? StreamAsync(answer, readers, context.Response, abandoned.Token)
                : WholeAsync(answer, readers, context.Response, abandoned.Token)).ConfigureAwait(false);
        }
        finally
        {
            // Whatever was not read to its end is wanted no more.
            await abandoned.CancelAsync().ConfigureAwait(false);
        }
    }

    private ChannelReader<TextPiece> Submit(TextRequest prompt, CancellationToken abandoned) =>
        service.TrySubmit(prompt, abandoned) ?? throw ApiException.QueueFull();

    private JsonObject NewHead() => new()
    {
        ["id"] = string.Create(CultureInfo.InvariantCulture, $"{form.IdPrefix}{Guid.NewGuid():N}"),
        ["object"] = "",
        ["created"] = clock.GetUtcNow().ToUnixTimeSeconds(),
        ["model"] = name,
    };

    private async Task WholeAsync(Answer answer, ChannelReader<TextPiece>[] readers, HttpResponse response, CancellationToken stop)
    {
        var choices = new JsonArray();
        int tokens = 0;
        foreach (var (prompt, reader) in readers.Index())
        {
            var pieces = new List<TextPiece>();
            await foreach (TextPiece piece in reader.ReadAllAsync(stop).ConfigureAwait(false))
            {
                pieces.Add(piece);
            }

            tokens += pieces.Count;
            foreach (var choice in pieces.GroupBy(piece => piece.Choice).OrderBy(choice => choice.Key))
            {
                JsonObject whole = form.Whole(answer.IndexOf(prompt, choice.Key), [.. choice]);
                if (answer.Request.ReturnsTokenIds)
                {
                    whole["token_ids"] = new JsonArray([.. choice.Select(piece => JsonValue.Create(piece.Token))]);
                }

                choices.Add(whole);
            }
        }

        JsonObject body = answer.Head(form.WholeObject);
        body["choices"] = choices;
        body["usage"] = answer.Usage(tokens);
        response.ContentType = "application/json";
        await response.WriteAsync(body.ToJsonString(Relaxed), stop).ConfigureAwait(false);
    }

    private async Task StreamAsync(Answer answer, ChannelReader<TextPiece>[] readers, HttpResponse response, CancellationToken stop)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        int tokens = 0;
        try
        {
            // A client that asked for several prompts gets them one after the other, each as it is drawn.
            foreach (var (prompt, reader) in readers.Index())
            {
                var offsets = new int[answer.Choices];
                var opened = new bool[answer.Choices];
                await foreach (TextPiece piece in reader.ReadAllAsync(stop).ConfigureAwait(false))
                {
                    tokens++;
                    int index = answer.IndexOf(prompt, piece.Choice);
                    if (!opened[piece.Choice] && form.Opening(index) is { } opening)
                    {
                        await SendAsync(response, answer.Piece(form.PieceObject, opening), stop).ConfigureAwait(false);
                    }

                    opened[piece.Choice] = true;
                    if (piece.Text.Length > 0 || piece.Score is not null || piece.Finish is not null)
                    {
                        JsonObject choice = form.Piece(index, piece, offsets[piece.Choice]);
                        await SendAsync(response, answer.Piece(form.PieceObject, choice), stop).ConfigureAwait(false);
                    }

                    offsets[piece.Choice] += piece.Text.Length;
                }
            }

            if (answer.Request.IncludesUsage)
            {
                JsonObject last = answer.Piece(form.PieceObject);
                last["usage"] = answer.Usage(tokens);
                await SendAsync(response, last, stop).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (response.HasStarted && !stop.IsCancellationRequested)
        {
            await SendAsync(response, ModelRoutes.ErrorOf(failure).ToJson(), stop).ConfigureAwait(false);
            return;
        }

        await response.WriteAsync("data: [DONE]\n\n", stop).ConfigureAwait(false);
    }

    private static async Task SendAsync(HttpResponse response, JsonObject data, CancellationToken stop)
    {
        await response.WriteAsync($"data: {data.ToJsonString(Relaxed)}\n\n", stop).ConfigureAwait(false);
        await response.Body.FlushAsync(stop).ConfigureAwait(false);
    }

    /// <summary>What all parts of an answer have in common.</summary>
    private sealed class Answer(CompletionRequest request, JsonObject head)
    {
        public CompletionRequest Request => request;

        public int Choices => request.Prompts[0].Choices;

        public int IndexOf(int prompt, int choice) => (prompt * Choices) + choice;

        public JsonObject Head(string name)
        {
            var copy = (JsonObject)head.DeepClone();
            copy["object"] = name;
            return copy;
        }

        public JsonObject Piece(string name, params JsonObject[] choices)
        {
            JsonObject piece = Head(name);
            piece["choices"] = new JsonArray([.. choices]);
            if (request.IncludesUsage)
            {
                piece["usage"] = null;
            }

            return piece;
        }

        public JsonObject Usage(int tokens)
        {
            int prompts = request.Prompts.Sum(prompt => prompt.Prompt.Count);
            return new JsonObject
            {
                ["prompt_tokens"] = prompts,
                ["completion_tokens"] = tokens,
                ["total_tokens"] = prompts + tokens,
            };
        }
    }
}
