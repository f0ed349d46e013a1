using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

public class PretrainedTokenizerLaws
{
    private static readonly string[] Texts =
    [
        "", " ", "the theory", "  the\r\n\tother", "日本語👍🏽 e\u0301", "<s>x</s>the", "and<|im_end|>there", "lone \uD83D and \uDC00",
        "ไทย ก็", new('t', 200), string.Concat(Enumerable.Repeat("the and ", 40)),
    ];

    // Halves of pairs come together now and then.
    private const string Alphabet = "the and12\n\t'<s>|im_end/日本\u0301\u0323\u0E44\uD83D\uDE00\uD83D\uDE00\u00E9";

    public static TheoryData<bool> Kinds => [true, false];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decoding_undoes_encoding(bool bytes) => ForAnyText(text =>
    {
        PretrainedTokenizer tokenizer = Of(bytes);
        string wanted = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        return tokenizer.Decode(((ITokenizer)tokenizer).Encode(text), new HashSet<int>()) == wanted || (!bytes && text.Contains('<'));
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Spans_tile_the_text_and_ids_are_those_of_encoding(bool bytes) => ForAnyText(text =>
    {
        PretrainedTokenizer tokenizer = Of(bytes);
        int[] ids = tokenizer.Encode(text, out TokenSpan[] spans);
        int covered = 0;
        bool inOrder = true;
        foreach (TokenSpan span in spans)
        {
            inOrder &= span.Start <= covered && span.End >= span.Start;
            covered = Math.Max(covered, span.End);
        }

        return inOrder && covered == text.Length && ids.Length == spans.Length && ids.SequenceEqual(((ITokenizer)tokenizer).Encode(text));
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Pieces_of_a_stream_are_the_whole_text_and_never_half_a_character(bool bytes) => ForAnyText(text =>
    {
        PretrainedTokenizer tokenizer = Of(bytes);
        int[] ids = ((ITokenizer)tokenizer).Encode(text);
        StreamingDecoder decoder = tokenizer.StartDecoding();
        string[] pieces = [.. ids.Select(decoder.Append), decoder.Finish()];
        return string.Concat(pieces) == tokenizer.Decode((ReadOnlySpan<int>)ids)
            && pieces.All(piece => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece)) == piece);
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_a_stream_of_any_ids_says_is_what_decoding_says(bool bytes) => Laws.Hold(
        from length in Gen.Choose(0, 40)
        from ids in Gen.ArrayOf(Gen.Choose(0, 290), length)
        select ids,
        ids =>
        {
            PretrainedTokenizer tokenizer = Of(bytes);
            StreamingDecoder decoder = tokenizer.StartDecoding();
            return string.Concat(ids.Select(decoder.Append)) + decoder.Finish() == tokenizer.Decode((ReadOnlySpan<int>)ids);
        });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_continuation_reads_as_it_was_written_after_whatever_is_before_it(bool bytes)
    {
        PretrainedTokenizer tokenizer = Of(bytes);
        foreach (string completion in Texts.Where(text => !text.Contains('<') && !text.Any(char.IsSurrogate)))
        {
            int[] prompt = ((ITokenizer)tokenizer).EncodePrompt("the theory");
            int[] both = [.. prompt, .. tokenizer.EncodeContinuation(completion)];
            Assert.Equal(completion, tokenizer.DecodeFrom(both, prompt.Length));
            Assert.Equal("the theory" + completion, tokenizer.Decode((ReadOnlySpan<int>)both));
        }
    }

    [Fact]
    public void Character_pieces_begin_with_the_marker_of_a_space_but_continuations_do_not()
    {
        PretrainedTokenizer tokenizer = MadeTokenizers.Characters;
        int the = ((ITokenizer)tokenizer).Encode("the").Single();
        Assert.Equal([the], tokenizer.EncodeContinuation(" the"));
        Assert.NotEqual([the], tokenizer.EncodeContinuation("the"));
    }

    [Fact]
    public void A_prompt_begins_once_with_what_the_template_puts_first_and_without_what_it_puts_last()
    {
        ITokenizer tokenizer = MadeTokenizers.Characters;
        Assert.Equal([1], tokenizer.Beginning);
        Assert.Equal([1, .. tokenizer.Encode("the")], tokenizer.EncodePrompt("the"));
        Assert.Equal([1, .. tokenizer.Encode("the")], tokenizer.EncodePrompt("<s>the"));
    }

    [Theory]
    [InlineData("LlamaTokenizer", "true", "1")]
    [InlineData("LlamaTokenizer", "false", "")]
    [InlineData("PreTrainedTokenizerFast", "false", "1")]
    [InlineData("PreTrainedTokenizerFast", "null", "1")]
    public void Classes_of_Llama_begin_a_text_as_their_setting_says_and_others_as_the_template_does(string type, string adds, string wanted)
    {
        string configuration =
            $$"""{ "bos_token": "<s>", "eos_token": "</s>", "tokenizer_class": "{{type}}", "add_bos_token": {{adds}} }""";
        ITokenizer tokenizer =
            PretrainedTokenizer.Parse(MadeTokenizers.OfCharacters.With("tokenizer_config.json", configuration), "made");
        Assert.Equal(wanted, string.Join(' ', tokenizer.Beginning));
    }

    [Theory]
    [InlineData("", "0", 0)]
    [InlineData("""{ "eos_token_id": 1 }""", "1", 1)]
    [InlineData("""{ "eos_token_id": [1, 0] }""", "0 1", 0)]
    [InlineData("""{ "eos_token_id": [5, 1, 5] }""", "5 1", 5)]
    [InlineData("""{ "eos_token_id": null }""", "0", 0)]
    public void Texts_end_as_generation_config_says_and_else_as_tokenizer_config_does(string generation, string ends, int first)
    {
        IReadOnlyDictionary<string, string> files = generation.Length == 0
            ? MadeTokenizers.OfBytes
            : MadeTokenizers.OfBytes.With("generation_config.json", generation);
        ITokenizer tokenizer = PretrainedTokenizer.Parse(files, "made");
        Assert.Equal((ends, first), (string.Join(' ', tokenizer.Ends), tokenizer.EndOfSequence));
        Assert.Equal("", tokenizer.Decode([.. tokenizer.Ends]));
    }

    [Fact]
    public void Files_are_kept_as_they_were_and_read_back_as_an_equal_tokenizer()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyDictionary<string, string> files =
            MadeTokenizers.OfCharacters.With("special_tokens_map.json", """{ "unk_token": "<unk>" }""");
        foreach ((string name, string text) in files.With("generation_config.json", """{ "eos_token_id": 2 }"""))
        {
            folder.Write(name, text);
        }

        ITokenizer tokenizer = TokenizerFile.ReadFolder(folder.Path, 0);
        Assert.Equal(files.OrderBy(file => file.Key), tokenizer.Files.OrderBy(file => file.Key));
        Assert.Equal(files[TokenizerFile.FileName], tokenizer.ToJson());
    }

    [Fact]
    public void Ids_up_to_the_models_vocabulary_read_as_nothing()
    {
        PretrainedTokenizer tokenizer = PretrainedTokenizer.Parse(MadeTokenizers.OfBytes, "made", 1_000_000_000);
        Assert.Equal(1_000_000_000, tokenizer.VocabularySize);
        Assert.Equal(MadeTokenizers.Bytes.VocabularySize, tokenizer.TokenCount);
        Assert.Equal("", tokenizer.Decode((ReadOnlySpan<int>)[tokenizer.TokenCount, 999_999_999]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode((ReadOnlySpan<int>)[1_000_000_000]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode((ReadOnlySpan<int>)[-1]));
    }

    [Fact]
    public void Real_ids_are_those_of_another_implementation()
    {
        string folder = TestModels.Require("stories260K");
        ITokenizer tokenizer = TokenizerFile.ReadFolder(folder, 512);
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden.json")));
        foreach (JsonElement entry in golden.RootElement.EnumerateArray())
        {
            Assert.Equal(
                entry.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()),
                tokenizer.EncodePrompt(entry.GetProperty("prompt").GetString()!));
        }

        Assert.Equal((1, "1"), (tokenizer.EndOfSequence, string.Join(' ', tokenizer.Ends)));
    }

    [Fact]
    public void Without_a_token_that_ends_a_text_it_is_refused_with_what_to_add()
    {
        var alone = new Dictionary<string, string> { [TokenizerFile.FileName] = MadeTokenizers.OfBytes[TokenizerFile.FileName] };
        InputException refused = Assert.Throws<InputException>(() => PretrainedTokenizer.Parse(alone, "made"));
        Assert.Contains("generation_config.json", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_share_a_tokenizer()
    {
        ITokenizer tokenizer = MadeTokenizers.Bytes;
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"the {i} theory {i * i}")];
        int[][] alone = [.. texts.Select(tokenizer.Encode)];
        var together = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => together[i] = tokenizer.Encode(texts[i]));
        Assert.Equal(alone, together);
    }

    private static PretrainedTokenizer Of(bool bytes) => bytes ? MadeTokenizers.Bytes : MadeTokenizers.Characters;

    private static void ForAnyText(Func<string, bool> law)
    {
        Assert.All(Texts, text => Assert.True(law(text), text));
        Laws.Hold(Laws.TextOf(Alphabet, 60), law);
    }
}
