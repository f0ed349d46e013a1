using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

public class CompositionLaws
{
    // Golden: unicodedata.normalize("NFC", …) of Python 3.
    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("e\u0302\u0323", "\u1EC7")]
    [InlineData("e\u0323\u0302", "\u1EC7")]
    [InlineData("e\u030E\u0301", "e\u030E\u0301")]
    [InlineData("a\u0315\u0300\u05AE\u0301b", "\u00E0\u05AE\u0301\u0315b")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0928\u093C", "\u0929")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\u1100\u0301\u1161", "\u1100\u0301\u1161")]
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    public void A_text_is_composed_as_form_C_says(string text, string composed)
    {
        var aligned = new AlignedText();
        aligned.Set(text, aligned: true);
        new CompositionNormalizer().Apply(aligned, prefixes: true, first: true);
        Assert.Equal(composed, aligned.Chars.ToString());
        Assert.Equal((0, text.Length), (aligned.Start(0), aligned.End(composed.Length - 1)));
    }
}
