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
internal sealed class ServerFailure(string message, bool isFinal, string retryAfter = "", HttpStatusCode status = default)
    : Exception(message)
{
    /// <summary>The status of its answer; 0 if it gave none.</summary>
    public HttpStatusCode Status => status;

    /// <summary>Whether the same request would fail again.</summary>
    public bool IsFinal => isFinal;

    /// <summary>The server's Retry-After; empty for none.</summary>
    public string RetryAfter => retryAfter;
}

/// <summary>Weights that servers are to draw with.</summary>
/// <param name="Folder">A model's folder, or one of LoRA adapters, which the servers can read.</param>
/// <param name="Adapter">The name of the adapters; empty for a whole model.</param>
internal sealed record ServedWeights(string Folder, string Adapter);

/// <summary>One server that draws completions.</summary>
internal sealed class RolloutServer : IDisposable
{
    /// <summary>Begins the names of adapters, each of which has the number of its step.</summary>
    public const string AdapterPrefix = "rlcore-";

    private readonly HttpClient _http;
    private readonly TimeSpan _timeout;
    private readonly Lock _gate = new();
    private readonly List<string> _before = [];
    private readonly CancellationTokenSource _disposed = new();
    private string _model;
    private ServedWeights? _has;
    private ServedWeights? _read;
    private Task _reading = Task.CompletedTask;
    private long _failed;

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

    /// <summary>
    /// Lets it read the policy's weights, unless it has them. Several callers share one request, which goes on without them if they stop
    /// waiting.
    /// </summary>
    /// <param name="weights">The weights.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="ServerFailure">It could not read them.</exception>
    public async Task HaveAsync(ServedWeights weights, CancellationToken stop)
    {
        while (true)
        {
            Task reading;
            ServedWeights read;
            lock (_gate)
            {
                if (_has == weights)
                {
                    return;
                }

                if (_reading.IsCompleted)
                {
                    (_read, _reading) = (weights, ReadAsync(weights));
                }

                (reading, read) = (_reading, _read!);
            }

            try
            {
                await reading.WaitAsync(stop).ConfigureAwait(false);
            }
            catch (ServerFailure) when (read != weights)
            {
                // Nobody wants those before any more.
            }
        }
    }

    /// <summary>The requests that failed since the last call.</summary>
    public long TakeFailed() => Interlocked.Exchange(ref _failed, 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed.Cancel();
        _http.Dispose();
        _disposed.Dispose();
    }

    private async Task ReadAsync(ServedWeights weights)
    {
        CancellationToken stop = _disposed.Token;
        if (weights.Adapter.Length == 0)
        {
            await CallAsync("reload", new JsonObject { ["folder"] = weights.Folder }, stop).ConfigureAwait(false);
        }
        else
        {
            await LoadAdapterAsync(weights, stop).ConfigureAwait(false);
        }

        lock (_gate)
        {
            _has = weights;
        }
    }

    // A reply may have been lost, or the server have been started again: what it has already, or has no more, is no failure.
    private async Task LoadAdapterAsync(ServedWeights weights, CancellationToken stop)
    {
        try
        {
            await CallAsync(
                "load_lora_adapter", new JsonObject { ["lora_name"] = weights.Adapter, ["lora_path"] = weights.Folder }, stop)
                .ConfigureAwait(false);
        }
        catch (ServerFailure known) when (known.Message.Contains("already been loaded", StringComparison.Ordinal))
        {
            // It has it.
        }

        if (_model.StartsWith(AdapterPrefix, StringComparison.Ordinal) && _model != weights.Adapter)
        {
            _before.Add(_model);
        }

        _model = weights.Adapter;
        while (_before is [.., string before])
        {
            try
            {
                await CallAsync("unload_lora_adapter", new JsonObject { ["lora_name"] = before }, stop).ConfigureAwait(false);
            }
            catch (ServerFailure unknown) when (unknown.Status == HttpStatusCode.NotFound)
            {
                // It does not have it.
            }

            _before.RemoveAt(_before.Count - 1);
        }
    }

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
            return response.IsSuccessStatusCode ? reply : throw Failed(Refused(route, response, reply));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Failed(new ServerFailure(
                string.Create(CultureInfo.InvariantCulture, $"it gave no reply within {_timeout.TotalSeconds:0.#} seconds"),
                isFinal: false));
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException)
        {
            // It may have been started again since, with the weights that it begins with.
            lock (_gate)
            {
                _has = null;
            }

            throw Failed(new ServerFailure(lost.Message, isFinal: false));
        }
    }

    private ServerFailure Failed(ServerFailure failure)
    {
        Interlocked.Increment(ref _failed);
        return failure;
    }

    private static ServerFailure Refused(string route, HttpResponseMessage response, byte[] reply)
    {
        int status = (int)response.StatusCode;
        string said = Characters.Quote(Encoding.UTF8.GetString(reply.AsSpan(0, Math.Min(reply.Length, 400))));
        bool isPassing = response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || status >= 500;
        string after = response.Headers.TryGetValues("Retry-After", out IEnumerable<string>? given) ? given.First() : "";
        return new ServerFailure(
            string.Create(CultureInfo.InvariantCulture, $"it answered {route} with status {status}: {said}"),
            !isPassing,
            after,
            response.StatusCode);
    }
}
