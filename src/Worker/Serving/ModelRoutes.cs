using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Serving;

namespace RlCore.Worker.Serving;

/// <summary>The routes of a model's server, as OpenAI's API names them.</summary>
internal sealed class ModelRoutes
{
    private readonly string _name;
    private readonly byte[]? _key;
    private readonly long _created;
    private readonly Dictionary<string, (string Method, Func<HttpContext, Task> Answer)> _routes;

    /// <summary>Routes.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="text">The model that completes; null for none.</param>
    /// <param name="scores">The model that scores; null for none.</param>
    /// <param name="key">The key that clients must have; empty for none.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="reload">Puts the weights of a model's folder into the model; null where that is not allowed.</param>
    public ModelRoutes(
        string name, ITextService? text, IScoreService? scores, string key, TimeProvider clock, Func<string, Task>? reload = null)
    {
        (_name, _created) = (name, clock.GetUtcNow().ToUnixTimeSeconds());
        _key = key.Length > 0 ? Digest(key) : null;
        _routes = new()
        {
            ["/health"] = (HttpMethods.Get, context => WriteAsync(context, new JsonObject { ["status"] = "ok" })),
            ["/v1/models"] = (HttpMethods.Get, context => WriteAsync(
                context, new JsonObject { ["object"] = "list", ["data"] = new JsonArray(Describe()) })),
            [$"/v1/models/{name}"] = (HttpMethods.Get, context => WriteAsync(context, Describe())),
        };
        if (text is not null)
        {
            var chat = new CompletionRoute(text, name, new ChatForm(text.Tokenizer), clock);
            var plain = new CompletionRoute(text, name, new TextForm(text.Tokenizer), clock);
            AddPost("/v1/chat/completions", (body, context) => chat.AnswerAsync(CompletionRequest.ReadChat(body, text), context));
            AddPost("/v1/completions", (body, context) => plain.AnswerAsync(CompletionRequest.ReadText(body, text), context));
        }

        if (reload is not null)
        {
            AddPost("/v1/reload", async (body, context) =>
            {
                string folder = body.Text("folder") ?? throw ApiException.BadRequest(
                    "folder", "folder is missing; expected the folder of a model.", "missing_required_parameter");
                body.Complete();
                await reload(folder).ConfigureAwait(false);
                var done = new JsonObject { ["object"] = "model", ["id"] = _name, ["folder"] = folder };
                await WriteAsync(context, done).ConfigureAwait(false);
            });
        }

        if (scores is not null)
        {
            var score = new ScoreRoute(scores, name);
            AddPost("/v1/score", async (body, context) =>
            {
                JsonObject answer = await score.AnswerAsync(body, context.RequestAborted).ConfigureAwait(false);
                await WriteAsync(context, answer).ConfigureAwait(false);
            });
        }
    }

    /// <summary>Answers a request, or says in OpenAI's form why not.</summary>
    /// <param name="context">The request.</param>
    public async Task AnswerAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nobody reads an answer.
        }
#pragma warning disable CA1031 // Whatever it was, the client is told in the form that it reads.
        catch (Exception failure) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            ApiException error = ErrorOf(failure);
            context.Response.StatusCode = error.Status;
            if (error.Status == StatusCodes.Status429TooManyRequests)
            {
                context.Response.Headers.RetryAfter = "1";
            }

            await WriteAsync(context, error.ToJson()).ConfigureAwait(false);
        }
    }

    /// <summary>The error that a client is told of.</summary>
    /// <param name="failure">What happened.</param>
    public static ApiException ErrorOf(Exception failure) => failure switch
    {
        ApiException known => known,
        InputException wrong => ApiException.BadRequest(null, wrong.Message),
        JsonException broken => ApiException.BadRequest(null, $"The body is not JSON: {broken.Message}"),
        BadHttpRequestException refused => new ApiException(
            refused.StatusCode, "invalid_request_error", $"The request cannot be read: {refused.Message}"),
        OperationCanceledException => new ApiException(
            StatusCodes.Status503ServiceUnavailable, "server_error", "The server is stopping.", code: "stopping"),
        _ => new ApiException(
            StatusCodes.Status500InternalServerError, "server_error", $"The model failed: {failure.Message}", code: "model_failed"),
    };

    private async Task RouteAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if (!_routes.TryGetValue(path, out var route))
        {
            string models = "/v1/models/";
            throw path.StartsWith(models, StringComparison.Ordinal)
                ? NoModel(path[models.Length..])
                : new ApiException(
                    StatusCodes.Status404NotFound,
                    "invalid_request_error",
                    $"There is nothing at {path}. There is {string.Join(", ", _routes.Keys)}.");
        }

        if (!HttpMethods.Equals(context.Request.Method, route.Method))
        {
            context.Response.Headers.Allow = route.Method;
            throw new ApiException(
                StatusCodes.Status405MethodNotAllowed, "invalid_request_error", $"{path} is asked with {route.Method}.");
        }

        if (path != "/health" && _key is not null && !IsGiven(_key, context.Request))
        {
            throw new ApiException(
                StatusCodes.Status401Unauthorized,
                "invalid_request_error",
                "The key is missing or wrong; expected the header Authorization: Bearer KEY.",
                code: "invalid_api_key");
        }

        await route.Answer(context).ConfigureAwait(false);
    }

    private static bool IsGiven(byte[] key, HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string given = request.Headers.Authorization.ToString();
        return given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Digest(given[Scheme.Length..].Trim()), key);
    }

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private void AddPost(string path, Func<RequestBody, HttpContext, Task> answer) => _routes[path] = (HttpMethods.Post, async context =>
    {
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        using JsonDocument document = WholeJson.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
        var body = new RequestBody(document.RootElement);
        if (body.Text("model") is { } model && model != _name)
        {
            throw NoModel(model);
        }

        await answer(body, context).ConfigureAwait(false);
    });

    private ApiException NoModel(string name) => new(
        StatusCodes.Status404NotFound,
        "invalid_request_error",
        $"The model \"{(name.Length > 100 ? $"{name[..100]}…" : name)}\" is not served here; \"{_name}\" is.",
        "model",
        "model_not_found");

    private JsonObject Describe() => new() { ["id"] = _name, ["object"] = "model", ["created"] = _created, ["owned_by"] = "rlcore" };

    private static Task WriteAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}
