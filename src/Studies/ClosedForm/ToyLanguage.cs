using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Studies.ClosedForm;

/// <summary>
/// A language that can be enumerated: two letters and an end, two prompts of one letter, completions of at most three tokens.
/// Its reference policy and its rewards are fixed, so that the best policy for any β is known.
/// </summary>
public static class ToyLanguage
{
    /// <summary>Maximum tokens per completion, including the end.</summary>
    public const int MaxCompletionTokens = 3;

    private const int Context = 1 + MaxCompletionTokens;
    private const ulong ReferenceSeed = 20;
    private const double ReferenceStd = 0.7;

    /// <summary>Its tokenizer: the end is 0, "a" 1, "b" 2.</summary>
    public static CharacterTokenizer Tokenizer { get; } = new("ab");

    /// <summary>Its prompts.</summary>
    public static IReadOnlyList<Question> Questions { get; } = [new("a", "-", "", 0), new("b", "-", "", 0)];

    /// <summary>Every completion of a prompt, 15 of them: those that end, and those that are cut off at three letters.</summary>
    /// <param name="prompt">Index of the prompt.</param>
    public static IReadOnlyList<TokenSequence> Completions(int prompt)
    {
        int start = Tokenizer.Encode(Questions[prompt].Prompt)[0];
        var complete = new List<TokenSequence>();
        Grow([start], complete);
        return complete;
    }

    /// <summary>
    /// The reward of a completion's text: log 3 times 0, 1 or 2. Bradley–Terry then prefers one completion to another with the
    /// probability ½, ¾ or 9/10, which a finite dataset can state exactly.
    /// </summary>
    /// <param name="prompt">Prompt.</param>
    /// <param name="completion">Completion without its end.</param>
    public static double Reward(string prompt, string completion) => Math.Log(3) * Grade(prompt, completion);

    /// <summary>A new policy that starts as the reference.</summary>
    /// <param name="engine">Where it lives.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static TabularPolicy<T> Reference<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        var logits = new float[PrefixTable.Count(Tokenizer.VocabularySize, Context) * Tokenizer.VocabularySize];
        for (int i = 0; i < logits.Length; i++)
        {
            logits[i] = (float)(ReferenceStd * Philox.Normal(ReferenceSeed, RandomPurpose.Initialization, 0, 0, (uint)i));
        }

        return new TabularPolicy<T>(engine, Tokenizer.VocabularySize, Context, logits);
    }

    /// <summary>The log-prob of every completion of a prompt under a policy, exactly.</summary>
    /// <param name="logits">The policy's table.</param>
    /// <param name="prompt">Index of the prompt.</param>
    public static double[] LogProbs(ReadOnlySpan<float> logits, int prompt)
    {
        int vocabulary = Tokenizer.VocabularySize;
        var completions = Completions(prompt);
        var result = new double[completions.Count];
        for (int i = 0; i < result.Length; i++)
        {
            int[] tokens = completions[i].Tokens;
            for (int position = 1; position < tokens.Length; position++)
            {
                int row = PrefixTable.RowOf(tokens.AsSpan(0, position), vocabulary);
                result[i] += LogSoftmaxAt(logits.Slice(row * vocabulary, vocabulary), tokens[position]);
            }
        }

        return result;
    }

    /// <summary>The reward of every completion of a prompt.</summary>
    /// <param name="prompt">Index of the prompt.</param>
    public static double[] Rewards(int prompt) =>
        [.. Completions(prompt).Select(sequence => Reward(Questions[prompt].Prompt, Text(sequence)))];

    /// <summary>The completion's text without its end.</summary>
    /// <param name="sequence">Prompt and completion.</param>
    public static string Text(TokenSequence sequence)
    {
        var tokens = sequence.Completion;
        return Tokenizer.Decode(tokens[^1] == Tokenizer.EndOfSequence ? tokens[..^1] : tokens);
    }

    private static int Grade(string prompt, string completion) => prompt switch
    {
        // "a" asks for the letter b, at most two of them; "b" asks for a short completion, best an empty one.
        "a" => Math.Min(2, completion.Count('b')),
        _ => Math.Max(0, 2 - completion.Length),
    };

    private static void Grow(int[] sequence, List<TokenSequence> complete)
    {
        bool ended = sequence.Length > 1 && sequence[^1] == Tokenizer.EndOfSequence;
        if (ended || sequence.Length == Context)
        {
            complete.Add(new TokenSequence(sequence, 1));
            return;
        }

        for (int token = 0; token < Tokenizer.VocabularySize; token++)
        {
            Grow([.. sequence, token], complete);
        }
    }

    private static double LogSoftmaxAt(ReadOnlySpan<float> logits, int token)
    {
        var reals = new Real[logits.Length];
        for (int i = 0; i < reals.Length; i++)
        {
            reals[i] = logits[i];
        }

        return (double)Categorical.LogSoftmax<Real>(reals)[token];
    }
}
