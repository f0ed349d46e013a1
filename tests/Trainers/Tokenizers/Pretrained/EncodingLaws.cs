using System.Globalization;
using System.Text.Json.Nodes;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;
using RlCore.Trainers.Tokenizers.Training;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

/// <summary>What single settings of a model do to the tokens of a text.</summary>
public class EncodingLaws
{
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    public void A_word_that_is_a_token_needs_no_merges_where_they_are_ignored(bool ignores, int tokens)
    {
        JsonNode json = JsonNode.Parse(MadeTokenizers.OfBytes[TokenizerFile.FileName])!;
        json["model"]!["merges"] = new JsonArray();
        json["model"]!["ignore_merges"] = ignores;
        ITokenizer tokenizer =
            PretrainedTokenizer.Parse(MadeTokenizers.OfBytes.With(TokenizerFile.FileName, json.ToJsonString()), "made");
        Assert.Equal(tokens, tokenizer.Encode("the").Length);
    }

    [Theory]
    [InlineData("<a", "1")]
    [InlineData("<a>", "2")]
    [InlineData("<a>>", "3")]
    [InlineData("<a<a>", "1 2")]
    public void The_longest_added_token_is_taken(string text, string ids)
    {
        ITokenizer tokenizer = PretrainedTokenizer.Parse(BytePairFiles.Write([], ["<|endoftext|>", "<a", "<a>", "<a>>"]), "made");
        Assert.Equal(ids, string.Join(' ', tokenizer.Encode(text)));
    }

    [Theory]
    [InlineData("X", 0)]
    [InlineData("aX", 1)]
    [InlineData("a b Xa日", 4)]
    [InlineData("a</s>b日X", 6)]
    public void The_first_character_without_a_token_is_counted_in_the_text_as_it_was_given(string text, int at)
    {
        JsonNode json = JsonNode.Parse(MadeTokenizers.OfCharacters[TokenizerFile.FileName])!;
        json["model"]!["unk_token"] = null;
        json["model"]!["byte_fallback"] = false;
        PretrainedTokenizer tokenizer =
            PretrainedTokenizer.Parse(MadeTokenizers.OfCharacters.With(TokenizerFile.FileName, json.ToJsonString()), "made");
        Assert.False(tokenizer.TryEncode(text, out int[] tokens, out int unknown));
        Assert.Empty(tokens);
        Assert.Equal(at, unknown);
    }

    [Fact]
    public void A_continuation_has_a_marker_after_an_added_token_and_none_at_its_beginning()
    {
        ITokenizer tokenizer = MadeTokenizers.Characters;
        Assert.Equal(
            [.. tokenizer.EncodeContinuation("the"), 2, .. tokenizer.Encode("the")], tokenizer.EncodeContinuation("the</s>the"));
    }

    [Fact]
    public void Bytes_of_neighbouring_characters_merge_also_in_a_long_text()
    {
        const int Letters = 40;
        JsonNode json = JsonNode.Parse(MadeTokenizers.OfCharacters[TokenizerFile.FileName])!;
        json["model"]!["vocab"]!["<0xA9><0xC3>"] = json["model"]!["vocab"]!.AsObject().Count;
        json["model"]!["merges"]!.AsArray().Add("<0xA9> <0xC3>");
        ITokenizer tokenizer =
            PretrainedTokenizer.Parse(MadeTokenizers.OfCharacters.With(TokenizerFile.FileName, json.ToJsonString()), "made");
        Assert.Equal(1 + (Letters + 1), tokenizer.Encode(new string('\u00E9', Letters)).Length);
    }

    [Theory]
    [InlineData(new[] { 0xE6, 0x97, 0xA5 }, "日")]
    [InlineData(new[] { 0xE6, 0x97 }, "\uFFFD\uFFFD")]
    [InlineData(new[] { 0xE6, 0x97, 0xA5, 0xFF }, "\uFFFD\uFFFD\uFFFD\uFFFD")]
    public void Bytes_that_are_no_character_as_a_whole_read_as_one_replacement_each(int[] bytes, string text) => Assert.Equal(
        text, MadeTokenizers.Characters.Decode((ReadOnlySpan<int>)[.. bytes.Select(value => value + 3)]));

    [Fact]
    public void A_cache_that_was_full_says_nothing_of_what_it_held()
    {
        const int Pieces = 100_000;
        var cache = new PieceCache();
        for (int i = 0; i < Pieces; i++)
        {
            cache.Add(Piece(i), [i, i]);
        }

        int kept = 0;
        for (int i = 0; i < Pieces; i++)
        {
            if (cache.TryFind(Piece(i), out ReadOnlySpan<int> ids))
            {
                Assert.Equal([i, i], ids.ToArray());
                kept++;
            }
        }

        Assert.InRange(kept, 1, Pieces - 1);

        static string Piece(int i) => i.ToString(CultureInfo.InvariantCulture);
    }
}
