using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using OpenAI;
using OpenAI.Chat;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Asks a language model behind an OpenAI-compatible endpoint: with retries, rate limiting, limited concurrency, replies of limited
/// size, no redirections, and replies cached on disk. Thread-safe.
/// </summary>
internal sealed class ChatJudge : IDisposable
{
    private const int TriesToRead = 2;

    private readonly JudgeOptions _options;
    private readonly ChatClient _client;
    private readonly HttpClient _http;
    private readonly ReplyCache _cache;
    private readonly RequestPace _pace;
    private readonly SemaphoreSlim _places;

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
        _http = new HttpClient(new ReplyGuard(options.Endpoint, options.MaxReplyBytes)) { Timeout = Timeout.InfiniteTimeSpan };
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
    /// Sends a request and reads the reply. If a reply is odd or cannot be read, it is not kept and the request is sent once more.
    /// </summary>
    /// <param name="prompt">The request.</param>
    /// <param name="read">Reads a reply.</param>
    /// <param name="expected">What a reply should be, for messages.</param>
    /// <param name="round">The batch to which the request belongs.</param>
    /// <param name="stop">Cancels the request.</param>
    /// <exception cref="JudgeException">There is no reply, or none can be read.</exception>
    internal async Task<double> AskAsync(string prompt, ReplyReader read, string expected, JudgeRound round, CancellationToken stop)
    {
        string request = string.Create(
            CultureInfo.InvariantCulture,
            $"{_options.Endpoint}\n{_options.Model}\n{_options.Temperature}\n{prompt}");
        if (_cache.TryFind(request, out string kept) && read(kept, out double known))
        {
            return known;
        }

        string found = "";
        for (int tries = 0; tries < TriesToRead; tries++)
        {
            try
            {
                string reply = await SendAsync(prompt, round, stop).ConfigureAwait(false);
                if (read(reply, out double value))
                {
                    _cache.Keep(request, reply);
                    return value;
                }

                found = $"replied {Characters.Quote(reply)}; expected {expected}.";
            }
            catch (OddReplyException odd)
            {
                found = $"gave no reply that can be read: {odd.Message}";
            }
        }

        throw new JudgeException($"{_options.Model} at {_options.Endpoint} {found}", null, isFinal: false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
    }

    private async Task<string> SendAsync(string prompt, JudgeRound round, CancellationToken stop)
    {
        await _places.WaitAsync(stop).ConfigureAwait(false);
#pragma warning disable CA1031 // Whatever a request ends with is the failure of its sample, and never of the run.
        try
        {
            round.RequireHope();
            await _pace.WaitAsync(stop).ConfigureAwait(false);
            return await CallAsync(prompt, stop).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not ObjectDisposedException && !stop.IsCancellationRequested)
        {
            throw JudgeFailure.Last(failure) is OddReplyException odd
                ? new OddReplyException(odd.Message)
                : round.Told(JudgeFailure.Describe(failure, _options));
        }
        finally
        {
            _places.Release();
        }
#pragma warning restore CA1031
    }

    private async Task<string> CallAsync(string prompt, CancellationToken stop)
    {
        using Telemetry.JudgeCall call = Telemetry.CallJudge(_options.Model);
        using BinaryContent content = BinaryContent.Create(BinaryData.FromBytes(ChatProtocol.Print(_options, prompt)));
        ClientResult result = await _client.CompleteChatAsync(content, new RequestOptions { CancellationToken = stop })
            .ConfigureAwait(false);
        string reply = ChatProtocol.Read(result.GetRawResponse().Content.ToArray());
        call.Replied();
        return reply;
    }
}

/// <summary>Reads a reply.</summary>
/// <param name="reply">The reply.</param>
/// <param name="value">What it says, as a number.</param>
/// <returns>Whether it could be read.</returns>
internal delegate bool ReplyReader(string reply, out double value);
