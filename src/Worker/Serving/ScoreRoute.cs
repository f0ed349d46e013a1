using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Serving;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Worker.Serving;

/// <summary>
/// <c>/v1/score</c>: <c>{"prompt": …, "completion": …}</c> gives <c>{"score": …}</c>, and a list of completions a list of scores. Prompts
/// are wrapped in the model's chat template where it has one, as the reward stage wraps them; completions count as ended unless
/// <c>"ended"</c> is false.
/// </summary>
/// <param name="service">The reward model.</param>
/// <param name="name">Its name.</param>
internal sealed class ScoreRoute(IScoreService service, string name)
{
    private const int MostCompletions = 256;

    /// <summary>Answers a request.</summary>
    /// <param name="body">Its body.</param>
    /// <param name="stop">Cancelled when the client has gone.</param>
    /// <exception cref="ApiException">It cannot be served.</exception>
    public async Task<JsonObject> AnswerAsync(RequestBody body, CancellationToken stop)
    {
        string prompt = body.Text("prompt")
            ?? throw ApiException.BadRequest("prompt", "prompt is missing; expected a text.", "missing_required_parameter");
        if (!body.TryGet("completion", out JsonElement completion))
        {
            throw ApiException.BadRequest(
                "completion", "completion is missing; expected a text or a list of texts.", "missing_required_parameter");
        }

        bool ended = !body.TryGet("ended", out _) || body.Flag("ended");
        body.Complete();
        bool isList = completion.ValueKind == JsonValueKind.Array;
        string?[] texts = isList
            ? [.. completion.EnumerateArray().Select(RequestBody.TextOf)]
            : [RequestBody.TextOf(completion)];
        if (texts.Length is 0 or > MostCompletions || texts.Contains(null))
        {
            throw RequestBody.Wrong("completion", completion, $"a text, or a list of 1 to {MostCompletions} texts");
        }

        int[] start = Encode("prompt", Wrapped(prompt), continues: false);
        TokenSequence[] sequences = [.. texts.Select(text => Sequence(start, text!, ended))];
        Task<float[]> scores = service.TrySubmit(sequences, stop) ?? throw ApiException.QueueFull();
        JsonNode?[] numbers = [.. (await scores.ConfigureAwait(false)).Select(score => (JsonNode?)JsonValue.Create(score))];
        var answer = new JsonObject { ["object"] = "score", ["model"] = name };
        answer[isList ? "scores" : "score"] = isList ? new JsonArray(numbers) : numbers[0];
        answer["usage"] = new JsonObject { ["total_tokens"] = sequences.Sum(sequence => sequence.Tokens.Length) };
        return answer;
    }

    private string Wrapped(string prompt)
    {
        try
        {
            return ChatPrompt.Wrap(ChatUse.Auto, service.Tokenizer, prompt);
        }
        catch (InputException refused)
        {
            throw ApiException.BadRequest("prompt", refused.Message);
        }
    }

    private TokenSequence Sequence(int[] start, string text, bool ended)
    {
        int[] tokens = [.. start, .. Encode("completion", text, continues: true), .. ended ? [service.Tokenizer.EndOfSequence] : (int[])[]];
        return tokens.Length <= service.Context
            ? new TokenSequence(tokens, start.Length)
            : throw ApiException.BadRequest(
                "completion",
                $"Prompt and completion have {tokens.Length} tokens; at most {service.Context} are expected, the model's context.",
                "context_length_exceeded");
    }

    private int[] Encode(string parameter, string text, bool continues)
    {
        int[] tokens;
        int unknown;
        bool known = continues
            ? service.Tokenizer.TryEncodeContinuation(text, out tokens, out unknown)
            : service.Tokenizer.TryEncodePrompt(text, out tokens, out unknown);
        return known ? tokens : throw ApiException.NoToken(service.Tokenizer, parameter, text, unknown);
    }
}
