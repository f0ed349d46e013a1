using System.Text;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>A method of a text.</summary>
internal delegate object? TextMethod(TemplateRun run, string text, CallArguments arguments);

/// <summary>The methods of texts, as Python's.</summary>
internal static class TextMethods
{
    /// <summary>The methods by name.</summary>
    public static IReadOnlyDictionary<string, TextMethod> All { get; } = new Dictionary<string, TextMethod>(StringComparer.Ordinal)
    {
        ["strip"] = (run, text, given) => Strip(run, text, given, left: true, right: true),
        ["lstrip"] = (run, text, given) => Strip(run, text, given, left: true, right: false),
        ["rstrip"] = (run, text, given) => Strip(run, text, given, left: false, right: true),
        ["split"] = (run, text, given) => Split(run, text, given, fromRight: false),
        ["rsplit"] = (run, text, given) => Split(run, text, given, fromRight: true),
        ["splitlines"] = (run, text, given) => Lines(run, text, given),
        ["startswith"] = (run, text, given) => Borders(run, text, given, "startswith", text.StartsWith),
        ["endswith"] = (run, text, given) => Borders(run, text, given, "endswith", text.EndsWith),
        ["replace"] = Replace,
        ["upper"] = (run, text, given) => Plain(run, text, given, "upper", text.ToUpperInvariant),
        ["lower"] = (run, text, given) => Plain(run, text, given, "lower", text.ToLowerInvariant),
        ["title"] = (run, text, given) => Plain(run, text, given, "title", () => Title(text)),
        ["capitalize"] = (run, text, given) => Plain(run, text, given, "capitalize", () => PythonText.Capitalize(text)),
        ["join"] = Join,
        ["find"] = (run, text, given) => Find(run, text, given, "find", fromRight: false),
        ["rfind"] = (run, text, given) => Find(run, text, given, "rfind", fromRight: true),
        ["count"] = (run, text, given) => Count(run, text, given),
        ["removeprefix"] = (run, text, given) => Remove(run, text, given, "removeprefix", prefix: true),
        ["removesuffix"] = (run, text, given) => Remove(run, text, given, "removesuffix", prefix: false),
        ["isdigit"] = (run, text, given) => Every(run, text, given, "isdigit", char.IsDigit),
        ["isalpha"] = (run, text, given) => Every(run, text, given, "isalpha", char.IsLetter),
        ["isalnum"] = (run, text, given) => Every(run, text, given, "isalnum", char.IsLetterOrDigit),
        ["isspace"] = (run, text, given) => Every(run, text, given, "isspace", PythonText.IsSpace),
        ["isupper"] = (run, text, given) => Cased(run, text, given, "isupper", char.IsUpper, char.IsLower),
        ["islower"] = (run, text, given) => Cased(run, text, given, "islower", char.IsLower, char.IsUpper),
        ["partition"] = (run, text, given) => Partition(run, text, given, "partition", fromRight: false),
        ["rpartition"] = (run, text, given) => Partition(run, text, given, "rpartition", fromRight: true),
    };

    /// <summary>A text as an argument.</summary>
    /// <exception cref="TemplateFault">The argument is no text.</exception>
    public static string Text(object? value, string function) => value as string ?? throw ((value as Undefined)?.Fault()
        ?? new TemplateFault($"{function} takes text, not '{(value == CallArguments.Missing ? "nothing" : TemplateTypes.NameOf(value))}'"));

    /// <summary>A whole number as an argument.</summary>
    /// <exception cref="TemplateFault">The argument is no whole number.</exception>
    public static long Whole(object? value, string function, long otherwise) => value == CallArguments.Missing ? otherwise
        : PythonOperators.TryWhole(value, out long number) ? number
        : throw ((value as Undefined)?.Fault()
            ?? new TemplateFault($"{function} takes a whole number, not '{TemplateTypes.NameOf(value)}'"));

