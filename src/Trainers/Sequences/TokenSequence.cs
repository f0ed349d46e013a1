namespace RlCore.Trainers.Sequences;

/// <summary>A prompt and its completion as tokens. The end of sequence, if there is one, is the last token and an action.</summary>
/// <param name="Tokens">Prompt, then completion.</param>
/// <param name="PromptLength">Tokens of the prompt, at least 1.</param>
public sealed record TokenSequence(int[] Tokens, int PromptLength)
{
    /// <summary>
    /// Parts of the completion that are not the model's: what others say between its turns, in a conversation of several. They are read,
    /// and are no actions. In order, apart from each other, within the completion.
    /// </summary>
    /// <value>None.</value>
    public IReadOnlyList<TokenRange> Interludes { get; init; } = [];

    /// <summary>Tokens of the completion, interludes included.</summary>
    public int CompletionLength => Tokens.Length - PromptLength;

    /// <summary>Tokens that are actions: the completion without its interludes.</summary>
    public int ActionCount => CompletionLength - Interludes.Sum(range => range.Length);

    /// <summary>The completion.</summary>
    public ReadOnlySpan<int> Completion => Tokens.AsSpan(PromptLength);

    /// <inheritdoc/>
    public bool Equals(TokenSequence? other) =>
        other is not null && PromptLength == other.PromptLength && Tokens.AsSpan().SequenceEqual(other.Tokens)
        && Interludes.SequenceEqual(other.Interludes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(PromptLength, Tokens.Length);
}

/// <summary>A completion drawn from a policy.</summary>
/// <param name="Sequence">Prompt and completion.</param>
/// <param name="LogProbs">log-prob of each completion token under the distribution it was drawn from, in nats.</param>
/// <param name="Ended">Whether it ended with the end of sequence rather than at the maximum length.</param>
public sealed record SampledCompletion(TokenSequence Sequence, float[] LogProbs, bool Ended)
{
    /// <inheritdoc/>
    public bool Equals(SampledCompletion? other) =>
        other is not null && Ended == other.Ended && Sequence.Equals(other.Sequence) && LogProbs.AsSpan().SequenceEqual(other.LogProbs);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Sequence, Ended);
}
