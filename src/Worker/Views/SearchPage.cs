using System.Globalization;
using System.Security;
using RlCore.Trainers.Evaluation;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Views;

/// <summary>An evaluation of searches as a plot, and as a page that needs nothing else.</summary>
internal static class SearchPage
{
    private const int FittedPoints = 40;

    /// <summary>Accuracy against tokens as an SVG file: a curve for each strategy, with its law.</summary>
    /// <param name="report">The evaluation.</param>
    public static string Plot(SearchReport report) => new SvgPlot(
        "accuracy, %",
        new PlotAxis("tokens drawn and scored for a prompt", AxisScale.Logarithmic),
        new PlotAxis("accuracy, %"),
        [.. report.Points.GroupBy(point => point.Strategy).Select(strategy => CurveOf(strategy.Key, [.. strategy]))]).Write();

    /// <summary>Plot, points, laws and the best strategies, as one HTML file.</summary>
    /// <param name="report">The evaluation.</param>
    /// <param name="data">Name of the dataset.</param>
    public static string Write(SearchReport report, string data)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        SearchView.Write(text, report, data);
        string plot = Plot(report);
        return $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>Searches on {{SecurityElement.Escape(data)}}</title>
            <style>
            body { margin: 2rem auto; max-width: 46rem; padding: 0 1rem; font-family: system-ui, sans-serif; color-scheme: light dark; }
            svg { max-width: 100%; height: auto; }
            pre { overflow-x: auto; font-size: 0.85rem; }
            </style>
            </head>
            <body>
            <h1>Searches on {{SecurityElement.Escape(data)}}</h1>
            {{plot}}<pre>{{SecurityElement.Escape(text.ToString())}}</pre>
            </body>
            </html>

            """;
    }

    private static PlotCurve CurveOf(string strategy, SearchPoint[] points)
    {
        SearchPoint[] seen = [.. points.Where(point => point.Tokens > 0).OrderBy(point => point.Tokens)];
        var curve = new SeriesPoints(seen.Length);
        foreach (SearchPoint point in seen)
        {
            curve.X.Add(point.Tokens);
            curve.Y.Add(100 * point.Accuracy.Value);
        }

        return new PlotCurve(strategy, curve, CurveForm.Points) { Fit = LawOf(seen) };
    }

    private static SeriesPoints LawOf(SearchPoint[] points)
    {
        var line = new SeriesPoints(FittedPoints);
        if (SearchView.FitOf(points) is not { } law)
        {
            return line;
        }

        double first = Math.Log(points[0].Tokens), last = Math.Log(points[^1].Tokens);
        for (int i = 0; i < FittedPoints; i++)
        {
            double tokens = Math.Exp(first + ((last - first) * i / (FittedPoints - 1)));
            line.X.Add(tokens);
            line.Y.Add(100 * law.At(tokens));
        }

        return line;
    }
}
