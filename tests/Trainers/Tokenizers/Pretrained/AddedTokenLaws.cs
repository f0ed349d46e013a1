using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

/// <summary>The flags of added tokens, as Hugging Face's tokenizers library reads them.</summary>
public class AddedTokenLaws
{
    private const string Token = "<|im_end|>";

    // What counts as part of a word is \w of Rust's regular expressions.
    [Theory]
    [InlineData("a", true)]
    [InlineData("日", true)]
    [InlineData("\u0301", true)]
    [InlineData("٣", true)]
    [InlineData("Ⅷ", true)]
    [InlineData("_", true)]
    [InlineData("\u200D", true)]
    [InlineData("ⓜ", true)]
    [InlineData("\U0001F130", true)]
    [InlineData("\U0001F169", true)]
    [InlineData("\U0001F189", true)]
    [InlineData("\U0001F16A", false)]
    [InlineData("½", false)]
    [InlineData("-", false)]
    [InlineData(" ", false)]
    [InlineData("👍", false)]
    public void A_single_word_touches_no_other_word(string neighbour, bool isWord)
    {
        Assert.Equal(!isWord, Finds("single_word", neighbour + Token));
        Assert.Equal(!isWord, Finds("single_word", Token + neighbour));
        Assert.Equal(!isWord, Finds("single_word", neighbour + Token + neighbour));
    }

    [Fact]
    public void The_space_between_two_tokens_that_both_strip_it_is_taken_by_the_first()
    {
        int end = MadeTokenizers.Bytes.Ends[0] + 1;
        ITokenizer tokenizer = With("lstrip", "rstrip");
        Assert.Equal([end, end, .. tokenizer.Encode("x")], tokenizer.Encode($"{Token}  {Token} x"));
        tokenizer.Encode($"  {Token}  {Token}", out TokenSpan[] spans);
        int first = 2 + Token.Length + 2;
        Assert.Equal([(0, first), (first, first + Token.Length)], spans.Select(span => (span.Start, span.End)));
    }

    private static bool Finds(string flag, string text) =>
        ((ITokenizer)With(flag)).Encode(text).Contains(MadeTokenizers.Bytes.Ends[0] + 1);

    private static PretrainedTokenizer With(params string[] flags)
    {
        string json = flags.Aggregate(
            MadeTokenizers.OfBytes[TokenizerFile.FileName],
            (text, flag) => text.Replace($"\"{flag}\": false", $"\"{flag}\": true", StringComparison.Ordinal));
        return PretrainedTokenizer.Parse(MadeTokenizers.OfBytes.With(TokenizerFile.FileName, json), "made");
    }
}
