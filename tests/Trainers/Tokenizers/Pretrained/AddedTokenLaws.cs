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

    private static bool Finds(string flag, string text) =>
        ((ITokenizer)With(flag)).Encode(text).Contains(MadeTokenizers.Bytes.Ends[0] + 1);

    private static PretrainedTokenizer With(string flag)
    {
        string json = MadeTokenizers.OfBytes[TokenizerFile.FileName];
        return PretrainedTokenizer.Parse(
            MadeTokenizers.OfBytes.With(
                TokenizerFile.FileName, json.Replace($"\"{flag}\": false", $"\"{flag}\": true", StringComparison.Ordinal)),
            "made");
    }
}
