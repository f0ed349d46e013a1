using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Rollouts;

/// <summary>Completions as text.</summary>
public static class CompletionText
{
    /// <summary>
    /// The tokens of a prompt that a model's own text may be part of. Prompts of files leave room for a completion, and are whole; a text
    /// that a model wrote may have more tokens than it wrote, such as for bytes that are no character: if it then leaves no room at all,
    /// it loses its beginning.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="context">Most tokens of a sequence.</param>
    internal static int[] EncodePrompt(string prompt, ITokenizer tokenizer, int context)
    {
        int[] tokens = tokenizer.EncodePrompt(prompt);
        return tokens.Length < context ? tokens : tokens[^(context - 1)..];
    }

    /// <summary>The completion's text without the end of sequence.</summary>
    /// <param name="completion">The completion.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public static string Of(SampledCompletion completion, ITokenizer tokenizer)
    {
        ReadOnlySpan<int> tokens = completion.Sequence.Tokens;
        return tokenizer.DecodeFrom(completion.Ended ? tokens[..^1] : tokens, completion.Sequence.PromptLength);
    }
}