    /// <summary>Replaces parts of a text, from the left.</summary>
    /// <param name="run">The run.</param>
    /// <param name="text">The text.</param>
    /// <param name="old">What is replaced; if empty, the places between characters are.</param>
    /// <param name="by">What it is replaced by.</param>
    /// <param name="most">How often; below 0 for everywhere.</param>
    public static string Replace(TemplateRun run, string text, string old, string by, long most)
    {
        run.Limits.Search(text, old);
        var output = new StringBuilder();
        string[] parts = old.Length == 0 ? PythonText.Split(Counted(run, text)) : [];
        int from = 0;
        for (long done = 0; (most < 0 || done < most) && from <= text.Length; done++)
        {
            int at = old.Length == 0 ? from : text.IndexOf(old, from, StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            string kept = old.Length == 0 ? done < parts.Length ? parts[done] : "" : text[from..at];
            run.Limits.Text(kept.Length + by.Length);
            _ = old.Length == 0 ? output.Append(by).Append(kept) : output.Append(kept).Append(by);
            from = old.Length == 0 ? from + Math.Max(1, kept.Length) : at + old.Length;
        }

        run.Limits.Text(Math.Max(0, text.Length - from));
        return output.Append(from < text.Length ? text[from..] : "").ToString();
    }

    private static string Counted(TemplateRun run, string text)
    {
        run.Limits.Text(4L * text.Length);
        return text;
    }

    private static string Strip(TemplateRun run, string text, CallArguments given, bool left, bool right)
    {
        object? characters = given.Bind("strip", "chars")[0];
        string? wanted = characters is null || characters == CallArguments.Missing ? null : Text(characters, "strip");
        run.Limits.Text(text.Length);
        run.Limits.Search(text, wanted ?? "");
        return PythonText.Strip(text, wanted, left, right);
    }

    private static TemplateList Split(TemplateRun run, string text, CallArguments given, bool fromRight)
    {
        object?[] bound = given.Bind("split", "sep", "maxsplit");
        long most = Whole(bound[1], "split", -1);
        most = most < 0 ? long.MaxValue : most;
        run.Limits.Text(2L * text.Length);
        if (bound[0] is null || bound[0] == CallArguments.Missing)
        {
            return Words(run, text, most, fromRight);
        }

        string separator = Text(bound[0], "split");
        if (separator.Length == 0)
        {
            throw new TemplateFault("empty separator");
        }

        run.Limits.Search(text, separator);
        var parts = new List<object?>();
        int start = 0;
        int end = text.Length;
        while (parts.Count < most)
        {
            int at = fromRight
                ? text.AsSpan(0, end).LastIndexOf(separator)
                : text.IndexOf(separator, start, StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            run.Limits.Text(4);
            parts.Add(fromRight ? text[(at + separator.Length)..end] : text[start..at]);
            (start, end) = fromRight ? (start, at) : (at + separator.Length, end);
        }

        parts.Add(text[start..end]);
        return Ordered(parts, fromRight);
    }

    private static TemplateList Words(TemplateRun run, string text, long most, bool fromRight)
    {
        // The last of a limited number of words keeps the white space on its far side.
        var words = new List<object?>();
        var (start, end) = Trimmed(text, 0, text.Length, fromRight);
        while (start < end)
        {
            run.Limits.Text(4);
            int at = fromRight ? end : start;
            while (fromRight ? at > start && !PythonText.IsSpace(text[at - 1]) : at < end && !PythonText.IsSpace(text[at]))
            {
                at += fromRight ? -1 : 1;
            }

            if (words.Count >= most)
            {
                words.Add(text[start..end]);
                break;
            }

            words.Add(fromRight ? text[at..end] : text[start..at]);
            (start, end) = fromRight ? Trimmed(text, start, at, fromRight) : Trimmed(text, at, end, fromRight);
        }

        return Ordered(words, fromRight);
    }

    private static (int Start, int End) Trimmed(string text, int start, int end, bool atEnd)
    {
        while (!atEnd && start < end && PythonText.IsSpace(text[start]))
        {
            start++;
        }

        while (atEnd && end > start && PythonText.IsSpace(text[end - 1]))
        {
            end--;
        }

        return (start, end);
    }

    private static TemplateList Ordered(List<object?> parts, bool reversed)
    {
        if (reversed)
        {
            parts.Reverse();
        }

        return new TemplateList(parts);
    }

    private static TemplateList Lines(TemplateRun run, string text, CallArguments given)
    {
        given.Bind("splitlines");
        run.Limits.Text(5L * text.Length);
        return new TemplateList([.. PythonText.Lines(text)]);
    }

    private static bool Borders(
        TemplateRun run,
        string text,
        CallArguments given,
        string name,
        Func<string, StringComparison, bool> holds)
    {
        object? wanted = given.Bind(name, "affix")[0];
        run.Limits.Step(text.Length / 16);
        return wanted is TemplateList { Kind: SequenceKind.Tuple } several
            ? several.Items.Any(one => holds(Text(one, name), StringComparison.Ordinal))
            : holds(Text(wanted, name), StringComparison.Ordinal);
    }

    private static string Replace(TemplateRun run, string text, CallArguments given)
    {
        object?[] bound = given.Bind("replace", "old", "new", "count");
        return Replace(run, text, Text(bound[0], "replace"), Text(bound[1], "replace"), Whole(bound[2], "replace", -1));
    }

    private static string Plain(TemplateRun run, string text, CallArguments given, string name, Func<string> make)
    {
        given.Bind(name);
        run.Limits.Text(text.Length);
        return make();
    }

    private static string Title(string text)
    {
        var output = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            output.Append(i > 0 && char.IsLetter(text[i - 1]) ? char.ToLowerInvariant(text[i]) : char.ToUpperInvariant(text[i]));
        }

        return output.ToString();
    }

    private static string Join(TemplateRun run, string text, CallArguments given)
    {
        var items = TemplateSequences.Items(run, given.Bind("join", "iterable")[0]);
        string[] parts = [.. items.Select(item => Text(item, "join"))];
        run.Limits.Text(parts.Sum(part => (long)part.Length + text.Length));
        return string.Join(text, parts);
    }

    private static long Find(TemplateRun run, string text, CallArguments given, string name, bool fromRight)
    {
        string part = Text(given.Bind(name, "sub")[0], name);
        run.Limits.Search(text, part);
        int at = fromRight ? text.LastIndexOf(part, StringComparison.Ordinal) : text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1L : (long)PythonText.Length(text[..at]);
    }

    private static long Count(TemplateRun run, string text, CallArguments given)
    {
        string part = Text(given.Bind("count", "sub")[0], "count");
        run.Limits.Search(text, part);
        if (part.Length == 0)
        {
            return PythonText.Length(text) + 1L;
        }

        long count = 0;
        for (int at = text.IndexOf(part, StringComparison.Ordinal);
            at >= 0;
            at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    private static string Remove(TemplateRun run, string text, CallArguments given, string name, bool prefix)
    {
        string part = Text(given.Bind(name, "affix")[0], name);
        run.Limits.Text(text.Length);
        bool has = prefix ? text.StartsWith(part, StringComparison.Ordinal) : text.EndsWith(part, StringComparison.Ordinal);
        return !has ? text : prefix ? text[part.Length..] : text[..^part.Length];
    }

    private static bool Every(TemplateRun run, string text, CallArguments given, string name, Func<char, bool> holds)
    {
        given.Bind(name);
        run.Limits.Step(text.Length / 16);
        return text.Length > 0 && text.All(holds);
    }

    private static bool Cased(
        TemplateRun run,
        string text,
        CallArguments given,
        string name,
        Func<char, bool> wanted,
        Func<char, bool> other)
    {
        given.Bind(name);
        run.Limits.Step(text.Length / 16);
        return text.Any(wanted) && !text.Any(other);
    }

    private static TemplateList Partition(TemplateRun run, string text, CallArguments given, string name, bool fromRight)
    {
        string separator = Text(given.Bind(name, "sep")[0], name);
        run.Limits.Search(text, separator);
        run.Limits.Text(text.Length);
        if (separator.Length == 0)
        {
            throw new TemplateFault("empty separator");
        }

        int at = fromRight ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return new TemplateList(
            at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : fromRight ? ["", "", text] : [text, "", ""],
            SequenceKind.Tuple);
    }
}
