using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>Cuts rows that are longer than the context.</summary>
internal static class Truncation
{
    /// <summary>Whether something to learn, and a token before it, is left of a row that is cut.</summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="completion">Tokens of the completion, without the end of sequence.</param>
    /// <param name="context">Tokens that are left.</param>
    /// <param name="side">Where the row is cut.</param>
    public static bool Leaves(int prompt, int completion, int context, TruncatedSide side) =>
        side == TruncatedSide.Start ? completion + 1 < context : prompt < context;

    /// <summary>Cuts a prompt with its completion.</summary>
    /// <param name="sequence">The tokens; <see cref="Leaves"/> is true of them where they are more than the context.</param>
    /// <param name="context">Tokens that are left; 0 for all.</param>
    /// <param name="side">Where the row is cut.</param>
    public static TokenSequence Cut(TokenSequence sequence, int context, TruncatedSide side)
    {
        int beyond = sequence.Tokens.Length - context;
        return context == 0 || beyond <= 0 ? sequence
            : side == TruncatedSide.Start ? new TokenSequence(sequence.Tokens[beyond..], sequence.PromptLength - beyond)
            : new TokenSequence(sequence.Tokens[..context], sequence.PromptLength);
    }

    /// <summary>Cuts a prompt whose completion is drawn.</summary>
    /// <param name="prompt">The prompt, which is no conversation.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="room">Tokens that are left, at least 1.</param>
    /// <param name="side">Where it is cut: at the start unless at the end.</param>
    public static RowPrompt Cut(RowPrompt prompt, ITokenizer tokenizer, int room, TruncatedSide side)
    {
        // Whole characters are left out, as the text is tokenized again; a shorter text has no more tokens, but for a few merges.
        int[] starts = [.. Starts(prompt.Text), prompt.Text.Length];
        string Left(int kept) => side == TruncatedSide.End ? prompt.Text[..starts[kept]] : prompt.Text[starts[^(kept + 1)]..];
        int low = 0;
        for (int high = starts.Length - 1; low < high;)
        {
            int middle = high - ((high - low) / 2);
            (low, high) = tokenizer.EncodePrompt(Left(middle)).Length <= room ? (middle, high) : (low, middle - 1);
        }

        string text = Left(low);
        return new RowPrompt(text, text, [], tokenizer.EncodePrompt(text).Length);
    }

    private static IEnumerable<int> Starts(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (i == 0 || !char.IsLowSurrogate(text[i]) || !char.IsHighSurrogate(text[i - 1]))
            {
                yield return i;
            }
        }
    }
}
