using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>The functions that templates can call.</summary>
internal static class Globals
{
    /// <summary>The functions by name.</summary>
    public static IReadOnlyDictionary<string, TemplateFunction> All { get; } = new TemplateFunction[]
    {
        new("range", Range),
        new("namespace", Namespace),
        new("dict", (run, given) => Map(given, "dict")),
        new("raise_exception", (run, given) => throw new TemplateFault(PythonPrinter.Text(run, given.Bind("raise_exception", "message")[0]))
        {
            Raised = true,
        }),
        new("strftime_now", (run, given) =>
            Print(run.Clock.GetLocalNow(), TextMethods.Text(given.Bind("strftime_now", "format")[0], "strftime_now"))),
    }.ToDictionary(function => function.Name, StringComparer.Ordinal);

    private static TemplateList Range(TemplateRun run, CallArguments given)
    {
        object?[] bound = given.Bind("range", "start", "stop", "step");
        long start = TextMethods.Whole(bound[0], "range", 0);
        long stop = TextMethods.Whole(bound[1], "range", start);
        long step = TextMethods.Whole(bound[2], "range", 1);
        start = bound[1] == CallArguments.Missing ? 0 : start;
        if (step == 0 || bound[0] == CallArguments.Missing || given.Named.Count > 0)
        {
            throw new TemplateFault("range takes a stop, or a start, a stop and a step that is not 0");
        }

        decimal count = Math.Max(0, Math.Ceiling(((decimal)stop - start) / step));
        if (count > TemplateLimits.LongestRange)
        {
            throw new TemplateFault($"Range too big. The sandbox blocks ranges larger than {TemplateLimits.LongestRange}.");
        }

        run.Limits.Text(4L * (long)count);
        return new TemplateList([.. Enumerable.Range(0, (int)count).Select(i => (object?)(start + (i * step)))], SequenceKind.Range);
    }

    private static TemplateNamespace Namespace(TemplateRun run, CallArguments given)
    {
        var space = new TemplateNamespace();
        foreach (var (key, value) in Map(given, "namespace").Entries)
        {
            space.Attributes[PythonPrinter.Text(run, key)] = value;
        }

        return space;
    }

    private static TemplateMap Map(CallArguments given, string function)
    {
        var map = new TemplateMap();
        if (given.Positional.Count > 0)
        {
            TemplateMap other = given.Positional is [TemplateMap one]
                ? one
                : throw new TemplateFault($"{function} takes a dictionary and named values");
            foreach (var (key, value) in other.Entries)
            {
                map.Set(key, value);
            }
        }

        foreach (var (name, value) in given.Named)
        {
            map.Set(name, value);
        }

        return map;
    }

    // C's strftime, in its own locale.
    private static string Print(DateTimeOffset time, string format)
    {
        var output = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                output.Append(format[i]);
                continue;
            }

            bool bare = format[i + 1] == '-' && i + 2 < format.Length;
            i += bare ? 2 : 1;
            string part = Part(time, format[i]);
            output.Append(!bare ? part : part.TrimStart('0') is { Length: > 0 } rest ? rest : "0");
        }

        return output.ToString();
    }

    private static string Part(DateTimeOffset time, char directive)
    {
        string? pattern = directive switch
        {
            'a' => "ddd",
            'A' => "dddd",
            'b' or 'h' => "MMM",
            'B' => "MMMM",
            'd' => "dd",
            'm' => "MM",
            'y' => "yy",
            'Y' => "yyyy",
            'H' => "HH",
            'I' => "hh",
            'M' => "mm",
            'S' => "ss",
            'p' => "tt",
            'f' => "ffffff",
            'F' => "yyyy-MM-dd",
            'T' => "HH:mm:ss",
            'D' => "MM/dd/yy",
            'R' => "HH:mm",
            _ => null,
        };
        return pattern is not null ? time.ToString(pattern, CultureInfo.InvariantCulture) : directive switch
        {
            'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
            'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'Z' or 'z' => "",
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => throw new TemplateFault($"strftime_now does not support the directive '%{directive}'"),
        };
    }
}
