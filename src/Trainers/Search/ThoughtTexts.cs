using System.Text.RegularExpressions;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Search;

/// <summary>What is said between thoughts, and how answers are read.</summary>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="ReadAnswer">The answer in a completion, in canonical form; empty if there is none.</param>
internal sealed partial record ThoughtTexts(ITokenizer Tokenizer, Func<string, string> ReadAnswer)
{
    /// <summary>Stands for the question's prompt.</summary>
    public const string Prompt = "{prompt}";

    /// <summary>Stands for the completions so far.</summary>
    public const string Thoughts = "{answer}";

    /// <summary>Stands for what was said of them.</summary>
    public const string Remark = "{critique}";

    /// <summary>The prompt of a critique; empty for none.</summary>
    public string Critique { get; init; } = "";

    /// <summary>The prompt of a new answer.</summary>
    public string Revision { get; init; } = "";

    /// <summary>The prompt of a thought that is made of several.</summary>
    public string Merging { get; init; } = "";

    /// <summary>What stands between thoughts that are merged.</summary>
    public string Between { get; init; } = "\n";

    /// <summary>What ends the thinking, so that the answer follows.</summary>
    public string ThoughtEnd { get; init; } = "";

    /// <summary>The word that continues a thought that has ended early.</summary>
    public string Continue { get; init; } = "";

    /// <summary>A prompt.</summary>
    /// <param name="template">Its template.</param>
    /// <param name="question">The question.</param>
    /// <param name="thoughts">The completions so far.</param>
    /// <param name="remark">What was said of them.</param>
    public static string Fill(string template, Question question, string thoughts, string remark = "") =>
        Names().Replace(template, name => name.Value switch
        {
            Prompt => question.Prompt,
            Thoughts => thoughts,
            _ => remark,
        });

    /// <summary>What a template says itself.</summary>
    /// <param name="template">The template.</param>
    public static string Without(string template) => Names().Replace(template, "");

    /// <summary>Refuses texts that a tokenizer does not know.</summary>
    /// <param name="texts">Each with its key.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    public static void Check(IEnumerable<(string Key, string Text)> texts, ITokenizer tokenizer, Action<string, string, string> add)
    {
        foreach (var (key, text) in texts)
        {
            string plain = Without(text);
            if (plain.Length > 0 && !tokenizer.TryEncode(plain, out _, out int unknown))
            {
                add(
                    key,
                    $"{Characters.At(plain, unknown)} in {Characters.Quote(text)}",
                    $"characters of the model's {tokenizer.Describe()}");
            }
        }
    }

    /// <summary>The text of a thought's completion, without the end of sequence.</summary>
    /// <param name="thought">The thought.</param>
    public string TextOf(Thought thought) => CompletionText.Of(new SampledCompletion(thought.Sequence, [], thought.Ended), Tokenizer);

    /// <summary>The tokens of what is given.</summary>
    /// <param name="given">The text.</param>
    public int[] Tokens(string given) => given.Length == 0 ? [] : Tokenizer.EncodeContinuation(given);

    // A template is filled in once: what is put in is not looked at again.
    [GeneratedRegex(@"\{(prompt|answer|critique)\}")]
    private static partial Regex Names();
}
