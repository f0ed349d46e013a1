using System.Text;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Rollouts;

/// <summary>A stream of tokens is the completion that a sampler draws, and reads nothing twice that it need not.</summary>
public sealed class TokenStreamLaws
{
    private const int Vocabulary = 9;
    private const int EndOfSequence = 0;

    private static readonly SamplingAddress Address = new(7, RandomPurpose.Generation, 3, 2);

    public static TheoryData<string, double> Shapes
    {
        get
        {
            var shapes = new TheoryData<string, double>();
            ModelShapes.Names.ToList().ForEach(name => shapes.Add(name, 0));
            ModelShapes.Names.ToList().ForEach(name => shapes.Add(name, 1));
            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_turn_draws_what_a_sampler_draws_and_reads_only_what_is_new(string shape, double temperature)
    {
        using var engine = new ManagedEngine();
        using var model = Decoder<ManagedTensor>.Create(engine, ModelShapes.Of(shape) with { Context = 200 }, Vocabulary, 5);
        var options = new SamplingOptions { Temperature = temperature };
        bool hasEnded = false, wasCut = false;
        for (uint row = 0; row < 8; row++)
        {
            using var stream = new TokenStream<ManagedTensor>(engine, model, [EndOfSequence]);
            var sampler = new CompletionSampler<ManagedTensor>(engine, model, [EndOfSequence]);
            int[] prompt = [1, 2, 3];
            for (uint turn = 0; turn < 4; turn++)
            {
                SamplingAddress address = Address with { FirstRow = row, Step = turn };
                int[] whole = sampler.Draw([prompt], 1, 9, options, address)[0].Sequence.Tokens.ToArray();
                int[] drawn = [.. stream.Draw(prompt, 9, options, address)];
                Assert.Equal(whole, prompt.Concat(drawn));
                Assert.Equal(whole.Length - 1, stream.TokensRead); // The last token is drawn and not read.
                hasEnded |= drawn[^1] == EndOfSequence;
                wasCut |= drawn[^1] != EndOfSequence;
                prompt = [.. whole, 4, (int)row];
            }
        }

        Assert.True(wasCut);
        Assert.True(hasEnded || temperature == 0);
    }

    [Theory]
    [InlineData(1, 2, 3)] // As before.
    [InlineData(1, 2)]
    [InlineData(1, 2, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8)]
    [InlineData(5)]
    public void A_prompt_that_does_not_begin_with_what_has_been_read_is_read_anew(params int[] prompt)
    {
        using var engine = new ManagedEngine();
        using var model = Decoder<ManagedTensor>.Create(engine, ModelShapes.Of("llama") with { Context = 64 }, Vocabulary, 5);
        using var stream = new TokenStream<ManagedTensor>(engine, model, []);
        var sampler = new CompletionSampler<ManagedTensor>(engine, model, []);
        Assert.Equal(9, stream.Draw([1, 2, 3], 9, new SamplingOptions(), Address).Count());
        Assert.Equal(
            sampler.Draw([prompt], 1, 9, new SamplingOptions(), Address)[0].Sequence.Tokens.ToArray()[prompt.Length..],
            stream.Draw(prompt, 9, new SamplingOptions(), Address));
    }

    [Fact]
    public void A_completion_that_outgrows_the_cache_goes_on_and_ends_with_the_context()
    {
        using var engine = new ManagedEngine();
        using var model = Decoder<ManagedTensor>.Create(engine, ModelShapes.Of("llama") with { Context = 600 }, Vocabulary, 5);
        using var stream = new TokenStream<ManagedTensor>(engine, model, []);
        int[] drawn = [.. stream.Draw([1, 2, 3], 10_000, new SamplingOptions(), Address)];
        Assert.Equal(597, drawn.Length);
        Assert.Equal(
            new CompletionSampler<ManagedTensor>(engine, model, []).Draw([[1, 2, 3]], 1, 10_000, new SamplingOptions(), Address)[0]
                .Sequence.Tokens.ToArray()[3..],
            drawn);
    }

    [Fact]
    public void Whole_characters_of_a_programs_own_tokenizer_are_told_as_soon_as_they_are_there()
    {
        const string Text = "größer ☃ 👍 \u0301e �\n";
        byte[] bytes = Encoding.UTF8.GetBytes("» " + Text);
        var characters = new WholeCharacters(new ByteTokenizer(), [.. bytes.Take(3).Select(value => (int)value)]);
        List<string> pieces = [.. bytes.Skip(3).Select(value => characters.Append(value))];
        Assert.Equal(Text, string.Concat(pieces) + characters.Finish());
        Assert.All(pieces, piece => Assert.Equal(piece, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece))));
        Assert.Equal(["g", "r", "", "ö", "", "ß", "e"], pieces.Take(7));
        characters.Append(0xE2);
        Assert.Equal(("", "\uFFFD"), (characters.Append(0x98), characters.Finish()));
    }

    private sealed class ByteTokenizer : ITokenizer
    {
        public int VocabularySize => 257;

        public int EndOfSequence => 256;

        public bool TryEncode(string text, out int[] tokens, out int firstUnknown)
        {
            firstUnknown = -1;
            tokens = [.. Encoding.UTF8.GetBytes(text).Select(value => (int)value)];
            return true;
        }

        public string Decode(ReadOnlySpan<int> tokens) =>
            Encoding.UTF8.GetString([.. tokens.ToArray().Where(token => token < 256).Select(token => (byte)token)]);

        public string Describe() => "tokenizer of bytes";

        public string ToJson() => "{}";
    }
}
