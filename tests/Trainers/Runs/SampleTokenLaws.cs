using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RlCore.Engines.Managed;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Stages;
using RlCore.Trainers.Tests.Tokenizers.Pretrained;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>The tokens in samples.csv are those that were drawn, and their texts are the completion.</summary>
public sealed class SampleTokenLaws
{
    private static readonly ITokenizer[] Tokenizers =
    [
        new CharacterTokenizer("ab ü☃"), MadeTokenizers.Bytes, MadeTokenizers.Characters, new Fickle(),
    ];

    [Property]
    public Property The_texts_of_tokens_are_the_completion_whatever_was_drawn() => Prop.ForAll(
        Gen.Choose(0, 9999).ListOf().ToArbitrary(),
        Gen.Choose(0, 4).ToArbitrary(),
        (drawn, prompt) =>
        {
            foreach (ITokenizer tokenizer in Tokenizers)
            {
                int[] all = [1, .. drawn.Select(number => number % tokenizer.VocabularySize)];
                int prompted = Math.Min(1 + prompt, all.Length);
                bool[] endings = prompted < all.Length ? [false, true] : [true];
                foreach (bool ended in endings)
                {
                    SampleRecord sample = Sample(tokenizer, all[..prompted], all[prompted..], ended);
                    IReadOnlyList<SampleToken> tokens = SampleTokens.Of([sample], tokenizer)[0].Tokens;
                    Assert.Equal(sample.Drawn!.Sequence.Completion.ToArray(), tokens.Select(token => token.Id));
                    Assert.Equal(sample.Completion, string.Concat(tokens.Select(token => token.Text)));
                    Assert.Equal(sample.Drawn.LogProbs, tokens.Select(token => token.LogProb));
                }
            }
        });

    [Fact]
    public void A_token_has_the_characters_that_it_completes_and_the_end_has_none()
    {
        int[] bytes = [.. Encoding.UTF8.GetBytes("aß👍b").Select(value => (int)value)];
        string[] Texts(bool ended) =>
            [.. SampleTokens.Of([Sample(new Bytes(), [97], bytes, ended)], new Bytes())[0].Tokens.Select(token => token.Text)];
        Assert.Equal(["a", "", "ß", "", "", "", "👍", "b"], Texts(ended: false));
        Assert.Equal(["a", "", "ß", "", "", "", "👍", "b", ""], Texts(ended: true));

        // What never becomes a character belongs to the last token that is text, and not to the end.
        bytes = [97, 0xF0, 0x9F];
        Assert.Equal(["a", "", "\uFFFD", ""], Texts(ended: true));
        bytes = [];
        Assert.Equal([""], Texts(ended: true));
    }

