using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>A prompt whose completions a server draws.</summary>
/// <param name="Prompt">Its tokens.</param>
/// <param name="Samples">Completions.</param>
/// <param name="MaxTokens">Maximum tokens of each.</param>
/// <param name="Seed">Seed of the request, where the server keeps to it.</param>
internal sealed record RolloutPrompt(int[] Prompt, int Samples, int MaxTokens, long Seed)
{
    /// <summary>The request's body, in the form of OpenAI's completions with vLLM's return_token_ids.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="options">Temperature and filters.</param>
    public byte[] Print(string model, SamplingOptions options)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["prompt"] = new JsonArray([.. Prompt.Select(token => JsonValue.Create(token))]),
            ["n"] = Samples,
            ["max_tokens"] = MaxTokens,
            ["temperature"] = options.Temperature,
            ["seed"] = Seed,
            ["logprobs"] = 0,
            ["return_token_ids"] = true,
        };
        return JsonSerializer.SerializeToUtf8Bytes(body);
    }

    /// <summary>Reads a reply to it.</summary>
    /// <param name="reply">The reply's body.</param>
    /// <param name="vocabulary">Number of tokens of the policy.</param>
    /// <param name="ends">Tokens that end a completion.</param>
    /// <exception cref="FormatException">It is none: what was found and what was expected.</exception>
    public SampledCompletion[] Read(byte[] reply, int vocabulary, IReadOnlyList<int> ends)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(reply);
        }
        catch (JsonException broken)
        {
            throw new FormatException($"its reply is not JSON: {broken.Message}", broken);
        }

        using (document)
        {
            JsonElement[] choices = document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("choices", out JsonElement list) && list.ValueKind == JsonValueKind.Array
                    ? [.. list.EnumerateArray().OrderBy(choice => Index(choice))]
                    : throw new FormatException("its reply has no list of choices");
            return choices.Length == Samples
                ? [.. choices.Select(choice => Read(choice, vocabulary, ends))]
                : throw new FormatException($"it gave {choices.Length} choices; expected {Samples}");
        }
    }

    private static int Index(JsonElement choice) =>
        Property(choice, "index") is { ValueKind: JsonValueKind.Number } index && index.TryGetInt32(out int number) ? number : 0;

    private SampledCompletion Read(JsonElement choice, int vocabulary, IReadOnlyList<int> ends)
    {
        if (Property(choice, "token_ids") is not { ValueKind: JsonValueKind.Array } ids)
        {
            throw new FormatException(
                "its choices have no token_ids; expected a server that knows return_token_ids, such as rlcore serve or vLLM");
        }

        int[] tokens =
        [
            .. ids.EnumerateArray().Select(id =>
                id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int token) && token >= 0 && token < vocabulary
                    ? token
                    : throw new FormatException(
                        $"it drew the token {id.GetRawText()}; expected one from 0 to {vocabulary - 1}: is it the same model?")),
        ];
        float[] logProbs = Property(Property(choice, "logprobs"), "token_logprobs") is { ValueKind: JsonValueKind.Array } scores
            ? [.. scores.EnumerateArray().Select(score => score.ValueKind == JsonValueKind.Number ? score.GetSingle() : float.NaN)]
            : [];
        if (logProbs.Length != tokens.Length || logProbs.Any(score => !float.IsFinite(score)))
        {
            throw new FormatException($"it gave {logProbs.Count(float.IsFinite)} log-probs for {tokens.Length} tokens");
        }

        bool ended = tokens.Length > 0 && ends.Contains(tokens[^1]);
        return tokens.Length >= 1 && (ended || tokens.Length <= MaxTokens)
            ? new SampledCompletion(new TokenSequence([.. Prompt, .. tokens], Prompt.Length), logProbs, ended)
            : throw new FormatException($"it drew {tokens.Length} tokens; expected 1 to {MaxTokens}");
    }

    private static JsonElement Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : default;
}
