using System.Text;

namespace RlCore.Trainers.Serving;

/// <summary>Finds the first of several texts in a text that comes in pieces, and holds back what may be the beginning of one.</summary>
/// <param name="stops">The texts, none empty.</param>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether one has been found.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>Adds a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <returns>The text that is certain now.</returns>
    public string Append(string piece)
    {
        if (HasStopped || stops.Count == 0)
        {
            return HasStopped ? "" : piece;
        }

        string text = _held.Append(piece).ToString();
        int first = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        HasStopped = first >= 0;
        int certain = HasStopped ? first : text.Length - Begun(text);
        _held.Clear().Append(HasStopped ? "" : text[certain..]);
        return text[..certain];
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was held back.</returns>
    public string Finish()
    {
        string rest = _held.ToString();
        _held.Clear();
        return rest;
    }

    // Length of the longest end of the text that begins one of the texts.
    private int Begun(string text)
    {
        int longest = Math.Min(text.Length, stops.Max(stop => stop.Length) - 1);
        for (int length = longest; length > 0; length--)
        {
            ReadOnlySpan<char> end = text.AsSpan(text.Length - length);
            foreach (string stop in stops)
            {
                if (stop.AsSpan().StartsWith(end, StringComparison.Ordinal))
                {
                    return length;
                }
            }
        }

        return 0;
    }
}
