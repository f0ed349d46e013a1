using System.Text;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>How the cells of a file are told apart.</summary>
/// <param name="Separator">The character between them.</param>
/// <param name="Preamble">Lines before the header: 1 where the first says <c>sep=;</c>, as Excel writes and hides it.</param>
/// <param name="KeepsLineBreaks">Whether <c>\r\n</c> inside a cell stays, instead of becoming <c>\n</c>.</param>
internal readonly record struct CsvDialect(char Separator, int Preamble, bool KeepsLineBreaks)
{
    // The header must end before this many bytes for its delimiter to be found out.
    private const int MostHeaderBytes = 1 << 16;

    private const string Declaration = "sep=";

    private static readonly char[] Known = [',', ';', '\t'];

    /// <summary>Finds out the dialect of a file, whose position stays at its start.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="rules">The delimiter, unless it is to be found out.</param>
    /// <param name="isWhole">
    /// Whether a header has the columns that are needed: the first delimiter that makes such a header is taken.
    /// </param>
    /// <exception cref="InputException">The file declares a separator that cannot be one.</exception>
    public static CsvDialect Of(FileStream stream, RowRules rules, Predicate<string[]> isWhole)
    {
        var start = new byte[MostHeaderBytes];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        string text = Encoding.UTF8.GetString(start.AsSpan(0, read)).TrimStart('\ufeff');
        bool declares = text.Length > Declaration.Length + 1
            && text.StartsWith(Declaration, StringComparison.OrdinalIgnoreCase)
            && text[Declaration.Length + 1] is '\r' or '\n';
        if (declares && !RowRules.IsSeparator(text[Declaration.Length]))
        {
            throw new InputException(new InputProblem(
                stream.Name, 1, "", $"{Declaration} with {Characters.At(text, Declaration.Length)}",
                "a tab, or an ASCII character that is no letter, digit or quotation mark, between the cells"));
        }

        char separator = rules.Separator ?? (declares ? text[Declaration.Length] : Detect(start.AsMemory(0, read), isWhole));
        return new CsvDialect(separator, declares ? 1 : 0, rules.LineBreaks == LineBreakAction.Keep);
    }

    /// <summary>The separator in words, for messages.</summary>
    public string Name => Separator switch
    {
        ',' => "commas",
        ';' => "semicolons",
        '\t' => "tabs",
        _ => $"the character {Characters.Describe(new Rune(Separator))}",
    };

    // Without a header that has everything, the delimiter that finds most columns makes the best message.
    private static char Detect(ReadOnlyMemory<byte> start, Predicate<string[]> isWhole)
    {
        var headers = Known.Select(separator => (Separator: separator, Cells: Table.FirstCells(start, separator))).ToArray();
        int whole = Array.FindIndex(headers, header => isWhole(header.Cells));
        return whole >= 0 ? headers[whole].Separator : headers.MaxBy(header => header.Cells.Length).Separator;
    }
}
