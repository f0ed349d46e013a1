using FsCheck.Fluent;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Tokenizers;

public class CharacterTokenizerLaws
{
    private const string Known = "0123456789+= é→";

    [Fact]
    public void Decoding_undoes_encoding() =>
        Laws.Hold(Laws.TextOf(Known, 30), text => new CharacterTokenizer(Known).Decode(new CharacterTokenizer(Known).Encode(text)) == text);

    [Fact]
    public void No_text_encodes_to_the_end_of_sequence() =>
        Laws.Hold(Laws.TextOf(Known, 30), text => !new CharacterTokenizer(Known).Encode(text).Contains(0));

    [Fact]
    public void The_first_unknown_character_is_found_by_its_index() => Laws.Hold(
        from before in Laws.TextOf(Known, 10)
        from after in Laws.TextOf(Known + "x", 10)
        select (before, after),
        parts => !new CharacterTokenizer(Known).TryEncode($"{parts.before}x{parts.after}", out _, out int index)
            && index == parts.before.Length);

    [Fact]
    public void Ids_follow_the_order_of_the_characters_after_the_end_of_sequence()
    {
        var tokenizer = new CharacterTokenizer("ba");
        Assert.Equal([2, 1, 2], tokenizer.Encode("aba"));
        Assert.Equal((3, 0), (tokenizer.VocabularySize, tokenizer.EndOfSequence));
        Assert.Equal("ba", tokenizer.Decode([1, 0, 2, 0]));
    }

    [Fact]
    public void A_character_outside_the_basic_plane_is_one_token()
    {
        var tokenizer = new CharacterTokenizer("😀a");
        Assert.Equal([2, 1, 2], tokenizer.Encode("a😀a"));
        Assert.True(CharacterTokenizer.TryFindProblem("a\ud83d", out string found));
        Assert.Equal("half of a surrogate pair at position 2", found);
        Assert.False(tokenizer.TryEncode("a😀\ud83d", out _, out int index));
        Assert.Equal(3, index);
    }

    [Fact]
    public void Its_file_reads_back_as_an_equal_tokenizer()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = new CharacterTokenizer("0+\"\\<😀\n");
        string file = folder.Write(TokenizerFile.FileName, tokenizer.ToJson());
        Assert.Equal(tokenizer, TokenizerFile.Read(file));
        Assert.Equal(tokenizer.ToJson(), TokenizerFile.Read(file).ToJson());
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string json = new CharacterTokenizer("0123").ToJson();
        for (int length = 0; length < json.TrimEnd().Length; length++)
        {
            string file = folder.Write(TokenizerFile.FileName, json[..length]);
            Assert.StartsWith(file, Assert.Throws<InputException>(() => TokenizerFile.Read(file)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "no characters")]
    [InlineData("aba", "'a' (U+0061) twice")]
    public void Characters_occur_once_each(string characters, string found)
    {
        Assert.True(CharacterTokenizer.TryFindProblem(characters, out string problem));
        Assert.Equal(found, problem);
        Assert.Throws<ArgumentException>(() => new CharacterTokenizer(characters));
    }
}
