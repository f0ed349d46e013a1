using RlCore.Algebra;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.SideBySide.Cases;

/// <summary>What all sides are given besides the weights.</summary>
internal static class BenchData
{
    /// <summary>Seed of everything that is random.</summary>
    public const int Seed = 1;

    /// <summary>Updates whose losses are compared before anything is measured.</summary>
    public const int ComparedSteps = 3;

    /// <summary>Tokens after a prompt whose mean loss is compared.</summary>
    public const int ComparedTokens = 32;

    /// <summary>The optimizer of training steps.</summary>
    public static OptimizerSettings Optimizer { get; } = new() { LearningRate = 1e-4, WeightDecay = 0.01, MaxGradientNorm = 1 };

    /// <summary>Sequences of random tokens: each but the last of a sequence predicts the next.</summary>
    /// <param name="count">Sequences.</param>
    /// <param name="time">Tokens that are read.</param>
    /// <param name="vocabularySize">Number of tokens of the vocabulary.</param>
    public static TokenSequence[] Sequences(int count, int time, int vocabularySize)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, count).Select(_ => new TokenSequence(Tokens(random, time + 1, vocabularySize), 1))];
    }

    /// <summary>Prompts of random tokens.</summary>
    /// <param name="one">The case.</param>
    public static int[][] Prompts(BenchCase.Decoding one)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, one.Batch).Select(_ => Tokens(random, one.Prompt, one.Model.VocabularySize))];
    }

    /// <summary>Tokens that follow the prompts, whose loss the sides compare: one for each prompt at each step.</summary>
    /// <param name="one">The case.</param>
    public static int[][] Continuations(BenchCase.Decoding one)
    {
        var random = new Random(Seed + 1);
        return [.. Enumerable.Range(0, ComparedTokens).Select(_ => Tokens(random, one.Batch, one.Model.VocabularySize))];
    }

    /// <summary>Hidden states.</summary>
    /// <param name="one">The case.</param>
    public static float[] Hidden(BenchCase.LogProbs one) => Normal(one.Tokens * one.Width, 1, 0);

    /// <summary>An output head, for logits of about one.</summary>
    /// <param name="one">The case.</param>
    public static float[] Head(BenchCase.LogProbs one) => Normal(one.VocabularySize * one.Width, 1 / Math.Sqrt(one.Width), 1);

    /// <summary>Tokens whose log-probs are asked for.</summary>
    /// <param name="one">The case.</param>
    public static int[] Targets(BenchCase.LogProbs one) => Tokens(new Random(Seed), one.Tokens, one.VocabularySize);

    /// <summary>Normal numbers.</summary>
    /// <param name="count">How many.</param>
    /// <param name="deviation">Their standard deviation.</param>
    /// <param name="row">Which of several such arrays.</param>
    public static float[] Normal(int count, double deviation, uint row)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(deviation * Philox.Normal(Seed, RandomPurpose.Initialization, 0, row, (uint)i));
        }

        return values;
    }

    /// <summary>Random tokens.</summary>
    /// <param name="random">Random numbers.</param>
    /// <param name="count">How many.</param>
    /// <param name="vocabularySize">Number of tokens of the vocabulary.</param>
    public static int[] Tokens(Random random, int count, int vocabularySize) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabularySize))];
}
