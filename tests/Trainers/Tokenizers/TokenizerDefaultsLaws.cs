using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tests.Tokenizers;

/// <summary>What a tokenizer of a program's own gets without writing it.</summary>
public class TokenizerDefaultsLaws
{
    private static readonly ITokenizer Plain = new CharacterTokenizer("ab👍");

    private static readonly ITokenizer Folding = new FoldingTokenizer();

    [Fact]
    public void Tokens_lie_where_their_texts_do()
    {
        Assert.Equal([1, 3, 2], Plain.Encode("a👍b", out TokenSpan[] spans));
        Assert.Equal([new(0, 1), new(1, 3), new(3, 4)], spans);
    }

    [Theory]
    [InlineData("Ab")]
    [InlineData("aB")]
    [InlineData("ABAB")]
    public void Tokens_that_do_not_read_as_the_text_lie_nowhere(string text)
    {
        Assert.Equal(text.Length, Folding.Encode(text).Length);
        Assert.Throws<NotSupportedException>(() => Folding.Encode(text, out _));
    }

    // Takes capitals, and reads them back as small letters.
    private sealed class FoldingTokenizer : ITokenizer
    {
        public int VocabularySize => Plain.VocabularySize;

        public int EndOfSequence => Plain.EndOfSequence;

        public bool TryEncode(string text, out int[] tokens, out int firstUnknown) =>
            Plain.TryEncode(text.ToLowerInvariant(), out tokens, out firstUnknown);

        public string Decode(ReadOnlySpan<int> tokens) => Plain.Decode(tokens);

        public string Describe() => "tokenizer that folds case";

        public string ToJson() => Plain.ToJson();
    }
}
