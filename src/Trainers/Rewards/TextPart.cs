namespace RlCore.Trainers.Rewards;

/// <summary>Reads parts of a completion: the text inside a tag or a fenced block.</summary>
internal static class TextPart
{
    private const string Fence = "```";

    /// <summary>Reads a part of a text.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="part">A tag's name (<c>answer</c>: the text between the last <c>&lt;/answer&gt;</c> and the
    /// <c>&lt;answer&gt;</c> before it), or three backticks and a language (the last such block; without a language, the last
    /// of any).</param>
    /// <param name="content">The text of the part; empty if there is none.</param>
    /// <returns>Whether the part exists and is closed.</returns>
    public static bool TryRead(string text, string part, out string content)
    {
        VerifierWork.Spend(text.Length);
        return part.StartsWith(Fence, StringComparison.Ordinal)
            ? TryReadBlock(text, part[Fence.Length..], out content)
            : TryReadTag(text, part, out content);
    }

    private static bool TryReadTag(string text, string tag, out string content)
    {
        string open = $"<{tag}>";
        int end = text.LastIndexOf($"</{tag}>", StringComparison.Ordinal);
        int start = end < 0 ? -1 : text[..end].LastIndexOf(open, StringComparison.Ordinal);
        content = start < 0 ? "" : text[(start + open.Length)..end];
        return start >= 0;
    }

    private static bool TryReadBlock(string text, string language, out string content)
    {
        content = "";
        bool found = false;
        var lines = new List<string>();
        string? opened = null;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            bool isFence = line.TrimStart().StartsWith(Fence, StringComparison.Ordinal);
            if (!isFence)
            {
                lines.Add(line);
            }
            else if (opened is null)
            {
                opened = line.Trim()[Fence.Length..].Trim();
                lines.Clear();
            }
            else
            {
                bool wanted = language.Length == 0 || string.Equals(opened, language, StringComparison.OrdinalIgnoreCase);
                (content, found) = wanted ? (string.Join('\n', lines), true) : (content, found);
                VerifierWork.Spend(wanted ? content.Length : 0);
                opened = null;
            }
        }

        return found;
    }
}
