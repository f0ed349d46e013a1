using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>JSON in and out of templates, as Python's <c>json</c> reads and writes it.</summary>
internal static class TemplateJson
{
    /// <summary>A JSON value as a value of a template.</summary>
    /// <param name="element">The JSON value.</param>
    /// <exception cref="TemplateFault">A text has half of a surrogate pair.</exception>
    public static object? Read(JsonElement element)
    {
        try
        {
            return Value(element);
        }
        catch (InvalidOperationException)
        {
            throw new TemplateFault("a text with half of a surrogate pair");
        }
    }

    private static object? Value(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new TemplateMap();
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    map.Set(property.Name, Value(property.Value));
                }

                return map;
            case JsonValueKind.Array:
                return new TemplateList([.. element.EnumerateArray().Select(Value)]);
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                return Number(element.GetRawText());
            case JsonValueKind.True or JsonValueKind.False:
                return element.ValueKind == JsonValueKind.True;
            default:
                return null;
        }
    }

    /// <summary>The filter <c>tojson</c> as transformers defines it: characters beyond ASCII stay as they are.</summary>
    public static object? Print(TemplateRun run, object? value, CallArguments given)
    {
        object?[] bound = given.Bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        if (bound[0] != CallArguments.Missing && PythonOperators.IsTrue(bound[0]))
        {
            throw new TemplateFault("tojson with ensure_ascii is not supported");
        }

        string? indent = bound[1] is null || bound[1] == CallArguments.Missing ? null
            : bound[1] as string ?? new string(' ', (int)Math.Clamp(TextMethods.Whole(bound[1], "tojson", 0), 0, 100));
        string item = indent is null ? ", " : ",";
        string key = ": ";
        if (bound[2] is TemplateList { Items: [string first, string second] })
        {
            (item, key) = (first, second);
        }

        bool sorts = bound[3] != CallArguments.Missing && PythonOperators.IsTrue(bound[3]);
        var writer = new Writer(run, indent, item, key, sorts);
        writer.Write(value, "\n");
        return writer.ToString();
    }

    private static object Number(string text)
    {
        bool isWhole = text.AsSpan().IndexOfAny('.', 'e', 'E') < 0;
        return isWhole && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? (object)whole
            : isWhole ? BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    private sealed class Writer(TemplateRun run, string? indent, string item, string key, bool sorts)
    {
        private readonly StringBuilder _output = new();

        public override string ToString() => _output.ToString();

        public void Write(object? value, string line)
        {
            run.Limits.Text(4);
            run.Limits.Enter();
            switch (value)
            {
                case string text:
                    Quote(text);
                    break;
                case TemplateMap map:
                    var entries = map.Entries.Select(entry => (Name: Name(entry.Key), entry.Value));
                    entries = sorts ? entries.OrderBy(entry => entry.Name, StringComparer.Ordinal) : entries;
                    Block('{', '}', map.Count, line, entries, (entry, inner) =>
                    {
                        Quote(entry.Name);
                        _output.Append(key);
                        Write(entry.Value, inner);
                    });
                    break;
                case TemplateList { Kind: SequenceKind.List or SequenceKind.Tuple } list:
                    Block('[', ']', list.Items.Count, line, list.Items, Write);
                    break;
                default:
                    _output.Append(Scalar(value)
                        ?? throw new TemplateFault($"Object of type {TemplateTypes.NameOf(value)} is not JSON serializable"));
                    break;
            }

            run.Limits.Leave();
        }

        private void Block<TItem>(char open, char close, int count, string line, IEnumerable<TItem> items, Action<TItem, string> write)
        {
            _output.Append(open);
            string inner = indent is null || count == 0 ? line : line + indent;
            bool isFirst = true;
            foreach (TItem one in items)
            {
                string start = (isFirst ? "" : item) + (indent is null ? "" : inner);
                run.Limits.Text(start.Length);
                _output.Append(start);
                write(one, inner);
                isFirst = false;
            }

            _output.Append(indent is null || count == 0 ? "" : line).Append(close);
        }

        private static string Name(object? key) => key as string ?? Scalar(key) ?? "";

        private static string? Scalar(object? value) => value switch
        {
            null => "null",
            bool flag => flag ? "true" : "false",
            double number when !double.IsFinite(number) => double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity",
            _ => PythonPrinter.Scalar(value),
        };

        private void Quote(string text)
        {
            run.Limits.Text(text.Length);
            _output.Append('"');
            foreach (char one in text)
            {
                _ = one switch
                {
                    '"' => _output.Append("\\\""),
                    '\\' => _output.Append(@"\\"),
                    '\n' => _output.Append(@"\n"),
                    '\r' => _output.Append(@"\r"),
                    '\t' => _output.Append(@"\t"),
                    '\f' => _output.Append(@"\f"),
                    '\b' => _output.Append(@"\b"),
                    < ' ' => _output.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}"),
                    _ => _output.Append(one),
                };
            }

            _output.Append('"');
        }
    }
}
