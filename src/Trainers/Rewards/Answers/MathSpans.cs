namespace RlCore.Trainers.Rewards;

/// <summary>A formula in a text: <c>$…$</c> and <c>\(…\)</c> within a line, <c>$$…$$</c> and <c>\[…\]</c> over several.</summary>
/// <param name="Start">Where its first delimiter begins.</param>
/// <param name="End">Where its last delimiter ends.</param>
/// <param name="Content">The text between the delimiters.</param>
internal sealed record MathSpan(int Start, int End, string Content);

/// <summary>Finds the formulas of a text, in one pass.</summary>
internal static class MathSpans
{
    private static readonly (string Open, string Close, bool IsInline)[] Delimiters =
        [("$$", "$$", false), (@"\[", @"\]", false), (@"\(", @"\)", true), ("$", "$", true)];

    /// <summary>The formulas, in order. A dollar sign after a digit or a backslash opens none, as it is a currency.</summary>
    /// <param name="text">The text.</param>
    public static List<MathSpan> Find(string text)
    {
        var spans = new List<MathSpan>();
        var next = new NextClose(text);
        VerifierWork.Spend(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            bool isEscaped = at > 0 && (text[at - 1] == '\\' || (text[at] == '$' && char.IsAsciiDigit(text[at - 1])));
            if (text[at] is not ('$' or '\\') || isEscaped)
            {
                continue;
            }

            foreach (var (open, close, isInline) in Delimiters)
            {
                int start = at + open.Length;
                if (string.CompareOrdinal(text, at, open, 0, open.Length) == 0
                    && next.Find(close, start) is var end and >= 0
                    && end > start
                    && !(isInline && next.Find("\n", start) is var line and >= 0 && line < end))
                {
                    spans.Add(new MathSpan(at, end + close.Length, text[start..end]));
                    at = end + close.Length - 1;
                    break;
                }
            }
        }

        return spans;
    }

    // Remembers where each delimiter occurs next, so that no stretch of the text is searched twice.
    private sealed class NextClose(string text)
    {
        private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);

        public int Find(string close, int from)
        {
            if (!_known.TryGetValue(close, out int at) || (at >= 0 && at < from))
            {
                at = text.IndexOf(close, Math.Min(from, text.Length), StringComparison.Ordinal);
                VerifierWork.Spend(Math.Max(1, (at < 0 ? text.Length : at) - from));
                while (close == "$" && at > 0 && text[at - 1] == '\\')
                {
                    int before = at;
                    at = text.IndexOf(close, at + 1, StringComparison.Ordinal);
                    VerifierWork.Spend((at < 0 ? text.Length : at) - before);
                }

                _known[close] = at;
            }

            return at;
        }
    }
}
