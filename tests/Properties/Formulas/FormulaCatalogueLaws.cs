using System.Reflection;
using RlCore.Algebra;
using RlCore.Studies.Formulas;

namespace RlCore.Properties;

/// <summary>What a page prints is what the code computes.</summary>
public sealed class FormulaCatalogueLaws
{
    private const int Cases = 1000;

    // Parts of losses that are in the catalogue, and functions that choose among them.
    private static readonly string[] Parts =
    [
        "PolicyLosses.ClippedSurrogate", "KlEstimators.Estimate", "KlEstimators.StraightThrough", "PreferenceLosses.LogOddsRatio",
        "PreferenceLosses.LogOnPolicyWeight", "PreferenceLosses.Smoothed", "UnpairedLosses.ReferencePoint", "ValueLosses.ClippedValue",
        "RewardModelLosses.PreferenceProbability",
        "SequenceRatios.Sum",
        "SequenceRatios.Mean",
        "SequenceRatios.LimitedLogRatio",
        "SequenceRatios.LogGeometricMean",
        "SequenceRatios.LogGeometricMeanAtTokens",
        "SequenceRatios.LogClippedGeometricMean",
        "SequenceRatios.GammaWeight",
        "SupervisedLosses.Mix",
    ];

    public static TheoryData<string> Names => [.. FormulaCatalogue.All.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_formula_evaluated_is_the_loss(string name)
    {
        LossEntry entry = FormulaCatalogue.Find(name);
        (Expr value, Expr readable) = (entry.Value(), entry.Value().Readable(entry.Definitions));
        ForEachCase(entry, at =>
        {
            double expected = entry.Formula.Evaluate<Real>([.. at.Select(x => new Real(x))]);
            Close(expected, At(value, entry, at), name);
            Close(expected, At(readable, entry, at), $"{name}, as printed");
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_evaluated_is_the_derivative_of_the_loss(string name)
    {
        LossEntry entry = FormulaCatalogue.Find(name);
        for (int i = 0; i < entry.Variables.Count; i++)
        {
            int variable = i;
            Expr derivative = entry.Derivative(variable);
            Expr readable = derivative.Readable(entry.Definitions);
            ForEachCase(entry, at =>
            {
                double expected = entry.Formula.Evaluate<Dual<Real>>(
                    [.. at.Select((x, k) => new Dual<Real>(x, k == variable ? 1 : 0))]).Tangent;
                Close(expected, At(derivative, entry, at), $"{name} by {entry.Variables[variable].Name}");
                Close(expected, At(readable, entry, at), $"{name} by {entry.Variables[variable].Name}, as printed");
            });
        }
    }

    [Fact]
    public void Every_loss_of_the_library_is_in_the_catalogue()
    {
        Type[] types =
        [
            typeof(PolicyLosses),
            typeof(SequenceRatios),
            typeof(KlEstimators),
            typeof(PreferenceLosses),
            typeof(UnpairedLosses),
            typeof(ValueLosses),
            typeof(RewardModelLosses),
            typeof(SupervisedLosses),
        ];
        string[] functions = [.. types
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => $"{type.Name}.{method.Name}"))
            .Distinct()];
        IEnumerable<ISequenceSurrogate> sequences = Properties.Cases.All<Surrogate>().OfType<ISequenceSurrogate>();
        functions = [.. functions, .. sequences.Select(surrogate => $"Surrogate.{surrogate.GetType().Name}")];
        string[] missing = [.. functions.Except(FormulaCatalogue.All.Select(entry => entry.Code)).Except(Parts)];
        Assert.True(missing.Length == 0, $"without a page: {string.Join(", ", missing)}");
        Assert.Empty(Parts.Except(functions));
    }

    [Fact]
    public void Names_are_unique_and_constants_have_one_reading()
    {
        Assert.Equal(FormulaCatalogue.All.Count, FormulaCatalogue.All.Select(entry => entry.Name).Distinct().Count());
        foreach (LossEntry entry in FormulaCatalogue.All)
        {
            double[] forms = [.. entry.Constants
                .Where(constant => !char.IsAsciiDigit(constant.Name[0]))
                .SelectMany(constant => constant.Forms())
                .Select(form => Math.Abs(form.Value))];
            for (int i = 0; i < forms.Length; i++)
            {
                Assert.DoesNotContain(forms.Take(i), other => Math.Abs(other - forms[i]) < 1e-9 * forms[i]);
            }
        }
    }

    [Fact]
    public void Every_page_names_its_constants_and_prints_no_unexplained_number()
    {
        foreach (LossEntry entry in FormulaCatalogue.All)
        {
            string page = FormulaPages.Console(entry);
            Assert.DoesNotMatch(@"\d\.\d{3}", page.Split("\nnotes\n")[0]);
            Assert.Contains($"({entry.Name})", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_pages_on_disk_are_those_that_the_code_prints()
    {
        string folder = Path.Combine(Root(), "docs", "formulas");
        IReadOnlyDictionary<string, string> files = FormulaPages.Files();
        Assert.Equal(
            files.Keys.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.All(
            files,
            file =>
                Assert.True(
                    file.Value == File.ReadAllText(Path.Combine(folder, file.Key)),
                    $"docs/formulas/{file.Key} is old: run `rlcore explain --write docs/formulas`"));
    }

    private static void ForEachCase(LossEntry entry, Action<double[]> law)
    {
        var random = new Random(entry.Name.Sum(character => character));
        for (int i = 0; i < Cases; i++)
        {
            // A quarter of the cases repeat a value, so that ties and zeros occur.
            double[] at = [.. entry.Variables
                .Select(variable => Math.Round(variable.Low + (random.NextDouble() * (variable.High - variable.Low)), i % 4 == 0 ? 0 : 6))];
            law([.. at.Zip(entry.Variables, (x, variable) => Math.Clamp(x, variable.Low, variable.High))]);
        }
    }

    private static double At(Expr expression, LossEntry entry, double[] at)
    {
        Real ValueOf(string name)
        {
            int index = entry.Variables.ToList().FindIndex(variable => variable.Name == name);
            return index >= 0
                ? at[index]
                : entry.Definitions.Single(definition => definition.Name == name).Meaning.Evaluate<Real>(0, ValueOf);
        }

        return expression.Evaluate<Real>(0, ValueOf);
    }

    private static void Close(double expected, double actual, string what) => Assert.True(
        expected.Equals(actual) || Math.Abs(expected - actual) <= 1e-9 * Math.Max(1, Math.Abs(expected)),
        $"{what}: {actual:R}, but {expected:R} is right");

    internal static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "RlCore.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The repository's folder was not found.");
    }
}
