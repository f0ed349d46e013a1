using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>A set of Unicode code points, as .NET's regular expressions, which read UTF-16 units, can match it.</summary>
internal sealed class CodePointSet
{
    private const int Last = 0x10FFFF;
    private const int FirstBeyond = 0x10000;
    private const int Surrogates = 0xD800;
    private const int AfterSurrogates = 0xE000;

    private static readonly Lazy<IReadOnlyDictionary<UnicodeCategory, CodePointSet>> Categories = new(ReadCategories);

    private readonly List<(int First, int Last)> _ranges = [];

    /// <summary>The ten digits of \d.</summary>
    public static CodePointSet Digits => new CodePointSet().Add('0', '9');

    /// <summary>The letters, digits and the underscore of \w.</summary>
    public static CodePointSet Words => new CodePointSet().Add('0', '9').Add('A', 'Z').Add('a', 'z').Add('_', '_');

    /// <summary>The white space and line ends of \s.</summary>
    public static CodePointSet Spaces => new CodePointSet().Add('\t', '\r').Add('\ufeff', '\ufeff').Add('\u2028', '\u2029')
        .Add(Categories.Value[UnicodeCategory.SpaceSeparator]);

    /// <summary>The ends of lines, which the dot does not match.</summary>
    public static CodePointSet LineEnds => new CodePointSet().Add('\n', '\n').Add('\r', '\r').Add('\u2028', '\u2029');

    /// <summary>The code point, if it is one alone.</summary>
    public int? Single => _ranges is [var (first, last)] && first == last ? first : null;

    /// <summary>All code points of some categories.</summary>
    public static CodePointSet Of(IEnumerable<UnicodeCategory> categories) =>
        categories.Aggregate(new CodePointSet(), (all, one) => all.Add(Categories.Value[one]));

    /// <summary>The set with a range added.</summary>
    public CodePointSet Add(int first, int last)
    {
        _ranges.Add((first, last));
        return this;
    }

    /// <summary>The set with another one added.</summary>
    public CodePointSet Add(CodePointSet other)
    {
        _ranges.AddRange(other._ranges);
        return this;
    }

    /// <summary>All other code points.</summary>
    public CodePointSet Complement()
    {
        var others = new CodePointSet();
        int next = 0;
        foreach ((int first, int last) in _ranges.OrderBy(range => range.First))
        {
            if (first > next)
            {
                others.Add(next, first - 1);
            }

            next = Math.Max(next, last + 1);
        }

        return next <= Last ? others.Add(next, Last) : others;
    }

    /// <summary>An expression of .NET that matches one code point of the set.</summary>
    public string ToPattern()
    {
        var units = new StringBuilder();
        var rows = new SortedDictionary<int, StringBuilder>();
        var whole = new StringBuilder();
        foreach ((int first, int last) in Merged())
        {
            Append(units, first, Math.Min(last, Surrogates - 1));
            Append(units, Math.Max(first, AfterSurrogates), Math.Min(last, FirstBeyond - 1));
            AppendBeyond(Math.Max(first, FirstBeyond), last, rows, whole);
        }

        // A class may not be empty.
        string plain = units.Length > 0 ? $"[{units}]" : @"[^\s\S]";
        string[] beyond =
        [
            .. whole.Length > 0 ? new[] { $@"[{whole}][\uDC00-\uDFFF]" } : [],
            .. rows.Select(row => $"{Unit(row.Key)}[{row.Value}]"),
        ];
        return beyond.Length == 0 ? plain : $"(?:{plain}|{string.Join('|', beyond)})";
    }

    /// <summary>A UTF-16 unit in a pattern.</summary>
    public static string Unit(int unit) => string.Create(CultureInfo.InvariantCulture, $@"\u{unit:X4}");

    private static void AppendBeyond(int first, int last, SortedDictionary<int, StringBuilder> rows, StringBuilder whole)
    {
        for (int next = first; next <= last;)
        {
            // A row is what shares the first half of its surrogate pair.
            int offset = next - FirstBeyond;
            int high = Surrogates + (offset >> 10);
            int end = Math.Min(last, next | 0x3FF);
            if ((offset & 0x3FF) == 0 && end == (next | 0x3FF))
            {
                int rowsLeft = (last + 1 - next) >> 10;
                Append(whole, high, high + rowsLeft - 1);
                next += rowsLeft << 10;
                continue;
            }

            if (!rows.TryGetValue(high, out StringBuilder? row))
            {
                rows[high] = row = new StringBuilder();
            }

            Append(row, 0xDC00 + (offset & 0x3FF), 0xDC00 + ((end - FirstBeyond) & 0x3FF));
            next = end + 1;
        }
    }

    private static void Append(StringBuilder units, int first, int last)
    {
        if (first <= last)
        {
            units.Append(Unit(first)).Append(first == last ? "" : "-" + Unit(last));
        }
    }

    private List<(int First, int Last)> Merged() => Complement().Complement()._ranges;

    private static Dictionary<UnicodeCategory, CodePointSet> ReadCategories()
    {
        var sets = Enum.GetValues<UnicodeCategory>().ToDictionary(one => one, _ => new CodePointSet());
        int first = 0;
        for (int next = 1; next <= Last + 1; next++)
        {
            UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(first);
            if (next > Last || CharUnicodeInfo.GetUnicodeCategory(next) != category)
            {
                sets[category].Add(first, next - 1);
                first = next;
            }
        }

        return sets;
    }
}
