using System.Text.Json;

namespace RlCore.Studies.Conformance;

/// <summary>
/// Runs conformance vectors: files of inputs and of the numbers that a peer's own code gave for them. Values and
/// gradients are compared to a relative 1e-9 or an absolute 1e-12 unless the file states its own tolerance, which is bounded.
/// </summary>
public static class ConformanceRunner
{
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = false };

    // What numbers printed in single precision need; a file that asks for more compares nothing.
    private static readonly Tolerance Loosest = new(Relative: 1e-3, Absolute: 1e-3);

    /// <summary>The tolerance of numbers in double precision.</summary>
    public static Tolerance Usual { get; } = new(Relative: 1e-9, Absolute: 1e-12);

    /// <summary>The documented departures from the peers.</summary>
    public static IReadOnlyList<Departure> Departures => [.. DepartureTable.All.SelectMany(entry => entry.Departures)];

    /// <summary>
    /// The documented departures as a Markdown table: file, field, why, and the law that shows the library's value to be right.
    /// </summary>
    public static string DeparturesTable() => string.Concat(
        Departures.Select(departure => $"| {departure.File} | `{departure.Field}` | {departure.Reason} | `{departure.Law}` |\n")
            .Prepend("| file | field | why | law |\n|---|---|---|---|\n"));

    /// <summary>Runs every .json file of a folder, in order of name.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static ConformanceReport Run(string folder) =>
        new([.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(RunFile)]);

    /// <summary>Runs one file. A file that cannot be read, or that the library does not know, is a failure.</summary>
    /// <param name="path">The file.</param>
    public static FileReport RunFile(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path), Options);
            return RunCases(name, document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or IOException or FormatException or InvalidOperationException)
        {
            return new(name, 1, 0, 0, 0, null, [new(0, "file", $"not a file of vectors: {exception.Message}")]);
        }
    }

    private static FileReport RunCases(string fileName, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("cases", out JsonElement cases)
            || cases.ValueKind != JsonValueKind.Array || cases.GetArrayLength() == 0)
        {
            throw new FormatException("an object with a list 'cases' of at least one case is needed");
        }

        string name = root.TryGetProperty("name", out JsonElement stated) && stated.GetString() is { } text ? text : fileName;
        if (!VectorTable.Formulas.TryGetValue(name, out Action<VectorInputs, VectorOutputs>? formula))
        {
            return new(fileName, 1, 0, 0, 0, null, [new(0, "file", $"the library knows no vectors named '{name}'")]);
        }

        var comparison = new Comparison(name);
        int index = 0;
        foreach (JsonElement item in cases.EnumerateArray())
        {
            comparison.Case(index++, item, formula);
        }

        return comparison.Report(fileName);
    }

    private sealed class Comparison(string name)
    {
        private readonly List<ConformanceFailure> _failures = [];
        private VectorInputs _inputs = new(default);
        private int _case;
        private int _passed;
        private int _departed;
        private double _worst;
        private Tolerance? _loose;

        public void Case(int index, JsonElement item, Action<VectorInputs, VectorOutputs> formula)
        {
            _case = index;
            if (!item.TryGetProperty("inputs", out JsonElement inputs) || !item.TryGetProperty("expected", out JsonElement expected)
                || expected.ValueKind != JsonValueKind.Object || expected.EnumerateObject().All(IsTolerance))
            {
                throw new FormatException($"case {index} needs 'inputs' and at least one field of 'expected'");
            }

            var outputs = new VectorOutputs();
            _inputs = new VectorInputs(inputs, expected);
            try
            {
                formula(_inputs, outputs);
            }
            catch (Exception exception) when (
                exception is ArgumentException or FormatException or InvalidOperationException or IndexOutOfRangeException)
            {
                _failures.Add(new(index, "inputs", exception.Message));
            }

            ReadTolerance(expected, outputs);
            foreach (JsonProperty field in expected.EnumerateObject().Where(field => !IsTolerance(field)))
            {
                Compare(field.Name, field.Value, outputs);
            }
        }

        public FileReport Report(string fileName) =>
            new(fileName, _passed + _departed + _failures.Count, _passed, _departed, _worst, _loose, _failures);

        private static bool IsTolerance(JsonProperty field) => field.Name is "rtol" or "atol";

        // A case may state its own tolerance among its expectations; one out of bounds fails, and the usual one is kept.
        private void ReadTolerance(JsonElement expected, VectorOutputs outputs)
        {
            bool hasRelative = expected.TryGetProperty("rtol", out JsonElement relative);
            bool hasAbsolute = expected.TryGetProperty("atol", out JsonElement absolute);
            if (!hasRelative && !hasAbsolute)
            {
                return;
            }

            var own = new Tolerance(
                hasRelative ? VectorJson.Number(relative, "rtol") : Usual.Relative,
                hasAbsolute ? VectorJson.Number(absolute, "atol") : Usual.Absolute);
            if (own is { Relative: >= 0, Absolute: >= 0 } && own.Or(Loosest) == Loosest)
            {
                outputs.Tolerance = own;
            }
            else
            {
                _failures.Add(new(_case, "rtol, atol", $"a tolerance of {own}, but at most {Loosest} is allowed"));
            }
        }

        private void Compare(string path, JsonElement expected, VectorOutputs outputs)
        {
            if (expected.ValueKind == JsonValueKind.Object && !expected.TryGetProperty("data", out _))
            {
                foreach (JsonProperty field in expected.EnumerateObject())
                {
                    Compare(path + VectorOutputs.Separator + field.Name, field.Value, outputs);
                }

                return;
            }

            if (!outputs.TryGet(path, out double[] actual))
            {
                _failures.Add(new(_case, path, "the library does not know this field"));
                return;
            }

            CompareLeaf(path, expected, actual, outputs);
        }

        private void CompareLeaf(string path, JsonElement expected, double[] actual, VectorOutputs outputs)
        {
            // A peer that raises an exception says that the quantity is undefined; here an undefined number is NaN.
            double[] values = expected.ValueKind == JsonValueKind.String && expected.GetString() == "error"
                ? [.. actual.Select(_ => double.NaN)]
                : VectorJson.Elements(expected, path);
            if (values.Length != actual.Length)
            {
                _failures.Add(new(_case, path, $"{actual.Length} elements, but {values.Length} are expected"));
                return;
            }

            Tolerance tolerance = outputs.ToleranceOf(path);
            _loose = tolerance == Usual ? _loose : tolerance.Or(_loose ?? tolerance);
            (double worst, string problem) = Difference(actual, values, tolerance);
            if (problem.Length == 0)
            {
                _passed++;
                _worst = Math.Max(_worst, worst);
            }
            else if (!DepartureTable.TryGet(name, path, _inputs, out double[] departed))
            {
                _failures.Add(new(_case, path, problem));
            }
            else if (Difference(departed, values, tolerance).Problem is { Length: > 0 } neither)
            {
                _failures.Add(new(_case, path, $"{problem}; by the peer's documented formula {neither}"));
            }
            else
            {
                _departed++;
            }
        }

        // The largest relative error, and the first element that is out of tolerance.
        private static (double Worst, string Problem) Difference(double[] actual, double[] expected, Tolerance tolerance)
        {
            double worst = 0;
            string problem = string.Empty;
            for (int i = 0; i < expected.Length; i++)
            {
                double error = Math.Abs(actual[i] - expected[i]);
                bool near = actual[i].Equals(expected[i]) || error <= tolerance.Absolute;
                double relative = near ? 0 : error / Math.Abs(expected[i]);
                if (!near && !(relative <= tolerance.Relative && double.IsFinite(actual[i])))
                {
                    problem = problem.Length > 0 ? problem : $"element {i} is {actual[i]:R}, but {expected[i]:R} is expected";
                }

                worst = Math.Max(worst, relative);
            }

            return (worst, problem);
        }
    }
}
