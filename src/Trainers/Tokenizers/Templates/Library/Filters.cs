using System.Globalization;
using System.Text.RegularExpressions;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>A filter.</summary>
internal delegate object? TemplateFilter(TemplateRun run, object? value, CallArguments arguments);

/// <summary>The filters of templates, as jinja2's.</summary>
internal static partial class Filters
{
    /// <summary>The filters by name.</summary>
    public static IReadOnlyDictionary<string, TemplateFilter> All { get; } =
        new Dictionary<string, TemplateFilter>(SequenceFilters.All, StringComparer.Ordinal)
        {
            ["abs"] = (run, value, given) => Abs(value, given),
            ["capitalize"] = (run, value, given) => Text(run, value, given, "capitalize", PythonText.Capitalize),
            ["count"] = (run, value, given) => Length(run, value, given),
            ["d"] = Default,
            ["default"] = Default,
            ["float"] = (run, value, given) => Float(value, given),
            ["indent"] = Indent,
            ["int"] = (run, value, given) => Int(value, given),
            ["length"] = (run, value, given) => Length(run, value, given),
            ["lower"] = (run, value, given) => Text(run, value, given, "lower", text => text.ToLowerInvariant()),
            ["replace"] = Replace,
            ["string"] = (run, value, given) => Text(run, value, given, "string", text => text),
            ["title"] = (run, value, given) => Text(run, value, given, "title", Title),
            ["tojson"] = TemplateJson.Print,
            ["trim"] = Trim,
            ["upper"] = (run, value, given) => Text(run, value, given, "upper", text => text.ToUpperInvariant()),
        };

    /// <summary>
    /// <c>safe</c>: marks a text as HTML, which changes nothing where it is printed at once. The parser refuses it in all other places,
    /// where jinja2 would escape what is joined with it.
    /// </summary>
    public static object? Safe(TemplateRun run, object? value, CallArguments given)
    {
        given.Bind("safe");
        return PythonPrinter.Text(run, value);
    }

    private static string Text(TemplateRun run, object? value, CallArguments given, string name, Func<string, string> make)
    {
        given.Bind(name);
        string text = PythonPrinter.Text(run, value);
        run.Limits.Text(text.Length);
        return make(text);
    }

    private static long Length(TemplateRun run, object? value, CallArguments given)
    {
        given.Bind("length");
        return TemplateSequences.Count(run, value);
    }

    private static object? Default(TemplateRun run, object? value, CallArguments given)
    {
        object?[] bound = given.Bind("default", "default_value", "boolean");
        bool alsoFalse = bound[1] != CallArguments.Missing && PythonOperators.IsTrue(bound[1]);
        return value is Undefined || (alsoFalse && !PythonOperators.IsTrue(value))
            ? bound[0] == CallArguments.Missing ? "" : bound[0]
            : value;
    }

    private static string Trim(TemplateRun run, object? value, CallArguments given)
    {
        object? characters = given.Bind("trim", "chars")[0];
        string text = PythonPrinter.Text(run, value);
        string? wanted = characters is null || characters == CallArguments.Missing ? null : TextMethods.Text(characters, "trim");
        run.Limits.Text(text.Length);
        run.Limits.Search(text, wanted ?? "");
        return PythonText.Strip(text, wanted, left: true, right: true);
    }

    private static string Replace(TemplateRun run, object? value, CallArguments given)
    {
        object?[] bound = given.Bind("replace", "old", "new", "count");
        if (bound[0] == CallArguments.Missing || bound[1] == CallArguments.Missing)
        {
            throw new TemplateFault("replace takes the old and the new text");
        }

        return TextMethods.Replace(
            run,
            PythonPrinter.Text(run, value),
            PythonPrinter.Text(run, bound[0]),
            PythonPrinter.Text(run, bound[1]),
            bound[2] is null ? -1 : TextMethods.Whole(bound[2], "replace", -1));
    }

    private static string Indent(TemplateRun run, object? value, CallArguments given)
    {
        object?[] bound = given.Bind("indent", "width", "first", "blank");
        string text = TextMethods.Text(value, "indent");
        long width = bound[0] is string ? 0 : Math.Max(0, TextMethods.Whole(bound[0], "indent", 4));
        run.Limits.Text(width);
        string indent = bound[0] as string ?? new string(' ', (int)width);
        bool first = bound[1] != CallArguments.Missing && PythonOperators.IsTrue(bound[1]);
        bool blank = bound[2] != CallArguments.Missing && PythonOperators.IsTrue(bound[2]);
        List<string> lines = PythonText.Lines(text + "\n");
        run.Limits.Text(text.Length + ((long)(indent.Length + 1) * lines.Count));
        return string.Join('\n', lines.Select((line, i) => (i == 0 ? first : blank || line.Length > 0) ? indent + line : line));
    }

    private static string Title(string text) => string.Concat(
        WordBreaks().Split(text)
            .Where(part => part.Length > 0)
            .Select(part => part[..1].ToUpperInvariant() + part[1..].ToLowerInvariant()));

    private static object Int(object? value, CallArguments given)
    {
        object?[] bound = given.Bind("int", "default", "base");
        if (bound[1] != CallArguments.Missing)
        {
            throw new TemplateFault("the filter 'int' with a base is not supported");
        }

        double? number = value switch
        {
            Undefined undefined => throw undefined.Fault(),
            bool flag => flag ? 1 : 0,
            double real => Math.Truncate(real),
            string text when TryReadWhole(text, out long whole) => whole,
            string text when TryRead(text, out double real) => Math.Truncate(real),
            _ => null,
        };
        return value is long or System.Numerics.BigInteger ? value
            : value is string digits && TryReadWhole(digits, out long exact) ? exact
            : number is > long.MinValue and < long.MaxValue ? (long)number.Value
            : bound[0] == CallArguments.Missing ? 0L : bound[0]!;
    }

    private static object Float(object? value, CallArguments given)
    {
        object? otherwise = given.Bind("float", "default")[0];
        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        return value is string text
            ? TryRead(text, out double number) ? number : Otherwise()
            : PythonOperators.IsNumber(value) ? PythonOperators.ToDouble(value) : Otherwise();

        object Otherwise() => otherwise == CallArguments.Missing ? 0.0 : otherwise!;
    }

    private static bool TryReadWhole(string text, out long number) => long.TryParse(
        PythonText.Strip(text, null, left: true, right: true), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static bool TryRead(string text, out double number) => double.TryParse(
        PythonText.Strip(text, null, left: true, right: true), NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private static object Abs(object? value, CallArguments given)
    {
        given.Bind("abs");
        return value is double number
            ? Math.Abs(number)
            : PythonOperators.Arithmetic("*", value, PythonOperators.TryWhole(value, out long whole) && whole < 0 ? -1L : 1L);
    }

    [GeneratedRegex(@"([-\s({\[<]+)")]
    private static partial Regex WordBreaks();
}
