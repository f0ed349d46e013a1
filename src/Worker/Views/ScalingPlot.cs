using System.Globalization;
using RlCore.Algebra;
using RlCore.Worker.Commands;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Views;

/// <summary>Runs and the law that was fitted to them as a plot.</summary>
internal static class ScalingPlot
{
    private const int FitPoints = 60;

    /// <summary>The plot as SVG: loss against the variable; of a joint law against tokens, in a colour for each size of model.</summary>
    /// <param name="chosen">The runs.</param>
    /// <param name="law">The law.</param>
    public static string Draw(ScalingSelection chosen, ScalingLaw law)
    {
        bool isJoint = chosen.Variable == ScalingVariable.Joint;
        double[] values = chosen.Values;
        double low = values.Min(), high = values.Max();
        double[] along = [.. Enumerable.Range(0, FitPoints).Select(i => low * Math.Pow(high / low, i / (FitPoints - 1.0)))];
        PlotCurve[] curves = isJoint
            ? [.. chosen.Runs.GroupBy(run => run.Parameters).OrderBy(group => group.Key).Select(group => Curve(
                string.Create(CultureInfo.InvariantCulture, $"{group.Key:#,0} parameters"),
                group.Select(run => (run.Tokens, run.Loss)),
                along.Select(tokens => (tokens, law.Loss(group.Key, tokens)))))]
            : [Curve(chosen.Name, values.Zip(chosen.Runs, (x, run) => (x, run.Loss)), along.Select(x => (x, law.Loss(x))))];
        var axis = new PlotAxis(isJoint ? "tokens" : chosen.Name, AxisScale.Logarithmic);
        return new SvgPlot($"loss against {chosen.Name}", axis, new PlotAxis("nats", AxisScale.Logarithmic), curves).Write();
    }

    private static PlotCurve Curve(string label, IEnumerable<(double X, double Y)> runs, IEnumerable<(double X, double Y)> fit) =>
        new(label, Series(runs), CurveForm.Points) { Fit = Series(fit) };

    private static SeriesPoints Series(IEnumerable<(double X, double Y)> points)
    {
        var series = new SeriesPoints(FitPoints);
        foreach (var (x, y) in points)
        {
            series.X.Add(x);
            series.Y.Add(y);
        }

        return series;
    }
}
