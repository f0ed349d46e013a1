namespace RlCore.Worker.Commands;

/// <summary>Fits the text below the options of a help page to the width of a terminal.</summary>
internal static class HelpText
{
    /// <summary>The lines, the longer ones broken: prose with its indent, a command so that it can still be pasted.</summary>
    /// <param name="text">Lines of prose, of commands, and of tables, whose columns are two spaces or more apart.</param>
    /// <param name="width">Most characters of a line.</param>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length;)
        {
            string line = lines[i++];
            int indent = Indent(line);
            while (IsProse(line) && i < lines.Length && IsProse(lines[i]) && Indent(lines[i]) == indent && lines[i - 1].Length > MostOfHead)
            {
                line = $"{line} {lines[i++][indent..]}";
            }

            foreach (string part in Fit(line, indent, width))
            {
                yield return part;
            }
        }
    }

    /// <summary>The lines of a page; the longer ones are broken, but for formulas of LaTeX.</summary>
    /// <param name="page">Lines of prose and of tables.</param>
    /// <param name="width">Most characters of a line.</param>
    public static string WrapPage(string page, int width) => string.Concat(page.TrimEnd('\r', '\n').ReplaceLineEndings("\n").Split('\n')
        .SelectMany(line => line.Contains('\\', StringComparison.Ordinal) ? [line] : Fit(line, Indent(line), width))
        .Select(line => line + Environment.NewLine));

    private static IEnumerable<string> Fit(string line, int indent, int width) => line.Length <= width ? [line]
        : IsCommand(line) ? Break(line, indent, indent + 2, width - 2, " \\")
        : Break(line, indent, Hanging(line, indent, width), width, "");

    // A line of prose that is much shorter ends its paragraph.
    private const int MostOfHead = 50;

    private static int Indent(string line) => line.Length - line.TrimStart().Length;

    private static bool IsCommand(string line) => line.TrimStart().StartsWith("rlcore", StringComparison.Ordinal);

    private static bool IsProse(string line) =>
        line.Length > 0 && !IsCommand(line) && !line.EndsWith('\\') && !line.TrimStart().Contains("  ", StringComparison.Ordinal);

    // A table's last column goes on below itself.
    private static int Hanging(string line, int indent, int width)
    {
        int gap = line.TrimEnd().LastIndexOf("  ", StringComparison.Ordinal);
        return gap >= indent && gap + 2 <= width / 2 ? gap + 2 : indent;
    }

    private static IEnumerable<string> Break(string line, int indent, int hanging, int width, string end)
    {
        string start = line[..indent];
        string rest = line[indent..];
        while (start.Length + rest.Length > width)
        {
            int room = width - start.Length;
            int place = rest.LastIndexOf(' ', Math.Min(room, rest.Length - 1));
            place = place > 0 ? place : rest.IndexOf(' ', StringComparison.Ordinal);
            if (place <= 0)
            {
                break;
            }

            yield return start + rest[..place].TrimEnd() + end;
            (start, rest) = (new string(' ', hanging), rest[place..].TrimStart());
        }

        yield return start + rest;
    }
}
