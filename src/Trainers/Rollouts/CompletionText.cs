using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Rollouts;

/// <summary>Completions as text.</summary>
public static class CompletionText
{
    /// <summary>The completion's text without the end of sequence.</summary>
    /// <param name="completion">The completion.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public static string Of(SampledCompletion completion, ITokenizer tokenizer)
    {
        ReadOnlySpan<int> tokens = completion.Sequence.Tokens;
        return tokenizer.DecodeFrom(completion.Ended ? tokens[..^1] : tokens, completion.Sequence.PromptLength);
    }
}
