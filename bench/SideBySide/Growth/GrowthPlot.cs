using System.Globalization;
using System.Text;

namespace RlCore.SideBySide.Growth;

/// <summary>Time and memory of a token against what grows, both logarithmic: a panel for each axis and each of the two.</summary>
internal static class GrowthPlot
{
    private const int PanelWidth = 230;
    private const int PanelHeight = 200;
    private const int Left = 60;
    private const int Top = 34;
    private const int Inner = 150;
    private const string Time = "#1f5fa8";
    private const string Memory = "#c8451b";

    /// <summary>The plot as SVG.</summary>
    /// <param name="lines">The measured axes.</param>
    public static string Draw(IReadOnlyList<GrowthLine> lines)
    {
        var svg = new StringBuilder();
        int width = PanelWidth * lines.Count, height = 2 * PanelHeight;
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n"
                + $"<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n");
        Row(svg, lines, 0, Time, "µs per token", point => point.Seconds * 1e6);
        Row(svg, lines, PanelHeight, Memory, "KB per token", point => point.BytesOfToken / 1e3);
        return svg.Append("</svg>\n").ToString();
    }

    // The panels of a row have one vertical scale.
    private static void Row(
        StringBuilder svg, IReadOnlyList<GrowthLine> lines, int top, string colour, string unit, Func<GrowthPoint, double> value)
    {
        double[] all = [.. lines.SelectMany(line => line.Points).Select(point => Math.Log2(value(point)))];
        var (low, high) = (Math.Floor(all.Min()), Math.Ceiling(all.Max()));
        for (int i = 0; i < lines.Count; i++)
        {
            Panel(svg, lines[i], i * PanelWidth, top, (low, high), colour, unit, value);
        }
    }

    private static void Panel(
        StringBuilder svg,
        GrowthLine line,
        int left,
        int top,
        (double Low, double High) range,
        string colour,
        string unit,
        Func<GrowthPoint, double> value)
    {
        double first = Math.Log2(line.Points[0].Value), span = Math.Log2(line.Points[^1].Value) - first;
        double X(GrowthPoint point) => left + Left + (Inner * (Math.Log2(point.Value) - first) / span);
        double Y(double level) => top + Top + ((PanelHeight - Top - 40) * (range.High - level) / (range.High - range.Low));
        Text(svg, left + Left, top + 20, $"{line.Name}: {unit}", "start");
        for (double level = range.Low; level <= range.High; level += Math.Max(1, Math.Ceiling((range.High - range.Low) / 5)))
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<line x1=\"{left + Left}\" x2=\"{left + Left + Inner}\" y1=\"{Y(level):F1}\" y2=\"{Y(level):F1}\" "
                    + $"stroke=\"#dddddd\"/>\n");
            Text(svg, left + Left - 6, Y(level) + 4, Math.Pow(2, level).ToString("0.##", CultureInfo.InvariantCulture), "end");
        }

        string points = string.Join(
            ' ',
            line.Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point):F1},{Y(Math.Log2(value(point))):F1}")));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
        foreach (GrowthPoint point in line.Points)
        {
            double y = Y(Math.Log2(value(point)));
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(point):F1}\" cy=\"{y:F1}\" r=\"3\" fill=\"{colour}\"/>\n");
        }

        foreach (GrowthPoint point in (GrowthPoint[])[line.Points[0], line.Points[^1]])
        {
            Text(svg, X(point), top + PanelHeight - 22, point.Value.ToString("N0", CultureInfo.InvariantCulture), "middle");
        }
    }

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor) => svg.Append(
        CultureInfo.InvariantCulture, $"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" fill=\"#444444\">{text}</text>\n");
}
