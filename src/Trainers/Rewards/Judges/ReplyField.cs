using System.Globalization;
using System.Text;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The field of the JSON in a judge's reply that holds its verdict. Numbers and words elsewhere do not count, as they may be quoted from
/// the completion: two objects that hold different verdicts are no verdict.
/// </summary>
/// <param name="Name">The field's name.</param>
/// <param name="IsNamed">
/// Whether the rubric names the field, in double quotes. Where it does not, a reply that is nothing but the verdict counts too.
/// </param>
internal sealed record ReplyField(string Name, bool IsNamed)
{
    // Reading stops there, so that its work is linear in the reply's length: what the reader throws holds the rest of an object.
    private const int MostBroken = 20;
    private const int MostBytes = 1 << 15;
    private const int MostDeep = 64;

    /// <summary>The field from which replies to a rubric are read.</summary>
    /// <param name="rubric">The rubric.</param>
    /// <param name="name">The field's name.</param>
    public static ReplyField Of(string rubric, string name) =>
        new(name, rubric.Contains($"\"{name}\"", StringComparison.Ordinal));

    /// <summary>Reads a score from 0 to 1.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="score">The score.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryReadScore(string reply, out double score)
    {
        bool isRead = TryFind(reply, out JsonElement value)
            ? (value.ValueKind == JsonValueKind.Number) & double.TryParse(
                value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out score)
            : double.TryParse(reply, NumberStyles.Float, CultureInfo.InvariantCulture, out score) && !IsNamed;
        return isRead && score is >= 0 and <= 1;
    }

    /// <summary>Reads a verdict: 1 for A, 0 for B, 0.5 for a tie.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="verdict">The verdict.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryReadVerdict(string reply, out double verdict)
    {
        string text = TryFind(reply, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()!
            : value.ValueKind != JsonValueKind.Undefined || IsNamed ? ""
            : reply.Trim();
        verdict = text.ToUpperInvariant() switch
        {
            "A" => 1,
            "B" => 0,
            "TIE" => 0.5,
            _ => double.NaN,
        };
        return !double.IsNaN(verdict);
    }

    // The field's value in the objects of a reply, which may stand between other text; those within others are not looked at.
    private bool TryFind(string reply, out JsonElement value)
    {
        value = default;
        byte[] text = Encoding.UTF8.GetBytes(reply);
        int broken = 0;
        for (int at = 0; text.AsSpan(at).IndexOf((byte)'{') is var open and >= 0;)
        {
            at += open;
            if (!BeginsObject(text.AsSpan(at + 1)))
            {
                at++;
                continue;
            }

            bool isObject = TryMeasure(text.AsSpan(at, Math.Min(MostBytes, text.Length - at)), out int length);
            if (!isObject && ++broken < MostBroken)
            {
                at++;
                continue;
            }

            // The reply is cut off within an object, or has no end of broken ones.
            if (length == 0)
            {
                return false;
            }

            if (TryGet(text[at..(at + length)], out JsonElement here))
            {
                if (value.ValueKind != JsonValueKind.Undefined && !JsonElement.DeepEquals(value, here))
                {
                    return false;
                }

                value = here;
            }

            at += length;
        }

        return value.ValueKind != JsonValueKind.Undefined;
    }

    // A name follows a brace; other braces are those of formulas and prose.
    private static bool BeginsObject(ReadOnlySpan<byte> text) => text.TrimStart(" \t\r\n"u8) is [(byte)'"', ..];

    // Whether an object stands at the start of a text; its length, which is 0 if the text, or what is read of it, ends before
    // the object does.
    private static bool TryMeasure(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        try
        {
            var reader = new Utf8JsonReader(text, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = MostDeep }));
            length = reader.Read() && reader.TrySkip() ? (int)reader.BytesConsumed : 0;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool TryGet(byte[] json, out JsonElement value)
    {
        value = default;
        try
        {
            using JsonDocument document = WholeJson.Parse(json);
            bool found = document.RootElement.TryGetProperty(Name, out JsonElement here);
            value = found ? here.Clone() : default;
            return found;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
