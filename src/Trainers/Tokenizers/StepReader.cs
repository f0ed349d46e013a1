using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tokenizers;

/// <summary>Finds the steps of completions: while one is drawn, and in a whole one. Both find the same.</summary>
/// <param name="end">Where a step ends.</param>
/// <exception cref="ArgumentException">The end's pattern cannot be used.</exception>
internal sealed class StepReader(StepEnd end)
{
    private readonly Func<string, int, bool> _isComplete = end.Completeness();

    /// <summary>Where a step ends.</summary>
    public StepEnd End => end;

    /// <summary>
    /// Whether the last token of a step that is being drawn has completed it. The next token is then the first of the next step.
    /// </summary>
    /// <param name="textOfStep">The whole characters of the step's tokens so far, as <see cref="WholeCharacters"/> tells them.</param>
    /// <param name="tokensOfStep">How many tokens they are.</param>
    public bool IsComplete(string textOfStep, int tokensOfStep) => _isComplete(textOfStep, tokensOfStep);

    /// <summary>
    /// The steps of a whole completion. The last one ends with the completion; what has no text but white space at its end, such as the end
    /// of sequence, belongs to the step before it.
    /// </summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="sequence">Prompt and completion.</param>
    /// <returns>
    /// For each step, the number of tokens of the completion up to its end: increasing, the last being the length of the completion. None
    /// for an empty completion.
    /// </returns>
    public int[] Ends(ITokenizer tokenizer, TokenSequence sequence)
    {
        var characters = new WholeCharacters(tokenizer, sequence.Tokens[..sequence.PromptLength]);
        var ends = new List<int>();
        string text = "", last = "";
        int start = 0;
        for (int at = 1; at <= sequence.CompletionLength; at++)
        {
            text += characters.Append(sequence.Completion[at - 1]);
            if (IsComplete(text, at - start))
            {
                ends.Add(at);
                (last, text, start) = (text, "", at);
            }
        }

        if (start < sequence.CompletionLength)
        {
            last = text + characters.Finish();
            ends.Add(sequence.CompletionLength);
        }

        // A number of tokens may end a step that is the end of sequence alone.
        if (ends.Count > 1 && string.IsNullOrWhiteSpace(last))
        {
            ends.RemoveAt(ends.Count - 2);
        }

        return [.. ends];
    }
}
