using System.Diagnostics;
using System.Text;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

/// <summary>What is not understood is refused by name, and no file of any content does worse. RLCORE_MAX_TEST raises the count.</summary>
public class PretrainedRefusalLaws
{
    private const int Mutations = 1500;

    // The tables that every tokenizer has, whatever its file.
    private const long FixedBytes = 8 << 20;

    private static readonly string[] Values =
    [
        "null", "true", "-1", "0", "1e999", "99999999999999999999", "2147483647", "65536", "1.5", "\"\"", "\"x\"",
        "\"\\ud800\"", "[]", "{}",
        "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "[null]", "{\"type\":\"Nobody\"}", "{\"type\":\"Sequence\"}", "\"\\u0000\"", new('[', 200),
    ];

    [Theory]
    [InlineData("\"normalizer\": null", "\"normalizer\": { \"type\": \"BertNormalizer\" }", "normalizer.type", "BertNormalizer")]
    [InlineData("\"normalizer\": null", "\"normalizer\": { \"type\": \"NFC\", \"extra\": 1 }", "normalizer.extra", "not supported")]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"WordPiece\"", "model.type", "WordPiece")]
    [InlineData("\"dropout\": null", "\"dropout\": 0.1", "model.dropout", "0.1")]
    [InlineData("\"end_of_word_suffix\": null", "\"end_of_word_suffix\": \"</w>\"", "model.end_of_word_suffix", "</w>")]
    [InlineData("\"fuse_unk\": false", "\"cache\": 5, \"fuse_unk\": false", "model.cache", "not supported")]
    [InlineData("\"version\": \"1.0\"", "\"versions\": 1", "versions", "not supported")]
    [InlineData("\"use_regex\": true", "\"use_regex\": 1", "pre_tokenizer.use_regex", "true or false")]
    [InlineData("\"special\": true", "\"special\": true, \"hidden\": 1", "added_tokens[0].hidden", "not supported")]
    [InlineData("\"unk_token\": null", "\"unk_token\": \"nobody\"", "model.unk_token", "nobody")]
    [InlineData("\"merges\": [", "\"merges\": [\"qq zz\",", "model.merges[0]", "qq")]
    [InlineData("\"!\": ", "\"!\": -", "model.vocab.!", "not negative")]
    [InlineData("\"!\": ", "\"\\\"\": 5, \"!\": ", "model.vocab", "twice")]
    public void What_is_not_understood_is_refused_by_name(string old, string changed, string place, string said)
    {
        string json = MadeTokenizers.OfBytes[TokenizerFile.FileName];
        int at = json.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, old);
        string other = json[..at] + changed + json[(at + old.Length)..];
        InputException refused = Assert.Throws<InputException>(
            () => PretrainedTokenizer.Parse(MadeTokenizers.OfBytes.With(TokenizerFile.FileName, other), "made"));
        InputProblem problem = Assert.Single(refused.Problems);
        Assert.Equal(place, problem.Column);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{ "eos_token": 5 }""", "eos_token")]
    [InlineData("tokenizer_config.json", """{ "eos_token": "nobody" }""", "eos_token")]
    [InlineData("tokenizer_config.json", """{ "eos_token": { "text": "x" } }""", "eos_token.content")]
    [InlineData("tokenizer_config.json", """{ "eos_token": "<|endoftext|>", "tokenizer_class": "\ud800" }""", "")]
    [InlineData("tokenizer_config.json", "[", "")]
    [InlineData("generation_config.json", """{ "eos_token_id": 999999 }""", "eos_token_id")]
    [InlineData("generation_config.json", """{ "eos_token_id": -1 }""", "eos_token_id")]
    [InlineData("generation_config.json", """{ "eos_token_id": "x" }""", "eos_token_id")]
    public void Tokens_that_are_not_there_are_refused_by_role(string name, string text, string place)
    {
        InputException refused = Assert.Throws<InputException>(
            () => PretrainedTokenizer.Parse(MadeTokenizers.OfBytes.With(name, text), "made"));
        Assert.Equal(place, Assert.Single(refused.Problems).Column);
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_of_any_content_is_read_or_refused(bool bytes)
    {
        IReadOnlyDictionary<string, string> files = bytes ? MadeTokenizers.OfBytes : MadeTokenizers.OfCharacters;
        byte[] good = Encoding.UTF8.GetBytes(files[TokenizerFile.FileName]);
        using var folder = new TemporaryFolder();
        string file = folder.Write(TokenizerFile.FileName, "");
        folder.Write("tokenizer_config.json", files["tokenizer_config.json"]);
        int read = 0;
        for (int seed = 0; seed < Cases.AtLeast(Mutations); seed++)
        {
            byte[] content = Mutate(good, new Random(seed));
            File.WriteAllBytes(file, content);
            read += Try(file, content.Length, seed) ? 1 : 0;
        }

        Assert.InRange(read, 1, Cases.AtLeast(Mutations) - 1);
    }

    private static bool Try(string file, int size, int seed)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        bool read = false;
        try
        {
            ITokenizer tokenizer = TokenizerFile.Read(file);
            read = true;
            if (tokenizer.TryEncode("the theory <s> 日本\u0301 12", out int[] ids, out _))
            {
                tokenizer.Decode(ids);
            }
        }
        catch (InputException)
        {
            // Refused, with a place.
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= (2L * size) + FixedBytes, $"Case {seed} allocated {allocated} bytes for a file of {size}.");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"Case {seed} took {watch.Elapsed}.");
        return read;
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        byte[] content = good;
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            content = random.Next(7) switch
            {
                0 => Flip(content, random),
                1 => content[..random.Next(content.Length)],
                2 => ReplaceValue(content, random),
                3 => ReplaceValue(content, random),
                4 => Cut(content, random),
                5 => Repeat(content, random),
                _ => SwapWords(content, random),
            };
        }

        return content;
    }

    private static byte[] Flip(byte[] content, Random random)
    {
        byte[] changed = [.. content];
        for (int i = 0; i < 1 + random.Next(3) && changed.Length > 0; i++)
        {
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
        }

        return changed;
    }

    // What stands between a colon and the next comma or bracket becomes another value.
    private static byte[] ReplaceValue(byte[] content, Random random)
    {
        int from = content.AsSpan(random.Next(content.Length + 1)).IndexOf((byte)':');
        int start = from < 0 ? random.Next(content.Length + 1) : content.AsSpan().IndexOf((byte)':') + from;
        start = Math.Min(start + 1, content.Length);
        int length = content.AsSpan(start).IndexOfAny(",}]"u8);
        byte[] value = Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]);
        return [.. content[..start], .. value, .. content[(start + Math.Max(0, length))..]];
    }

    private static byte[] Cut(byte[] content, Random random)
    {
        int start = random.Next(content.Length + 1);
        return [.. content[..start], .. content[Math.Min(content.Length, start + random.Next(50))..]];
    }

    private static byte[] Repeat(byte[] content, Random random)
    {
        int start = random.Next(content.Length + 1);
        int end = Math.Min(content.Length, start + random.Next(200));
        return [.. content[..end], .. content[start..]];
    }

    // Keywords of the format take each other's places.
    private static byte[] SwapWords(byte[] content, Random random)
    {
        string[] words =
        [
            "true", "false", "null", "ByteLevel", "Replace", "Prepend", "Sequence", "BPE", "Fuse", "Strip", "ByteFallback", "String",
            "Regex",
        ];
        string text = Encoding.Latin1.GetString(content);
        string word = words[random.Next(words.Length)];
        int at = text.IndexOf(word, StringComparison.Ordinal);
        return at < 0
            ? content
            : Encoding.Latin1.GetBytes(text[..at] + words[random.Next(words.Length)] + text[(at + word.Length)..]);
    }
}
