using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// Conversations as tokens. The whole text is encoded at once, and the place of each token in it says whose it is: a token that holds a
/// character of an assistant's turn is an action. A turn ends with the token that ends it; white space that a template writes after that
/// token is not learnt. A last turn without such a token is given the end of sequence, so that the model learns to stop.
/// </summary>
internal static class ConversationEncoder
{
    /// <summary>The tokens of a conversation up to the end of its last turn.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">The text, up to the end of the last turn or further.</param>
    /// <param name="turns">What the assistant writes, in order; at least one.</param>
    /// <exception cref="ArgumentException">A character has no token.</exception>
    public static TokenSequence Encode(ITokenizer tokenizer, string text, IReadOnlyList<TextSpan> turns)
    {
        string whole = text[..turns[^1].End];
        int[] tokens = tokenizer.Encode(whole, out TokenSpan[] spans);
        if (!tokenizer.HasBeginning(tokens))
        {
            tokens = [.. tokenizer.Beginning, .. tokens];
            spans = [.. tokenizer.Beginning.Select(_ => default(TokenSpan)), .. spans];
        }

        TokenRange[] ranges = [.. turns.Select(turn => Range(tokenizer, whole, turn, tokens, spans))];
        int first = Math.Max(1, ranges[0].Start);
        int end = ranges[^1].End;
        bool ends = end > 0 && tokenizer.Ends.Contains(tokens[end - 1]);
        return new TokenSequence(ends ? tokens[..end] : [.. tokens[..end], tokenizer.EndOfSequence], Math.Min(first, ends ? end - 1 : end))
        {
            Interludes =
            [
                .. ranges.Zip(ranges.Skip(1), (turn, next) => new TokenRange(Math.Max(first, turn.End), next.Start))
                    .Where(range => range.Length > 0),
            ],
        };
    }

    private static TokenRange Range(ITokenizer tokenizer, string text, TextSpan turn, int[] tokens, TokenSpan[] spans)
    {
        int start = Array.FindIndex(spans, span => span.End > turn.Start);
        start = start < 0 ? tokens.Length : start;
        int end = start;
        while (end < tokens.Length && spans[end].Start < turn.End)
        {
            end++;
        }

        for (int last = end - 1; last >= start && IsSpace(text, spans[last].End, turn.End); last--)
        {
            if (tokenizer.Ends.Contains(tokens[last]))
            {
                return new TokenRange(start, last + 1);
            }
        }

        return new TokenRange(start, end);
    }

    private static bool IsSpace(string text, int start, int end) => start >= end || text.AsSpan(start, end - start).IsWhiteSpace();
}
