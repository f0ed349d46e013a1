using System.Text.Encodings.Web;
using System.Text.Json;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tokenizers.Training;

/// <summary>
/// Writes a byte-level tokenizer as Hugging Face's libraries read it: special tokens first, then the 256 bytes in the order of their
/// characters, then what the merges make.
/// </summary>
internal static class BytePairFiles
{
    /// <summary>tokenizer.json and tokenizer_config.json: text by file name.</summary>
    /// <param name="merges">The merges in their order, each of two tokens as bytes.</param>
    /// <param name="special">The special tokens; the first ends a text.</param>
    public static IReadOnlyDictionary<string, string> Write(
        IReadOnlyList<(byte[] Left, byte[] Right)> merges,
        IReadOnlyList<string> special) => new Dictionary<string, string>
    {
        [TokenizerFile.FileName] = Print(writer => WriteTokenizer(writer, merges, special)),
        [PretrainedFiles.Configuration] = Print(writer => WriteConfiguration(writer, special)),
    };

    private static void WriteTokenizer(
        Utf8JsonWriter writer,
        IReadOnlyList<(byte[] Left, byte[] Right)> merges,
        IReadOnlyList<string> special)
    {
        writer.WriteString("version", "1.0");
        writer.WriteNull("truncation");
        writer.WriteNull("padding");
        writer.WriteStartArray("added_tokens");
        for (int id = 0; id < special.Count; id++)
        {
            WriteSpecial(writer, id, special[id]);
        }

        writer.WriteEndArray();
        writer.WriteNull("normalizer");
        WriteByteLevel(writer, "pre_tokenizer", prefix: false, trim: true);
        WriteByteLevel(writer, "post_processor", prefix: false, trim: false);
        WriteByteLevel(writer, "decoder", prefix: true, trim: true);
        WriteModel(writer, merges, special);
    }

    private static void WriteSpecial(Utf8JsonWriter writer, int id, string content)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", id);
        writer.WriteString("content", content);
        foreach (string flag in (string[])["single_word", "lstrip", "rstrip", "normalized"])
        {
            writer.WriteBoolean(flag, false);
        }

        writer.WriteBoolean("special", true);
        writer.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter writer, string part, bool prefix, bool trim)
    {
        writer.WriteStartObject(part);
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", prefix);
        writer.WriteBoolean("trim_offsets", trim);
        writer.WriteBoolean("use_regex", true);
        writer.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter writer, IReadOnlyList<(byte[] Left, byte[] Right)> merges, IReadOnlyList<string> special)
    {
        writer.WriteStartObject("model");
        writer.WriteString("type", "BPE");
        foreach (string nothing in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
        {
            writer.WriteNull(nothing);
        }

        foreach (string off in (string[])["fuse_unk", "byte_fallback", "ignore_merges"])
        {
            writer.WriteBoolean(off, false);
        }

        writer.WriteStartObject("vocab");
        int id = 0;
        IEnumerable<string> bytes =
            Enumerable.Range(0, 256).Select(value => ByteAlphabet.Of((byte)value)).Order().Select(letter => letter.ToString());
        IEnumerable<string> made = merges.Select(merge => Spell([.. merge.Left, .. merge.Right]));

        // A special token may be what merges make: then it is one token.
        foreach (string token in special.Concat(bytes).Concat(made).Distinct())
        {
            writer.WriteNumber(token, id++);
        }

        writer.WriteEndObject();
        writer.WriteStartArray("merges");
        foreach ((byte[] left, byte[] right) in merges)
        {
            writer.WriteStringValue($"{Spell(left)} {Spell(right)}");
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteConfiguration(Utf8JsonWriter writer, IReadOnlyList<string> special)
    {
        writer.WriteBoolean("add_prefix_space", false);
        writer.WriteBoolean("clean_up_tokenization_spaces", false);
        writer.WriteString("eos_token", special[0]);
        writer.WriteString("pad_token", special[0]);
        writer.WriteStartArray("additional_special_tokens");
        foreach (string token in special.Skip(1))
        {
            writer.WriteStringValue(token);
        }

        writer.WriteEndArray();
        writer.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
    }

    private static string Spell(byte[] bytes) => string.Concat(bytes.Select(ByteAlphabet.Of));

    private static string Print(Action<Utf8JsonWriter> body) => TokenizerFile.Write(body, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
}
