using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>
/// The tokens of completions in samples.csv: a JSON list of <c>[id, text, log-prob, advantage]</c>, the last left out where a stage has
/// none of single tokens.
/// </summary>
internal static class SampleTokens
{
    /// <summary>The column's name.</summary>
    public const string Column = "tokens";

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Samples with the tokens that they were drawn as.</summary>
    /// <param name="samples">The samples; one of which that is not known has none.</param>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    public static IReadOnlyList<SampleRecord> Of(IReadOnlyList<SampleRecord> samples, ITokenizer tokenizer) =>
        [.. samples.Select(sample => sample.Drawn is { } drawn ? sample with { Tokens = TokensOf(sample, drawn, tokenizer) } : sample)];

    /// <summary>The cell of some tokens; empty for none.</summary>
    /// <param name="tokens">The tokens.</param>
    public static string Print(IReadOnlyList<SampleToken> tokens)
    {
        if (tokens.Count == 0)
        {
            return "";
        }

        var content = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(content, Relaxed))
        {
            Write(writer, tokens);
        }

        return Encoding.UTF8.GetString(content.WrittenSpan);
    }

    /// <summary>Writes tokens as they are in a cell, escaped as the writer does.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="tokens">The tokens.</param>
    public static void Write(Utf8JsonWriter writer, IEnumerable<SampleToken> tokens)
    {
        writer.WriteStartArray();
        foreach (SampleToken token in tokens)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(token.Id);
            writer.WriteStringValue(token.Text);
            WriteNumber(writer, token.LogProb);
            if (token.Advantage is { } advantage)
            {
                WriteNumber(writer, advantage);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    /// <summary>Reads a cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="completion">The completion beside it.</param>
    /// <param name="tokens">Its tokens; none if it has no such list, or one that does not make up the completion.</param>
    public static bool TryRead(string cell, string completion, out IReadOnlyList<SampleToken> tokens)
    {
        tokens = [];
        if (cell.Length == 0)
        {
            return false;
        }

        try
        {
            using JsonDocument document = WholeJson.Parse(cell);
            if (document.RootElement.ValueKind == JsonValueKind.Array
                && document.RootElement.EnumerateArray().Select(TokenOf).ToArray() is var read
                && Array.TrueForAll(read, token => token is not null)
                && string.Concat(read.Select(token => token!.Text)) == completion)
            {
                tokens = read!;
            }
        }
        catch (JsonException)
        {
            // Cut off, or another program's column of that name.
        }

        return tokens.Count > 0;
    }

    private static SampleToken[] TokensOf(SampleRecord sample, SampledCompletion drawn, ITokenizer tokenizer)
    {
        TokenSequence sequence = drawn.Sequence;
        int[] ids = [.. sequence.Completion];
        string[] texts = Texts(sample.Completion, [.. sequence.Tokens[..sequence.PromptLength]], ids, drawn.Ended, tokenizer);
        return [.. ids.Select((id, i) => new SampleToken(
            id, texts[i], drawn.LogProbs[i], i < sample.TokenAdvantages.Count ? (float)sample.TokenAdvantages[i] : null))];
    }

    // Each token gets the characters that it completes, and the last one what is left; what ends the completion is no text, unless it is
    // alone after a prompt that ends within a character. A tokenizer of a program's own may change what it has told, so the pieces are cut
    // from the completion itself.
    private static string[] Texts(string completion, int[] prompt, int[] ids, bool ended, ITokenizer tokenizer)
    {
        string[] texts = [.. ids.Select(_ => "")];
        var characters = new WholeCharacters(tokenizer, prompt);
        int last = Math.Max(0, ids.Length - (ended ? 2 : 1)), told = 0;
        for (int i = 0; i <= last && i < ids.Length; i++)
        {
            string piece = characters.Append(ids[i]);
            bool follows = completion.AsSpan(told).StartsWith(piece);
            texts[i] = i == last ? completion[told..] : follows ? piece : "";
            told += texts[i].Length;
        }

        return texts;
    }

    // JSON has no NaN.
    private static void WriteNumber(Utf8JsonWriter writer, float value)
    {
        if (!float.IsFinite(value))
        {
            writer.WriteNullValue();
            return;
        }

        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        bool readsBack = float.Parse(shortest, CultureInfo.InvariantCulture).Equals(value);
        writer.WriteRawValue(readsBack ? shortest : value.ToString("G9", CultureInfo.InvariantCulture));
    }

    private static SampleToken? TokenOf(JsonElement element)
    {
        int length = element.ValueKind == JsonValueKind.Array ? element.GetArrayLength() : 0;
        if (length is not (3 or 4)
            || element[0].ValueKind != JsonValueKind.Number || !element[0].TryGetInt32(out int id)
            || element[1].ValueKind != JsonValueKind.String
            || !TryNumber(element[2], out float logProb))
        {
            return null;
        }

        var token = new SampleToken(id, element[1].GetString()!, logProb, null);
        return length == 3 ? token : TryNumber(element[3], out float advantage) ? token with { Advantage = advantage } : null;
    }

    private static bool TryNumber(JsonElement element, out float number)
    {
        number = float.NaN;
        return element.ValueKind == JsonValueKind.Null || (element.ValueKind == JsonValueKind.Number && element.TryGetSingle(out number));
    }
}
