using System.Diagnostics;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Bench;

/// <summary>A beam search whose thoughts share what was read, beside one that reads every thought anew, for the same tokens.</summary>
internal static class SearchSharing
{
    private const int Steps = 6, StepTokens = 16, Width = 8, Rounds = 5;

    /// <summary>Prints a line for each length of the prompt.</summary>
    public static void Print()
    {
        using var engine = new ManagedEngine();
        Console.WriteLine(engine.Description);
        Console.WriteLine($"beam search, width {Width}, {Steps} steps of {StepTokens} tokens, median of {Rounds}");
        foreach (int prompt in (int[])[32, 128, 512])
        {
            int capacity = prompt + (Steps * StepTokens);
            var settings = new ModelSettings { Layers = 6, Width = 384, Heads = 6, Context = capacity, InitStd = 0.02 };
            var tokenizer = new CharacterTokenizer(string.Concat(Enumerable.Range(' ', 95).Select(code => (char)code)));
            using var model = Decoder<ManagedTensor>.Create(engine, settings, tokenizer.VocabularySize, 1);
            var shared = new List<double>();
            var anew = new List<double>();
            for (int round = -1; round < Rounds; round++)
            {
                var (with, text) = Run(engine, model, tokenizer, new SearchLimits(capacity, 256, 256), prompt);
                var (without, other) = Run(engine, model, tokenizer, new SearchLimits(capacity, 0, 256), prompt);
                if (text != other)
                {
                    throw new InvalidOperationException($"The searches found different thoughts: {text} and {other}.");
                }

                if (round >= 0)
                {
                    shared.Add(with);
                    anew.Add(without);
                }
            }

            double median = shared.Order().ElementAt(Rounds / 2), unshared = anew.Order().ElementAt(Rounds / 2);
            Console.WriteLine(
                $"prompt of {prompt,4} tokens: shared {1000 * median,7:F1} ms, anew {1000 * unshared,7:F1} ms, {unshared / median:F2}x");
        }
    }

    private static (double Seconds, string Found) Run(
        ManagedEngine engine, Decoder<ManagedTensor> model, CharacterTokenizer tokenizer, SearchLimits limits, int prompt)
    {
        var question = new Question(new string('a', prompt), "", "", 0);
        var drawing = new ThoughtDrawing(new StepReader(new StepEnd.Tokens(StepTokens)), new SamplingOptions(), 1);
        using var drawer = new ThoughtDrawer<ManagedTensor>(engine, model, tokenizer, drawing, limits);
        using var problem = new Scores();
        var thoughts = new ThoughtProblem<ManagedTensor>(
            drawer, problem, new ThoughtTexts(tokenizer, text => text), [question], Steps * StepTokens, CancellationToken.None);
        var clock = Stopwatch.StartNew();
        var result = new BeamSearch(Width, 2).Run(thoughts, thoughts.Begin(0), long.MaxValue / 4);
        return (clock.Elapsed.TotalSeconds, string.Join('|', result.Nodes.Select(node => thoughts.TextOf(node.Thought))));
    }

    // Scores that cost nothing, so that the drawing is measured.
    private sealed class Scores : IThoughtScorer
    {
        public int TokensToScore(Thought known, Thought thought) => 0;

        public IReadOnlyList<double> Score(IReadOnlyList<Thought> thoughts, CancellationToken stop) =>
            [.. thoughts.Select(thought => (thought.Tokens.Sum(token => (long)token * 7919) % 1000) / 1000.0)];

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
