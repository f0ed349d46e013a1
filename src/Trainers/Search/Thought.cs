using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Search;

/// <summary>What a model has written so far in answer to a prompt, as tokens. Thoughts of the same tokens are equal.</summary>
internal sealed class Thought : IEquatable<Thought>
{
    private readonly int _hash;

    private Thought(
        int question,
        TokenSequence sequence,
        float[] logProbs,
        IReadOnlyList<int> stepEnds,
        int limit,
        bool ended,
        bool isAnswer,
        Thought? parent)
    {
        (Question, Sequence, LogProbs, StepEnds, Limit) = (question, sequence, logProbs, stepEnds, limit);
        (Ended, IsAnswer, Parent) = (ended, isAnswer, parent);
        var hash = default(HashCode);
        hash.Add(question);
        foreach (int token in sequence.Tokens)
        {
            hash.Add(token);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>Number of the question, which addresses random numbers.</summary>
    public int Question { get; }

    /// <summary>Prompt and completion.</summary>
    public TokenSequence Sequence { get; }

    /// <summary>log-prob of each token of the completion under the distribution it was drawn from, in nats; NaN if it was given.</summary>
    public float[] LogProbs { get; }

    /// <summary>
    /// Tokens of the completion up to the end of each of its steps. What follows the last one, after tokens that were given, is a step that
    /// goes on.
    /// </summary>
    public IReadOnlyList<int> StepEnds { get; }

    /// <summary>Tokens of the completion at most.</summary>
    public int Limit { get; }

    /// <summary>Whether the completion has ended by itself.</summary>
    public bool Ended { get; }

    /// <summary>Whether it answers the question, and does not speak of an answer.</summary>
    public bool IsAnswer { get; }

    /// <summary>The thought that it continues; null if it continues none.</summary>
    public Thought? Parent { get; }

    /// <summary>Prompt and completion.</summary>
    public int[] Tokens => Sequence.Tokens;

    /// <summary>Whether nothing more is drawn: it has ended, or is as long as it may be.</summary>
    public bool IsComplete => Ended || Left <= 0;

    /// <summary>Tokens that can still be drawn.</summary>
    public int Left => Limit - Sequence.CompletionLength;

    /// <summary>A prompt.</summary>
    /// <param name="question">Number of the question.</param>
    /// <param name="prompt">Its tokens, not empty.</param>
    /// <param name="limit">Tokens of the completion at most.</param>
    /// <param name="isAnswer">Whether an answer follows.</param>
    public static Thought Begin(int question, int[] prompt, int limit, bool isAnswer = true) =>
        new(question, new TokenSequence(prompt, prompt.Length), [], [], limit, ended: false, isAnswer, parent: null);

    /// <summary>The thought with more tokens.</summary>
    /// <param name="added">The tokens, at least one.</param>
    /// <param name="logProbs">Their log-probs.</param>
    /// <param name="stepEnds">Ends of all steps of the whole completion.</param>
    /// <param name="ended">Whether it has ended by itself.</param>
    public Thought With(IReadOnlyList<int> added, IReadOnlyList<float> logProbs, IReadOnlyList<int> stepEnds, bool ended) => new(
        Question,
        Sequence with { Tokens = [.. Tokens, .. added] },
        [.. LogProbs, .. logProbs],
        stepEnds,
        Limit,
        ended,
        IsAnswer,
        this);

    /// <summary>The completion up to a place, continued by given tokens that are not the model's own.</summary>
    /// <param name="length">Tokens of the completion that stay.</param>
    /// <param name="given">The tokens that are given.</param>
    public Thought Force(int length, IReadOnlyList<int> given)
    {
        int[] tokens = [.. Tokens.AsSpan(0, Sequence.PromptLength + length), .. given];
        TokenRange[] earlier = [.. Sequence.Interludes.Where(range => range.End <= length)];
        var sequence = Sequence with
        {
            Tokens = tokens,
            Interludes = given.Count > 0 ? [.. earlier, new TokenRange(length, length + given.Count)] : earlier,
        };
        return new(
            Question,
            sequence,
            [.. LogProbs[..length], .. given.Select(_ => float.NaN)],
            [.. StepEnds.Where(end => end <= length)],
            Limit,
            ended: false,
            IsAnswer,
            Parent);
    }

    /// <summary>Whether this is a beginning of another thought.</summary>
    /// <param name="other">The other one.</param>
    public bool Begins(Thought other) => other.Question == Question && other.Tokens.AsSpan().StartsWith(Tokens);

    /// <inheritdoc/>
    public bool Equals(Thought? other) =>
        other is not null && other._hash == _hash && other.Question == Question && other.Ended == Ended && other.Limit == Limit
        && other.IsAnswer == IsAnswer
        && other.Sequence.PromptLength == Sequence.PromptLength && other.Tokens.AsSpan().SequenceEqual(Tokens);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Thought);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;
}
