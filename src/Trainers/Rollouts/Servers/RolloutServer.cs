using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>What a request to a server ended with, and whether asking again may help.</summary>
internal sealed class ServerFailure(string message, bool isFinal, string retryAfter = "") : Exception(message)
{
    /// <summary>Whether the same request would fail again.</summary>
    public bool IsFinal => isFinal;

    /// <summary>The server's Retry-After; empty for none.</summary>
    public string RetryAfter => retryAfter;
}

/// <summary>One server that draws completions.</summary>
internal sealed class RolloutServer : IDisposable
{
    /// <summary>Begins the names of adapters, each of which has the number of its step.</summary>
    public const string AdapterPrefix = "rlcore-";

    private readonly HttpClient _http;
    private readonly TimeSpan _timeout;
    private string _model;

    /// <summary>A server.</summary>
    /// <param name="endpoint">Its address, with its version.</param>
    /// <param name="settings">The model's name, the key and the timeout.</param>
    public RolloutServer(string endpoint, RolloutServerSettings settings)
    {
        Endpoint = endpoint.TrimEnd('/');
        _model = settings.Model;
        _timeout = TimeSpan.FromSeconds(settings.Timeout);

        // A redirection would carry prompts to an address that nobody stated.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (settings.KeyVariable.Length > 0)
        {
            string key = Environment.GetEnvironmentVariable(settings.KeyVariable) is { Length: > 0 } given
                ? given
                : throw new RolloutServerException(
                    $"The environment variable {settings.KeyVariable}, which should contain the key of {endpoint}, is not set.");
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    /// <summary>Its address.</summary>
    public string Endpoint { get; }

    /// <summary>Draws the completions of a prompt.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="vocabulary">Number of tokens of the policy.</param>
    /// <param name="ends">Tokens that end a completion.</param>
    /// <param name="stop">Cancels the request.</param>
    /// <exception cref="ServerFailure">It gave none.</exception>
    public async Task<IReadOnlyList<SampledCompletion>> DrawAsync(
        RolloutPrompt prompt, SamplingOptions options, int vocabulary, IReadOnlyList<int> ends, CancellationToken stop)
    {
        string model = await ModelAsync(stop).ConfigureAwait(false);
        byte[] reply = await SendAsync(HttpMethod.Post, "completions", prompt.Print(model, options), stop).ConfigureAwait(false);
        try
        {
            return prompt.Read(reply, vocabulary, ends);
        }
        catch (FormatException odd)
        {
            throw new ServerFailure(odd.Message, isFinal: true);
        }
    }

    /// <summary>Lets it read the policy's weights from a folder.</summary>
    /// <param name="folder">A model's folder, or one of LoRA adapters.</param>
    /// <param name="adapter">The name of the adapters; empty for a whole model.</param>
    /// <param name="stop">Cancels the request.</param>
    /// <exception cref="ServerFailure">It did not.</exception>
    public async Task UpdateAsync(string folder, string adapter, CancellationToken stop)
    {
        if (adapter.Length == 0)
        {
            await CallAsync("reload", new JsonObject { ["folder"] = folder }, stop).ConfigureAwait(false);
            return;
        }

        string before = _model;
        await CallAsync("load_lora_adapter", new JsonObject { ["lora_name"] = adapter, ["lora_path"] = folder }, stop)
            .ConfigureAwait(false);
        _model = adapter;
        if (before.StartsWith(AdapterPrefix, StringComparison.Ordinal) && before != adapter)
        {
            await CallAsync("unload_lora_adapter", new JsonObject { ["lora_name"] = before }, stop).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Task<byte[]> CallAsync(string route, JsonObject body, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, route, JsonSerializer.SerializeToUtf8Bytes(body), stop);

    // The first model that the server lists.
    private async Task<string> ModelAsync(CancellationToken stop)
    {
        if (_model.Length > 0)
        {
            return _model;
        }

        byte[] reply = await SendAsync(HttpMethod.Get, "models", null, stop).ConfigureAwait(false);
        try
        {
            JsonPart first = JsonPart.Parse(reply, "the reply", "a list of models")["data"].Items() is [var one, ..]
                ? one
                : throw new ServerFailure("it lists no model", isFinal: true);
            return _model = first["id"].Text();
        }
        catch (InputException odd)
        {
            throw new ServerFailure($"its list of models cannot be read: {odd.Message}", isFinal: true);
        }
    }

    private async Task<byte[]> SendAsync(HttpMethod method, string route, byte[]? body, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_timeout);
        try
        {
            using var request = new HttpRequestMessage(method, $"{Endpoint}/{route}");
            if (body is not null)
            {
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            }

            using HttpResponseMessage response = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
            byte[] reply = await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? reply : throw Refused(route, response, reply);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ServerFailure(
                string.Create(CultureInfo.InvariantCulture, $"it gave no reply within {_timeout.TotalSeconds:0.#} seconds"),
                isFinal: false);
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException)
        {
            throw new ServerFailure(lost.Message, isFinal: false);
        }
    }

    private static ServerFailure Refused(string route, HttpResponseMessage response, byte[] reply)
    {
        int status = (int)response.StatusCode;
        string said = Characters.Quote(Encoding.UTF8.GetString(reply.AsSpan(0, Math.Min(reply.Length, 400))));
        bool isPassing = response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || status >= 500;
        string after = response.Headers.TryGetValues("Retry-After", out IEnumerable<string>? given) ? given.First() : "";
        return new ServerFailure(
            string.Create(CultureInfo.InvariantCulture, $"it answered {route} with status {status}: {said}"), !isPassing, after);
    }
}
