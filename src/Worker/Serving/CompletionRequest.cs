using System.Text.Json;
using RlCore.Engines;
using RlCore.Trainers.Serving;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Worker.Serving;

/// <summary>A request of <c>/v1/completions</c> or <c>/v1/chat/completions</c>.</summary>
/// <param name="Prompts">What is drawn for each prompt.</param>
/// <param name="Streams">Whether the answer comes in pieces.</param>
/// <param name="IncludesUsage">Whether the last piece counts tokens.</param>
internal sealed record CompletionRequest(IReadOnlyList<TextRequest> Prompts, bool Streams, bool IncludesUsage)
{
    /// <summary>Whether the answer has the ids of the drawn tokens, the one that ended it included (vLLM's return_token_ids).</summary>
    /// <value>false.</value>
    public bool ReturnsTokenIds { get; init; }

    private const int MostTopLogProbs = 20;
    private const int MostStops = 16;
    private const int LongestStop = 1000;
    private const int MostPrompts = 64;
    private const double HighestTemperature = 100;

    /// <summary>Reads a request for a chat.</summary>
    /// <param name="body">Its body.</param>
    /// <param name="service">The model.</param>
    /// <exception cref="ApiException">It cannot be served.</exception>
    public static CompletionRequest ReadChat(RequestBody body, ITextService service)
    {
        ChatTemplate template = service.Tokenizer.Chat ?? throw ApiException.BadRequest(
            null, "This model has no chat template; ask /v1/completions, with a prompt.", "no_chat_template");
        if (!body.TryGet("messages", out JsonElement given))
        {
            throw ApiException.BadRequest("messages", "messages is missing; expected a list of messages.", "missing_required_parameter");
        }

        string prompt = ChatMessages.Render(given, template);
        bool wantsLogProbs = body.Flag("logprobs");
        int? top = (int?)body.Whole("top_logprobs", 0, MostTopLogProbs);
        if (top is not null && !wantsLogProbs)
        {
            throw ApiException.BadRequest("top_logprobs", "top_logprobs needs logprobs to be true.");
        }

        long? older = body.Whole("max_tokens", 1, int.MaxValue);
        long? most = body.Whole("max_completion_tokens", 1, int.MaxValue) ?? older;
        body.Unsupported("tools", IsEmpty, "an empty list");
        body.Unsupported("tool_choice", value => RequestBody.TextOf(value) is "none" or "auto", "\"none\"");
        body.Unsupported("response_format", value =>
            value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out JsonElement type)
                && RequestBody.TextOf(type) == "text", "{\"type\": \"text\"}");
        body.Unsupported("modalities", value =>
            value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => RequestBody.TextOf(one) == "text"), "[\"text\"]");
        return Read(body, service, [Encode(service, "messages", prompt)], most, wantsLogProbs ? top ?? 0 : null);
    }

    /// <summary>Reads a request for the completion of a text.</summary>
    /// <param name="body">Its body.</param>
    /// <param name="service">The model.</param>
    /// <exception cref="ApiException">It cannot be served.</exception>
    public static CompletionRequest ReadText(RequestBody body, ITextService service)
    {
        const int UsualTokens = 16;
        if (!body.TryGet("prompt", out JsonElement prompt))
        {
            throw ApiException.BadRequest("prompt", "prompt is missing; expected a text.", "missing_required_parameter");
        }

        int[][] prompts = ReadPrompts(prompt, service);
        long most = body.Whole("max_tokens", 1, int.MaxValue) ?? UsualTokens;
        int? top = (int?)body.Whole("logprobs", 0, MostTopLogProbs);
        body.Unsupported("echo", value => value.ValueKind == JsonValueKind.False, "false");
        body.Unsupported("suffix", value => RequestBody.TextOf(value) == "", "an empty text");
        body.Unsupported("best_of", IsOne, "1");
        return Read(body, service, prompts, most, top);
    }

    private static CompletionRequest Read(RequestBody body, ITextService service, int[][] prompts, long? most, int? top)
    {
        bool streams = body.Flag("stream");
        bool includesUsage = false;
        if (body.TryGet("stream_options", out JsonElement options))
        {
            var inner = new RequestBody(options);
            includesUsage = inner.Flag("include_usage");
            inner.Flag("include_obfuscation");
            inner.Complete();
        }

        body.Unsupported("frequency_penalty", IsZero, "0");
        body.Unsupported("presence_penalty", IsZero, "0");
        body.Unsupported("logit_bias", IsEmpty, "an empty object");
        int context = service.Context;
        foreach (int[] prompt in prompts.Where(prompt => prompt.Length == 0 || prompt.Length >= context))
        {
            throw ApiException.BadRequest(
                null,
                prompt.Length == 0
                    ? "The prompt is empty; at least one token is expected."
                    : $"The prompt has {prompt.Length} tokens; at most {context - 1} are expected, as the context is {context} and a "
                        + "completion needs one.",
                "context_length_exceeded");
        }

        var shared = new TextRequest([])
        {
            Choices = (int)(body.Whole("n", 1, service.Rows) ?? 1),
            MaxTokens = (int)(most ?? 0),
            Sampling = new SamplingOptions
            {
                Temperature = body.Number("temperature", 0, HighestTemperature) ?? 1,
                TopP = body.Number("top_p", double.Epsilon, 1) ?? 1,
                TopK = (int)(body.Whole("top_k", 0, int.MaxValue) ?? 0),
                MinP = body.Number("min_p", 0, 1 - 1e-9) ?? 0,
            },
            Seed = TextRequest.SeedOf(body.Whole("seed", long.MinValue, long.MaxValue)),
            Stop = ReadStops(body),
            TopLogProbs = top,
        };
        bool tokenIds = body.Flag("return_token_ids");
        if (tokenIds && streams)
        {
            throw ApiException.BadRequest("return_token_ids", "return_token_ids is for answers that are not streamed.");
        }

        body.Complete();
        return new CompletionRequest([.. prompts.Select(prompt => shared with { Prompt = prompt })], streams, includesUsage)
        {
            ReturnsTokenIds = tokenIds,
        };
    }

    private static string[] ReadStops(RequestBody body)
    {
        if (!body.TryGet("stop", out JsonElement stop))
        {
            return [];
        }

        string?[] texts = stop.ValueKind == JsonValueKind.Array
            ? [.. stop.EnumerateArray().Select(RequestBody.TextOf)]
            : [RequestBody.TextOf(stop)];
        return texts.Length <= MostStops && texts.All(text => text is { Length: > 0 and <= LongestStop })
            ? [.. texts.OfType<string>()]
            : throw RequestBody.Wrong("stop", stop, $"a text or a list of at most {MostStops}, each of 1 to {LongestStop} characters");
    }

    private static int[][] ReadPrompts(JsonElement prompt, ITextService service)
    {
        JsonElement[] parts = prompt.ValueKind == JsonValueKind.Array ? [.. prompt.EnumerateArray()] : [prompt];
        bool isTokens = prompt.ValueKind == JsonValueKind.Array && parts.Length > 0 && parts[0].ValueKind == JsonValueKind.Number;
        JsonElement[] prompts = isTokens ? [prompt] : parts;
        return prompts.Length is >= 1 and <= MostPrompts
            ? [.. prompts.Select(one => one.ValueKind == JsonValueKind.Array
                ? ReadTokens(one, service)
                : Encode(service, "prompt", RequestBody.TextOf(one) ?? throw WrongPrompt(prompt)))]
            : throw WrongPrompt(prompt);
    }

    private static ApiException WrongPrompt(JsonElement prompt) => RequestBody.Wrong(
        "prompt", prompt, $"a text, a list of token ids, or a list of at most {MostPrompts} of them");

    private static int[] ReadTokens(JsonElement list, ITextService service) =>
    [
        .. list.EnumerateArray().Select(token =>
            token.ValueKind == JsonValueKind.Number && token.TryGetInt32(out int id) && id >= 0 && id < service.Tokenizer.VocabularySize
                ? id
                : throw RequestBody.Wrong("prompt", token, $"a token id from 0 to {service.Tokenizer.VocabularySize - 1}")),
    ];

    private static int[] Encode(ITextService service, string parameter, string text) =>
        service.Tokenizer.TryEncodePrompt(text, out int[] tokens, out int unknown)
            ? tokens
            : throw ApiException.NoToken(service.Tokenizer, parameter, text, unknown);

    private static bool IsZero(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == 0;

    private static bool IsOne(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == 1;

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };
}
