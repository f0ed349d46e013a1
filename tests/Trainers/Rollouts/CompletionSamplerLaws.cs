using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Rollouts;

/// <summary>What must hold of sampled completions on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class CompletionSamplerLaws<T>
    where T : struct, ITensor<T>
{
    private const int Vocabulary = 9;
    private const int EndOfSequence = 0;
    private const int MaxTokens = 6;

    private static readonly SamplingAddress Address = new(7, RandomPurpose.Rollout, 3);

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("qwen2")]
    public void A_completion_does_not_depend_on_the_batch_it_is_drawn_in(string shape)
    {
        using var engine = CreateEngine();
        using var model = Decoder<T>.Create(engine, ModelShapes.Of(shape), Vocabulary, 5);
        var sampler = new CompletionSampler<T>(engine, model, [EndOfSequence]);
        int[][] prompts = [[1, 2, 3], [4], [5, 6, 7, 8, 1], [2, 2]];
        var together = sampler.Draw(prompts, 3, MaxTokens, new SamplingOptions(), Address);
        for (int prompt = 0; prompt < prompts.Length; prompt++)
        {
            var alone = sampler.Draw(
                [prompts[prompt]],
                3,
                MaxTokens,
                new SamplingOptions(),
                Address with { FirstRow = (uint)(prompt * 3) });
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(alone[i].Sequence.Tokens, together[(prompt * 3) + i].Sequence.Tokens);
            }
        }
    }

    [Theory]
    [InlineData("gpt2", 1.0)]
    [InlineData("llama", 0.7)]
    public void Recorded_log_probs_are_those_of_a_full_forward(string shape, double temperature)
    {
        using var engine = CreateEngine();
        using var model = Decoder<T>.Create(engine, ModelShapes.Of(shape), Vocabulary, 6);
        var sampler = new CompletionSampler<T>(engine, model, [EndOfSequence]);
        int[][] prompts = [[1, 2, 3], [4], [5, 6, 7, 8, 1]];
        var drawn = sampler.Draw(prompts, 4, MaxTokens, new SamplingOptions { Temperature = temperature }, Address);
        ActionLogProbs scored = new PolicyPass<T>(engine, model, new PassLimits(5), temperature).LogProbs(
            [.. drawn.Select(d => d.Sequence)],
            PolicyRole.Current);
        for (int i = 0; i < drawn.Count; i++)
        {
            Assert.Equal(drawn[i].LogProbs.Length, scored.Mask.CountInRow(i));
            for (int t = 0; t < drawn[i].LogProbs.Length; t++)
            {
                Assert.Equal(drawn[i].LogProbs[t], scored.Values[(i * scored.Mask.Columns) + t], 1e-4f);
            }
        }
    }

    [Fact]
    public void A_completion_ends_at_the_end_of_sequence_or_at_its_limit()
    {
        using var engine = CreateEngine();
        using var model = Decoder<T>.Create(engine, ModelShapes.Of("gpt2"), Vocabulary, 8);
        var sampler = new CompletionSampler<T>(engine, model, [EndOfSequence]);
        var drawn = sampler.Draw([[1, 2], [3]], 64, MaxTokens, new SamplingOptions(), Address);
        Assert.Contains(drawn, d => d.Ended);
        Assert.Contains(drawn, d => !d.Ended);
        foreach (var completion in drawn)
        {
            int[] tokens = completion.Sequence.Completion.ToArray();
            Assert.Equal(completion.Ended, tokens[^1] == EndOfSequence);
            Assert.DoesNotContain(EndOfSequence, tokens[..^1]);
            Assert.True(completion.Ended || tokens.Length == MaxTokens, $"A completion of {tokens.Length} tokens stopped without its end.");
        }
    }

    [Fact]
    public void A_prompt_that_fills_the_context_gets_an_empty_completion()
    {
        using var engine = CreateEngine();
        var settings = ModelShapes.Of("gpt2");
        using var model = Decoder<T>.Create(engine, settings, Vocabulary, 8);
        var sampler = new CompletionSampler<T>(engine, model, [EndOfSequence]);
        int[] full = [.. Enumerable.Repeat(1, settings.Context)];
        var drawn = sampler.Draw([full, [1]], 1, MaxTokens, new SamplingOptions(), Address);
        Assert.Equal(0, drawn[0].Sequence.CompletionLength);
        Assert.True(drawn[1].Sequence.CompletionLength > 0, "The other prompt has room for a completion.");
    }

    protected abstract IEngine<T> CreateEngine();
}
