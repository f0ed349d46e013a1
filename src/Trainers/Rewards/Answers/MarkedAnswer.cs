using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>How a text marks its answer.</summary>
internal enum AnswerMark
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>"The answer is …", or "Answer: …", followed by words.</summary>
    Words,

    /// <summary>"The answer is …", or "Answer: …", followed by what begins like a value.</summary>
    Phrase,

    /// <summary><c>#### …</c>, up to the end of its line.</summary>
    Line,

    /// <summary><c>\boxed{…}</c>.</summary>
    Box,
}

/// <summary>
/// The answer that a text marks. The first of these that the text has: "final answer is … I hope it is correct"; the last
/// <c>\boxed{…}</c> that is closed and not empty, with the boxes that stand beside it; the line after the last <c>####</c>; what
/// follows the last "answer is" or "answer:". What is marked is the answer, whatever else the text says.
/// </summary>
/// <param name="Mark">The mark.</param>
/// <param name="Parts">The answer; several texts if several boxes stand side by side.</param>
/// <param name="After">The text after the mark's answer, where a unit or a percent sign may stand.</param>
internal sealed partial record MarkedAnswer(AnswerMark Mark, IReadOnlyList<string> Parts, string After)
{
    private const string FinalMark = "####";

    private const int MostBetweenBoxes = 40;

    /// <summary>Finds the answer in a text cleaned by <see cref="AnswerText"/>. Linear in the length of the text.</summary>
    /// <param name="text">The text.</param>
    public static MarkedAnswer Find(string text)
    {
        VerifierWork.Spend(text.Length);
        if (LastMatch(Hoped(), text) is { } hoped)
        {
            return Inner(new MarkedAnswer(AnswerMark.Phrase, [hoped.Groups[1].Value], ""));
        }

        if (FindBoxes(text) is { } boxes)
        {
            return boxes;
        }

        int mark = text.LastIndexOf(FinalMark, StringComparison.Ordinal);
        if (mark >= 0)
        {
            string line = text[(mark + FinalMark.Length)..].TrimStart('#', ' ', '\t', '\r', '\n', ':');
            int end = line.IndexOf('\n', StringComparison.Ordinal);
            return new MarkedAnswer(AnswerMark.Line, [(end < 0 ? line : line[..end]).Trim()], "");
        }

        return LastMatch(Phrase(), text) is { } phrase
            ? Said(text[(phrase.Index + phrase.Length)..])
            : new MarkedAnswer(AnswerMark.None, [], "");
    }

    private static MarkedAnswer Said(string rest) => new(
        Starts().IsMatch(rest) ? AnswerMark.Phrase : AnswerMark.Words, [rest.TrimStart('*', ' ', ':', '\r', '\n')], "");

    // "Final answer is \boxed{5}. I hope it is correct" has both.
    private static MarkedAnswer Inner(MarkedAnswer phrase) => FindBoxes(phrase.Parts[0]) ?? phrase;

    private static Match? LastMatch(Regex pattern, string text)
    {
        Match? last = null;
        for (Match match = pattern.Match(text); match.Success; match = match.NextMatch())
        {
            last = match;
        }

        return last;
    }

    private static MarkedAnswer? FindBoxes(string text)
    {
        var closed = Boxes(text);
        int last = closed.FindLastIndex(box => !string.IsNullOrWhiteSpace(text[box.Start..box.End]));
        if (last < 0)
        {
            return null;
        }

        int first = last;
        while (first > 0 && IsBeside(text, closed[first - 1], closed[first]))
        {
            first--;
        }

        string[] parts = [.. closed[first..(last + 1)]
            .Select(box => text[box.Start..box.End].Trim())
            .Where(part => part.Length > 0)
            .Distinct()];
        int after = closed[last].End + 1;
        return new MarkedAnswer(AnswerMark.Box, parts, text[Math.Min(after, text.Length)..Math.Min(after + MostBetweenBoxes, text.Length)]);
    }

    private static bool IsBeside(string text, (int Mark, int Start, int End) box, (int Mark, int Start, int End) next)
    {
        int length = next.Mark - box.End - 1;
        return length is >= 0 and <= MostBetweenBoxes && Between().IsMatch(Delimiters().Replace(text.Substring(box.End + 1, length), " "));
    }

    // All boxes that are closed, in order, with their contents; a box within a box is part of that one.
    private static List<(int Mark, int Start, int End)> Boxes(string text)
    {
        VerifierWork.Spend(text.Length);
        var marks = BoxStart().Matches(text).ToDictionary(match => match.Index + match.Length - 1, match => match.Index);
        var open = new Stack<int>();
        var found = new List<(int Mark, int Start, int End)>();
        for (int i = 0; marks.Count > 0 && i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is '{' or '}' or '\\')
            {
                i++;
            }
            else if (text[i] == '{')
            {
                open.Push(i);
            }
            else if (text[i] == '}' && open.TryPop(out int start) && marks.TryGetValue(start, out int mark))
            {
                while (found.Count > 0 && found[^1].Mark > mark)
                {
                    VerifierWork.Spend(1);
                    found.RemoveAt(found.Count - 1);
                }

                found.Add((mark, start + 1, i));
            }
        }

        return found;
    }

    [GeneratedRegex(@"\\(?:boxed|fbox)\s{0,4}\{", RegexOptions.CultureInvariant)]
    private static partial Regex BoxStart();

    [GeneratedRegex(@"\\[()\[\]]|\\quad|\\qquad|\$|\\text\{|\\(?=[,; ])|[{}]", RegexOptions.CultureInvariant)]
    private static partial Regex Delimiters();

    // Symbols alone; or one word (a unit) at most, a comma or "and", and perhaps the name of the next value.
    [GeneratedRegex(
        @"^(?:[^\p{L}\p{N}.=:!?]*|\s*\p{L}*\s*(?:[,;]|[,;]?\s*(?:and|or)\b)[\s\\]*(?:\p{L}[\p{L}\p{N}_]*\s*=)?\s*)$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Between();

    [GeneratedRegex(
        @"final answer is:?\s*([^\n]{1,400}?)\s*\.?\s*I hope", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Hoped();

    [GeneratedRegex(@"\banswer(?:\s+is\b|\s*[:=])[\s:*]*", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Phrase();

    // What may begin an answer: a number, mathematics, or the name of a value.
    [GeneratedRegex(
        @"^[*\s]*(?:[-+±.]?\s?[\p{Sc}]?[0-9.]|[-+±]?[\\($\[{]|[-+]?\p{Sc}"
            + @"|[A-Za-z](?:_\S{1,8})?\s*(?:[=<>≤≥≠∈≈]|\\(?:leq?|geq?|neq?|in|approx)\b))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Starts();
}
