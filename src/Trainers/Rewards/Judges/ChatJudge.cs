using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using OpenAI;
using OpenAI.Chat;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Asks a language model behind an OpenAI-compatible endpoint: with retries, rate limiting, limited concurrency, and replies
/// cached on disk. Thread-safe.
/// </summary>
internal sealed class ChatJudge : IDisposable
{
    private readonly JudgeOptions _options;
    private readonly ChatClient _client;
    private readonly HttpClient _http;
    private readonly ReplyCache _cache;
    private readonly RequestPace _pace;
    private readonly SemaphoreSlim _places;
    private volatile JudgeException? _final;

    /// <summary>A judge.</summary>
    /// <param name="options">The model, and how to ask it.</param>
    /// <exception cref="JudgeException">The variable with the key is not set.</exception>
    public ChatJudge(JudgeOptions options)
    {
        string key = options.KeyVariable.Length == 0 ? "none" : Environment.GetEnvironmentVariable(options.KeyVariable) ?? "";
        if (key.Length == 0)
        {
            throw new JudgeException(
                $"The environment variable {options.KeyVariable}, which should contain the key of {options.Endpoint}, is not set.",
                null,
                isFinal: true);
        }

        _options = options;
        _http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        _cache = new ReplyCache(options.CacheFolder);
        _pace = new RequestPace(options.RequestsPerMinute, TimeProvider.System);
        _places = new SemaphoreSlim(options.Concurrency);
        _client = new ChatClient(options.Model, new ApiKeyCredential(key), new OpenAIClientOptions
        {
            Endpoint = new Uri(options.Endpoint),
            NetworkTimeout = TimeSpan.FromSeconds(options.Timeout),
            RetryPolicy = new JudgeRetries(options.Retries, TimeSpan.FromSeconds(options.FirstDelay)),
            Transport = new HttpClientPipelineTransport(_http),
        });
    }

    /// <summary>
    /// Sends a request and reads the reply. If a reply cannot be read, it is not kept and the request is sent once more.
    /// </summary>
    /// <typeparam name="T">What a reply says.</typeparam>
    /// <param name="prompt">The request.</param>
    /// <param name="read">Reads a reply.</param>
    /// <param name="expected">What a reply should be, for messages.</param>
    /// <param name="stop">Cancels the request.</param>
    /// <exception cref="JudgeException">There is no reply, or none can be read.</exception>
    public async Task<T> AskAsync<T>(string prompt, ReplyReader<T> read, string expected, CancellationToken stop)
    {
        string request = string.Create(
            CultureInfo.InvariantCulture,
            $"{_options.Endpoint}\n{_options.Model}\n{_options.Temperature}\n{prompt}");
        if (_cache.TryFind(request, out string kept) && read(kept, out T known))
        {
            return known;
        }

        string reply = "";
        for (int tries = 0; tries < 2; tries++)
        {
            reply = await SendAsync(prompt, stop).ConfigureAwait(false);
            if (read(reply, out T value))
            {
                _cache.Keep(request, reply);
                return value;
            }
        }

        throw new JudgeException(
            $"{_options.Model} at {_options.Endpoint} replied {Inputs.Characters.Quote(reply)}; expected {expected}.",
            null,
            isFinal: false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
    }

    private async Task<string> SendAsync(string prompt, CancellationToken stop)
    {
        await _places.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            // A failure that every other request would share is reported to waiting requests immediately.
            if (_final is { } final)
            {
                throw new JudgeException(final.Message, final, isFinal: true);
            }

            await _pace.WaitAsync(stop).ConfigureAwait(false);
            var options = new ChatCompletionOptions();
            if (_options.Temperature >= 0)
            {
                options.Temperature = (float)_options.Temperature;
            }

            ClientResult<ChatCompletion> result = await _client.CompleteChatAsync([new UserChatMessage(prompt)], options, stop)
                .ConfigureAwait(false);
            return string.Concat(result.Value.Content.Select(part => part.Text));
        }
        catch (Exception failure) when (failure is not (JudgeException or ObjectDisposedException) && !stop.IsCancellationRequested)
        {
            JudgeException told = Describe(failure);
            _final = told.IsFinal ? told : _final;
            throw told;
        }
        finally
        {
            _places.Release();
        }
    }

    private JudgeException Describe(Exception failure)
    {
        Exception inner = failure is AggregateException { InnerExceptions: [.., var last] } ? last : failure;
        return inner switch
        {
            ClientResultException { Status: 401 or 403 } refused => new JudgeException(
                $"{_options.Endpoint} refuses the "
                    + $"key{(_options.KeyVariable.Length > 0 ? $" of the environment variable {_options.KeyVariable}" : "")} "
                    + $"(status {refused.Status}).", failure, isFinal: true),
            ClientResultException { Status: 404 } missing => new JudgeException(
                $"{_options.Endpoint} knows no model {_options.Model}, or no chat completions (status 404: "
                    + $"{missing.Message.ReplaceLineEndings(" ")}).", failure, isFinal: true),
            ClientResultException { Status: > 0 } error => new JudgeException(
                $"{_options.Endpoint} replied with status {error.Status} ({error.Message.ReplaceLineEndings(" ")}), even after "
                    + $"{_options.Retries} retries where applicable.", failure, isFinal: false),
            OperationCanceledException or TimeoutException => new JudgeException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_options.Endpoint} did not reply within {_options.Timeout:g3} s, even after {_options.Retries} retries."),
                failure,
                isFinal: false),
            _ => new JudgeException($"{_options.Endpoint} cannot be reached: {inner.Message}", failure, isFinal: true),
        };
    }
}

/// <summary>Reads a reply.</summary>
/// <typeparam name="T">Its content.</typeparam>
/// <param name="reply">The reply.</param>
/// <param name="value">Its content.</param>
/// <returns>Whether it could be read.</returns>
internal delegate bool ReplyReader<T>(string reply, out T value);
