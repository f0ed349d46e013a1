using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Interop.Tests.Tokenizers;

/// <summary>
/// The tokenizers of real models do what Hugging Face's own library does. RLCORE_MAX_TEST raises the number of random texts.
/// </summary>
public class RealTokenizerLaws
{
    private const int RandomTexts = 1000;

    public static TheoryData<string> Names => RealTokenizers.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_and_texts_are_those_of_Hugging_Faces_library(string name) =>
        Comparison.Run(name, RealTokenizers.Folder(name), Cases.AtLeast(RandomTexts));

    [Theory]
    [MemberData(nameof(Names))]
    public void Spans_tile_the_text_in_its_order(string name)
    {
        var tokenizer = Assert.IsType<PretrainedTokenizer>(TokenizerFile.ReadFolder(RealTokenizers.Folder(name), 0));
        foreach (string text in Corpus.Texts(7, RandomTexts, [.. tokenizer.AddedTokens]))
        {
            int[] ids = tokenizer.Encode(text, out TokenSpan[] spans);
            Assert.Equal(((ITokenizer)tokenizer).Encode(text), ids);
            Assert.Equal(ids.Length, spans.Length);
            int covered = 0;
            foreach (TokenSpan span in spans)
            {
                Assert.InRange(span.Start, 0, covered);
                Assert.InRange(span.End, span.Start, text.Length);
                covered = Math.Max(covered, span.End);
            }

            Assert.Equal(text.Length, covered);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Pieces_of_a_stream_are_the_whole_text_and_never_half_a_character(string name)
    {
        var tokenizer = Assert.IsType<PretrainedTokenizer>(TokenizerFile.ReadFolder(RealTokenizers.Folder(name), 0));
        foreach (string text in Corpus.Texts(8, RandomTexts, [.. tokenizer.AddedTokens]))
        {
            int[] ids = ((ITokenizer)tokenizer).Encode(text);
            StreamingDecoder decoder = tokenizer.StartDecoding();
            string[] pieces = [.. ids.Select(decoder.Append), decoder.Finish()];
            Assert.Equal(tokenizer.Decode((ReadOnlySpan<int>)ids), string.Concat(pieces));
            Assert.All(pieces, piece => Assert.Equal(Corpus.WithoutLoneSurrogates(piece), piece));
            int start = ids.Length / 2;
            Assert.EndsWith(tokenizer.DecodeFrom(ids, start), string.Concat(pieces), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(RealTokenizers.Stories, "1", "1")]
    [InlineData("llama2", "1", "2")]
    [InlineData("llama3_1", "128000", "128009")]
    [InlineData("qwen3", "", "151645")]
    [InlineData("gptoss", "", "200002")]
    [InlineData("gemma3", "2", "106")]
    public void Beginning_and_end_are_the_models(string name, string beginning, string ends)
    {
        ITokenizer tokenizer = TokenizerFile.ReadFolder(RealTokenizers.Folder(name), 0);
        Assert.Equal((beginning, ends), (string.Join(' ', tokenizer.Beginning), string.Join(' ', tokenizer.Ends)));
    }
}
