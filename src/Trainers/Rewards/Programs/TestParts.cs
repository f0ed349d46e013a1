using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The tests in two programs. Parts are what only the completion can compute, and run with it; verdicts are the tests around them, and run
/// where no completion does, with the values of the parts.
/// </summary>
/// <param name="Parts">The source of the parts: <see cref="TestRunner"/>.</param>
/// <param name="Verdicts">The source of the verdicts: <see cref="Verdicts"/>.</param>
internal sealed record CutTests(string Parts, string Verdicts);

/// <summary>Writes the two programs.</summary>
internal sealed class TestParts
{
    private readonly List<Part> _parts = [];
    private readonly List<string> _tests = [];

    /// <summary>Number of parts.</summary>
    public int Count => _parts.Count;

    /// <summary>Begins a part.</summary>
    /// <param name="statements">What runs before its values are computed.</param>
    /// <returns>Its number.</returns>
    public int Begin(string statements)
    {
        _parts.Add(new Part(statements, []));
        return _parts.Count - 1;
    }

    /// <summary>Adds a place to a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="expression">The expression that the completion's process computes.</param>
    /// <param name="type">Its type.</param>
    /// <param name="outs">The variables that it sets for the test: their types and names.</param>
    /// <returns>What stands for it in the verdict.</returns>
    public string Add(int part, string expression, string type, IReadOnlyList<(string Type, string Name)> outs)
    {
        List<Place> places = _parts[part].Places;
        places.Add(new Place(expression, type, [.. outs]));
        string arguments = string.Join(", ", outs.Select(one => $"out {one.Type} {one.Name}"));
        return string.Create(CultureInfo.InvariantCulture, $"Value{part}_{places.Count - 1}({arguments})");
    }

    /// <summary>Forgets the parts from one on, and the places that a part has got since.</summary>
    /// <param name="parts">Number of parts that remain.</param>
    /// <param name="part">A part; −1 for none.</param>
    /// <param name="places">Number of its places that remain.</param>
    public void Forget(int parts, int part, int places)
    {
        _parts.RemoveRange(parts, _parts.Count - parts);
        if (part >= 0)
        {
            _parts[part].Places.RemoveRange(places, _parts[part].Places.Count - places);
        }
    }

    /// <summary>Number of places of a part; 0 for none.</summary>
    public int PlacesOf(int part) => part < 0 ? 0 : _parts[part].Places.Count;

    /// <summary>Adds a test.</summary>
    /// <param name="verdict">The test with its parts replaced.</param>
    public void AddTest(string verdict) => _tests.Add(verdict);

    /// <summary>The two programs.</summary>
    public CutTests Write()
    {
        var parts = new StringBuilder($"public static class {TestRunner.PartsName}\n{{\n");
        var verdicts = new StringBuilder(
            $$"""
            public static class {{Verdicts.ClassName}}
            {
                public static global::System.Func<int, int, global::System.Type[], object[]> {{Verdicts.ValuesName}};

            """);
        for (int i = 0; i < _parts.Count; i++)
        {
            const string Give = "global::System.Action<int, global::System.Func<object[]>> give";
            parts.Append(
                CultureInfo.InvariantCulture, $"    public static void {TestRunner.NameOf(i)}({Give})\n    {{\n{_parts[i].Statements}\n");
            for (int k = 0; k < _parts[i].Places.Count; k++)
            {
                Place place = _parts[i].Places[k];
                string values = string.Join(", ", place.Outs.Select(one => one.Name).Prepend($"(\n{place.Expression}\n)"));
                parts.Append(CultureInfo.InvariantCulture, $"        give({k}, () => new object[] {{ {values} }});\n");
                AppendValue(verdicts, i, k, place);
            }

            parts.Append("    }\n");
        }

        for (int i = 0; i < _tests.Count; i++)
        {
            verdicts.Append(CultureInfo.InvariantCulture, $"    public static bool {Verdicts.NameOf(i)}() => (\n{_tests[i]}\n);\n");
        }

        return new CutTests(parts.Append("}\n").ToString(), verdicts.Append("}\n").ToString());
    }

    private static void AppendValue(StringBuilder verdicts, int part, int index, Place place)
    {
        string parameters = string.Join(", ", place.Outs.Select(one => $"out {one.Type} {one.Name}"));
        string types = string.Join(", ", place.Outs.Select(one => one.Type).Prepend(place.Type).Select(type => $"typeof({type})"));
        string sets = string.Concat(place.Outs.Select((one, i) =>
            string.Create(CultureInfo.InvariantCulture, $" {one.Name} = ({one.Type})all[{i + 1}];")));
        verdicts.Append(CultureInfo.InvariantCulture, $$"""
                private static {{place.Type}} Value{{part}}_{{index}}({{parameters}})
                {
                    object[] all = {{Verdicts.ValuesName}}({{part}}, {{index}}, new global::System.Type[] { {{types}} });
                   {{sets}} return ({{place.Type}})all[0];
                }

            """);
    }

    private sealed record Part(string Statements, List<Place> Places);

    private sealed record Place(string Expression, string Type, (string Type, string Name)[] Outs);
}