    [Property]
    public Property A_cell_reads_back_as_its_tokens() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<(int Id, float LogProb, float? Advantage)>().ListOf().Where(tokens => tokens.Count > 0).ToArbitrary(),
        drawn =>
        {
            string[] texts = ["", "a", "\"", "\\", "</script>", "\r\n", "👍", "\u202E", ",", "\u0001"];
            SampleToken[] tokens =
            [
                .. drawn.Select(token => new SampleToken(
                    token.Id,
                    texts[(uint)token.Id % texts.Length],
                    Finite(token.LogProb),
                    token.Advantage is { } some ? Finite(some) : null)),
            ];
            Assert.True(SampleTokens.TryRead(
                SampleTokens.Print(tokens), string.Concat(tokens.Select(token => token.Text)), out IReadOnlyList<SampleToken> read));
            Assert.Equal(tokens, read);
        });

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("[[1,\"4\",-0.5]")]
    [InlineData("{\"4\":1}")]
    [InlineData("[1,\"4\",-0.5]")]
    [InlineData("[[1,\"4\"]]")]
    [InlineData("[[1,\"4\",-0.5,1,2]]")]
    [InlineData("[[\"1\",\"4\",-0.5]]")]
    [InlineData("[[1.5,\"4\",-0.5]]")]
    [InlineData("[[1,4,-0.5]]")]
    [InlineData("[[1,\"4\",\"x\"]]")]
    [InlineData("[[1,\"4\",-0.5,true]]")]
    [InlineData("[[1,\"5\",-0.5]]")]
    [InlineData("[[1,\"4\",-0.5],[2,\"4\",-0.5]]")]
    public void What_is_no_list_of_the_completions_tokens_is_none(string cell)
    {
        Assert.False(SampleTokens.TryRead(cell, "4", out IReadOnlyList<SampleToken> tokens));
        Assert.Empty(tokens);
        Assert.True(SampleTokens.TryRead("[[1,\"\",null],[1,\"4\",-0.5,null]]", "4", out tokens));
        Assert.Equal(2, tokens.Count);
    }

    [Fact]
    public void A_number_that_is_none_is_null_in_a_cell_and_no_tokens_are_nothing()
    {
        Assert.Equal(
            "[[1,\"é</b>\",null,null],[2,\"\",-0.1]]",
            SampleTokens.Print([new SampleToken(1, "é</b>", float.NaN, float.PositiveInfinity), new SampleToken(2, "", -0.1f, null)]));
        Assert.Equal("", SampleTokens.Print([]));
    }

    [Theory]
    [InlineData("grpo")]
    [InlineData("ppo")]
    public void Each_token_has_the_policys_log_prob_before_the_step_and_its_own_advantage(string name)
    {
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = SampledToy.CreateModel(engine);
        OnPolicyAlgorithm algorithm = Algorithms.All[name] with { GroupSize = 4 };
        algorithm = algorithm with
        {
            KlPlacement = algorithm.KlPlacement with { KlCoefficient = 0 },
            Sampling = algorithm.Sampling with { Temperature = 0.8 },
            Value = algorithm.Value is { } value ? value with { Trunk = ValueTrunk.Shared } : null,
        };
        var settings = new OnPolicySettings
        {
            Name = "stage", Steps = 1, PromptsPerStep = 2, MaxCompletionTokens = 5, Algorithm = algorithm,
        };
        using var trainer = new OnPolicyTrainer<ManagedTensor>(
            engine, model, null, settings, SampledToy.Task with { Reward = new Graded() });
        using var untouched = SampledToy.CreateModel(engine);
        IReadOnlyList<SampleRecord> samples = SampleTokens.Of(trainer.Step(0).Samples, SampledToy.Tokenizer);
        Assert.True(samples.Select(sample => sample.Tokens.Count).Distinct().Count() > 1);
        foreach (SampleRecord sample in samples)
        {
            SampledCompletion drawn = sample.Drawn!;
            var exact = SampledToy.Exact(engine, untouched, drawn.Sequence, temperature: 0.8);
            for (int i = 0; i < sample.Tokens.Count; i++)
            {
                double expected = exact[drawn.Sequence.PromptLength - 1 + i][sample.Tokens[i].Id].Value;
                Assert.Equal(expected, sample.Tokens[i].LogProb, 1e-3);
            }

            // A group's advantage is that of all its tokens; with values each token has its own.
            float[] advantages = [.. sample.Tokens.Select(token => token.Advantage!.Value)];
            Assert.Equal((float)sample.Advantage, advantages[0]);
            Assert.True(name == "grpo" ? advantages.Distinct().Count() == 1 : advantages.Distinct().Count() == advantages.Length);
        }

        Assert.True(samples.Select(sample => sample.Advantage).Distinct().Count() > 1);
    }

    private static float Finite(float value) => float.IsFinite(value) ? value : 0.1f;

    private static SampleRecord Sample(ITokenizer tokenizer, int[] prompt, int[] drawn, bool ended)
    {
        int[] all = [.. prompt, .. drawn, .. ended ? [tokenizer.EndOfSequence] : Array.Empty<int>()];
        var completion = new SampledCompletion(
            new TokenSequence(all, prompt.Length), [.. all[prompt.Length..].Select((_, i) => -0.25f * i)], ended);
        return new SampleRecord("", "", CompletionText.Of(completion, tokenizer), 0, 0) { Drawn = completion };
    }

    private sealed class Graded : IReward
    {
        public string Name => "graded";

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) =>
            [.. batch.Select((sample, i) => sample.Completion.Length + (0.01 * i))];
    }

    /// <summary>A tokenizer of a program's own: each token is a byte.</summary>
    private class Bytes : ITokenizer
    {
        public int VocabularySize => 257;

        public int EndOfSequence => 256;

        public bool TryEncode(string text, out int[] tokens, out int firstUnknown)
        {
            (tokens, firstUnknown) = ([.. Encoding.UTF8.GetBytes(text).Select(value => (int)value)], -1);
            return true;
        }

        public virtual string Decode(ReadOnlySpan<int> tokens) =>
            Encoding.UTF8.GetString([.. tokens.ToArray().Where(token => token < 256).Select(token => (byte)token)]);

        public string Describe() => "bytes";

        public string ToJson() => "{}";
    }

    /// <summary>One that reads what it has read differently when more comes.</summary>
    private sealed class Fickle : Bytes
    {
        public override string Decode(ReadOnlySpan<int> tokens) =>
            tokens.Length == 0 ? "" : $"{tokens.Length}{base.Decode(tokens)}";
    }
}
