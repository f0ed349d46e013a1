using System.Numerics;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>A test.</summary>
internal delegate bool TemplateTest(TemplateRun run, object? value, CallArguments arguments);

/// <summary>The tests of templates, as jinja2's.</summary>
internal static class Tests
{
    /// <summary>The tests by name.</summary>
    public static IReadOnlyDictionary<string, TemplateTest> All { get; } = Make();

    private static Dictionary<string, TemplateTest> Make()
    {
        var tests = new Dictionary<string, TemplateTest>(StringComparer.Ordinal)
        {
            ["boolean"] = Plain("boolean", value => value is bool),
            ["callable"] = Plain("callable", value => value is TemplateFunction or TemplateLoop or Undefined),
            ["defined"] = Plain("defined", value => value is not Undefined),
            ["undefined"] = Plain("undefined", value => value is Undefined),
            ["none"] = Plain("none", value => value is null),
            ["true"] = Plain("true", value => value is true),
            ["false"] = Plain("false", value => value is false),
            ["float"] = Plain("float", value => value is double),
            ["integer"] = Plain("integer", value => value is long or BigInteger),
            ["number"] = Plain("number", PythonOperators.IsNumber),
            ["string"] = Plain("string", value => value is string),
            ["mapping"] = Plain("mapping", value => value is TemplateMap),
            ["iterable"] = Plain("iterable", TemplateSequences.AreIn),
            ["sequence"] = Plain("sequence", IsSequence),
            ["even"] = Plain("even", value => PythonOperators.AreEqual(PythonOperators.Arithmetic("%", value, 2L), 0L, null)),
            ["odd"] = Plain("odd", value => PythonOperators.AreEqual(PythonOperators.Arithmetic("%", value, 2L), 1L, null)),
            ["lower"] = (run, value, given) => IsCased(run, value, given, "lower"),
            ["upper"] = (run, value, given) => IsCased(run, value, given, "upper"),
            ["divisibleby"] = (run, value, given) =>
                PythonOperators.AreEqual(PythonOperators.Arithmetic("%", value, given.Bind("divisibleby", "num")[0]), 0L, null),
            ["sameas"] = (run, value, given) => IsSame(value, given.Bind("sameas", "other")[0]),
        };
        (string Symbol, string[] Names)[] comparisons =
        [
            ("==", ["eq", "equalto"]), ("!=", ["ne"]), ("<", ["lt", "lessthan"]), ("<=", ["le"]), (">", ["gt", "greaterthan"]),
            (">=", ["ge"]), ("in", ["in"]),
        ];
        foreach (var (symbol, name) in comparisons.SelectMany(one => one.Names.Append(one.Symbol).Distinct().Select(n => (one.Symbol, n))))
        {
            tests[name] = (run, value, given) => Comparison.Holds(run, symbol, value, Given(given, name));
        }

        return tests;
    }

    private static TemplateTest Plain(string name, Func<object?, bool> holds) => (_, value, given) =>
    {
        given.Bind(name);
        return holds(value);
    };

    private static bool IsCased(TemplateRun run, object? value, CallArguments given, string name)
    {
        given.Bind(name);
        string text = PythonPrinter.Text(run, value);
        run.Limits.Step(text.Length / 16);
        return name == "lower" ? text.Any(char.IsLower) && !text.Any(char.IsUpper) : text.Any(char.IsUpper) && !text.Any(char.IsLower);
    }

    private static object? Given(CallArguments arguments, string name)
    {
        object? other = arguments.Bind(name, "other")[0];
        return other != CallArguments.Missing ? other : throw new TemplateFault($"the test '{name}' takes a value to compare with");
    }

    // What has a length and items by index or key: a text and a dictionary too.
    private static bool IsSequence(object? value) => value is string or TemplateMap or Undefined or TemplateList { IsIndexed: true };

    private static bool IsSame(object? value, object? other) => (value, other) switch
    {
        (null, null) or (true, true) or (false, false) => true,
        (null or bool, _) or (_, null or bool) => false,
        _ => ReferenceEquals(value, other),
    };
}
