using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Models;
using RlCore.Trainers.Serving;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Serving;

/// <summary>Prompts that are read together are read as each alone, to the last bit.</summary>
public sealed class ContinuousBatchLaws
{
    private static readonly CharacterTokenizer Tokenizer = new("abcdefghijklmnop");
    private static readonly int[] Lengths = [5, 1, 30, 3, 17, 5];

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("qwen3")]
    public void Prompts_of_any_lengths_have_the_bits_that_each_has_alone(string shape)
    {
        using var engine = new ManagedEngine(new ManagedEngineOptions { Threads = 2 });
        using var model = Decoder<ManagedTensor>.Create(
            engine, ModelShapes.Of(shape) with { Context = 64 }, Tokenizer.VocabularySize, 5);
        int[][] prompts = [.. Lengths.Select((length, i) =>
            Enumerable.Range(0, length).Select(place => ((7 * place) + (3 * i)) % 16).ToArray())];
        string[][] alone = [.. prompts.Select((prompt, i) => Draw(engine, model, [[(prompt, i, 1)]])[0])];
        Assert.True(alone.Select(pieces => pieces.Length).Distinct().Count() > 1);

        (int[] Prompt, int Seed, int Choices)[] all = [.. prompts.Select((prompt, i) => (prompt, i, 1))];

        // All in one pass, and some while others are being drawn.
        Assert.Equal(alone, Draw(engine, model, [all]));
        Assert.Equal(alone, Draw(engine, model, [all[..2], all[2..3], all[3..]]));
    }

    [Fact]
    public void A_prompt_of_several_completions_is_read_once_for_all()
    {
        using var engine = new ManagedEngine();
        using var model = Decoder<ManagedTensor>.Create(
            engine, ModelShapes.Of("llama") with { Context = 64 }, Tokenizer.VocabularySize, 5);
        int[] prompt = [1, 2, 3, 4];
        string[][] one = Draw(engine, model, [[(prompt, 9, 1)]]), many = Draw(engine, model, [[(prompt, 9, 3)]]);
        Assert.Equal(one[0], many[0]);
        Assert.Equal(3, many.Distinct().Count());
    }

    // For each completion, its tokens with their log-probs; a group of prompts joins before each step.
    private static string[][] Draw(
        ManagedEngine engine, Decoder<ManagedTensor> model, (int[] Prompt, int Seed, int Choices)[][] groups)
    {
        using var batch = new ContinuousBatch<ManagedTensor>(engine, model, 8, 64);
        var drawn = new List<List<string>>();
        foreach (var group in groups)
        {
            batch.Join([.. group.Select(one => new JoiningPrompt(
                one.Prompt, [.. Enumerable.Range(0, one.Choices).Select(choice => Row(one.Prompt, one.Seed, choice, drawn))]))]);
            batch.Step();
        }

        while (batch.Count > 0)
        {
            batch.Step();
        }

        return [.. drawn.Select(pieces => pieces.ToArray())];
    }

    private static BatchRow Row(int[] prompt, int seed, int choice, List<List<string>> drawn)
    {
        var pieces = new List<string>();
        drawn.Add(pieces);
        var request = new TextRequest(prompt) { Seed = (ulong)seed, TopLogProbs = 2, Sampling = new SamplingOptions { Temperature = 1.5 } };
        return new BatchRow(
            request,
            choice,
            seed == 1 ? 1 : 4 + (5 * seed), // One ends with its first token.
            Tokenizer,
            piece => pieces.Add($"{piece.Token} {piece.Score!.LogProb:R} {string.Join(' ', piece.Score.Top)}"),
            CancellationToken.None);
    }
}
