using System.Globalization;
using RlCore.Algebra;
using RlCore.Worker.Commands;

namespace RlCore.Worker.Views;

/// <summary>Fitted scaling laws as text.</summary>
/// <param name="chosen">The runs.</param>
/// <param name="loss">A loss to reach; null for none.</param>
/// <param name="divisor">What the loss is divided by, above 1.</param>
/// <param name="compute">Compute to split, in floating-point operations; used for a joint law.</param>
internal sealed class ScalingReport(ScalingSelection chosen, double? loss, double divisor, double compute)
{
    private const int NameWidth = 12, ValueWidth = 11;

    // An irreducible loss that the runs know nothing of ends at a tiny number.
    private const double Nothing = 1e-12;

    private readonly ScalingFit? _power = chosen is { Variable: ScalingVariable.Joint, Form: JointForm.Hoffmann }
        ? null
        : Fit(chosen, hasIrreducible: false);

    private readonly ScalingFit? _full = chosen.AllowsIrreducible ? Fit(chosen, hasIrreducible: true) : null;

    /// <summary>The law with the irreducible loss, if there is one.</summary>
    public ScalingLaw Law => (_full ?? _power!).Law;

    /// <summary>The lines.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"{chosen.File}: loss against {chosen.Name}, {Wording.Count(chosen.Runs.Count, "run")}";
        yield return $"left out: {(chosen.LeftOut.Length > 0 ? chosen.LeftOut : "nothing")}";
        foreach (string line in chosen.Variable == ScalingVariable.Joint ? Joint((_full ?? _power)!) : OfOne())
        {
            yield return line;
        }
    }

    private static ScalingFit Fit(ScalingSelection chosen, bool hasIrreducible)
    {
        double[] losses = [.. chosen.Runs.Select(run => run.Loss)];
        double[] parameters = [.. chosen.Runs.Select(run => run.Parameters)];
        return chosen.Variable != ScalingVariable.Joint ? ScalingFit.Of(chosen.Values, losses, hasIrreducible)
            : chosen.Form == JointForm.Kaplan ? ScalingFit.JointPower(parameters, chosen.Values, losses)
            : ScalingFit.Joint(parameters, chosen.Values, losses);
    }

    private IEnumerable<string> OfOne()
    {
        string power = "power law, L = (x/s)^-a";
        foreach (string line in Table(power, _power!, [("s", law => law.Terms[0].Inverse(1)), ("a", law => law.Terms[0].Exponent)])
            .Concat(Reach(_power!, "the loss")))
        {
            yield return line;
        }

        if (_full is not { } full)
        {
            yield return "";
            yield return $"a law over an irreducible loss needs {ScalingFit.LeastRuns(1, true)} runs with {ScalingFit.LeastValues(true)} "
                + $"different values; these are {chosen.Runs.Count}";
            yield break;
        }

        (string, Func<ScalingLaw, double>)[] numbers =
        [
            ("E", law => law.Irreducible), ("s", law => law.Terms[0].Inverse(1)), ("a", law => law.Terms[0].Exponent),
        ];
        foreach (string line in Table("over an irreducible loss, L = E + (x/s)^-a", full, numbers).Concat(Reach(full, "what is reducible")))
        {
            yield return line;
        }
    }

    private IEnumerable<string> Reach(ScalingFit fit, string what)
    {
        ScalingEstimate factor = fit.Estimate(law => law.MultiplierToDivideReducibleBy(divisor));
        yield return $"to divide {what} by {Number(divisor)}: {Number(factor.Value)} times the {chosen.Name} ({Range(factor.Interval)})";
        if (loss is { } wanted)
        {
            yield return $"to reach a loss of {Number(wanted)}: {Reached(fit.Inverse(wanted))}";
        }
    }

    private IEnumerable<string> Joint(ScalingFit fit)
    {
        (string Title, (string, Func<ScalingLaw, double>)[] Numbers) form = chosen.Form == JointForm.Kaplan
            ? ("L = ((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D",
            [
                ("N_c", law => law.Terms[0].Inverse(1)), ("alpha_N", law => law.Terms[0].Exponent * law.Power),
                ("D_c", law => law.Terms[1].Inverse(1)), ("alpha_D", law => law.Power),
            ])
            : ("L = E + A/N^alpha + B/D^beta",
            [
                ("E", law => law.Irreducible), ("A", law => law.Terms[0].Coefficient), ("alpha", law => law.Terms[0].Exponent),
                ("B", law => law.Terms[1].Coefficient), ("beta", law => law.Terms[1].Exponent),
            ]);
        foreach (string line in Table(form.Title, fit, form.Numbers))
        {
            yield return line;
        }

        ScalingEstimate exponent = fit.Estimate(law => law.SplitExponent);
        ScalingEstimate parameters = fit.Estimate(law => law.Split(compute).Parameters);
        ScalingEstimate tokens = fit.Estimate(law => law.Split(compute).Tokens);
        ScalingEstimate least = fit.Estimate(law => law.OfCompute().Loss(compute));
        yield return "";
        yield return "compute-optimal, C = 6 N D";
        yield return $"N grows as C^{Number(exponent.Value)} ({Range(exponent.Interval)}), D as C^{Number(1 - exponent.Value)}";
        yield return $"C = {Number(compute)}: N = {Number(parameters.Value)} ({Range(parameters.Interval)}), "
            + $"D = {Number(tokens.Value)} ({Range(tokens.Interval)}), loss {Number(least.Value)} ({Range(least.Interval)})";
        ScalingEstimate factor = fit.Estimate(law => law.OfCompute().MultiplierToDivideReducibleBy(divisor));
        string what = chosen.Form == JointForm.Kaplan ? "the loss" : "what is reducible";
        yield return $"to divide {what} by {Number(divisor)}: {Number(factor.Value)} times the compute "
            + $"({Range(factor.Interval)})";
        if (loss is { } wanted)
        {
            ScalingEstimate reached = fit.Inverse(wanted);
            ComputeSplit split = fit.Law.Split(reached.Value);
            yield return $"to reach a loss of {Number(wanted)}: {Reached(reached)}"
                + (double.IsFinite(reached.Value) ? $": N = {Number(split.Parameters)}, D = {Number(split.Tokens)}" : "");
        }
    }

    private static IEnumerable<string> Table(string title, ScalingFit fit, IEnumerable<(string Name, Func<ScalingLaw, double> Of)> numbers)
    {
        yield return "";
        yield return title;
        yield return $"{"",-NameWidth}{"estimate",-ValueWidth}95 % interval";
        foreach (var (name, of) in numbers)
        {
            ScalingEstimate estimate = fit.Estimate(of);
            yield return $"{name,-NameWidth}{Number(estimate.Value),-ValueWidth}{Range(estimate.Interval)}";
        }

        yield return $"runs lie {Wording.Percent(fit.Deviation)} from the law (root mean square, "
            + $"{Wording.Count(fit.DegreesOfFreedom, "degree")} of freedom)";
    }

    private string Unit => chosen.Variable is ScalingVariable.Parameters or ScalingVariable.Tokens ? chosen.Name : "operations";

    private string Reached(ScalingEstimate estimate) => double.IsFinite(estimate.Value)
        ? $"{Number(estimate.Value)} {Unit} ({Range(estimate.Interval)})"
        : double.IsFinite(estimate.Interval.Low)
            ? $"never, by the law; {Number(estimate.Interval.Low)} {Unit} or more, by its interval"
            : "never: the irreducible loss is above it";

    private static string Range(Interval interval) => interval.High < double.PositiveInfinity
        ? $"{Number(interval.Low)} to {Number(interval.High)}"
        : $"{Number(interval.Low)} or more";

    // Three digits; far from 1 with a power of ten.
    private static string Number(double value) => Math.Abs(value) < Nothing ? "0"
        : Math.Abs(value) is >= 1e6 or < 1e-3 ? value.ToString("0.##e0", CultureInfo.InvariantCulture)
        : Math.Abs(value) >= 1000 ? value.ToString("#,0", CultureInfo.InvariantCulture)
        : value.ToString("G3", CultureInfo.InvariantCulture);
}
