using System.Globalization;
using System.Net;
using System.Text;

namespace RlCore.Studies.ClosedForm;

/// <summary>A line of a plot.</summary>
/// <param name="Label">Its name, written at its end.</param>
/// <param name="Values">Its values, one per step of the horizontal axis, from 0.</param>
internal sealed record PlotLine(string Label, IReadOnlyList<double> Values);

/// <summary>A plot of lines over a logarithmic vertical axis, as SVG.</summary>
internal static class LinePlot
{
    private const int Width = 860;
    private const int Height = 440;
    private const int Left = 70;
    private const int Right = 270;
    private const int Top = 40;
    private const int Bottom = 50;
    private const int LabelHeight = 16;

    private static readonly string[] Colours =
    [
        "#1f5fa8",
        "#c8451b",
        "#2f7d32",
        "#7b3fa0",
        "#b8860b",
        "#00838f",
        "#ad1457",
        "#555555",
        "#5d7f1a",
        "#3f51b5",
        "#8d5524",
        "#000000",
    ];

    /// <summary>The plot. Values below the lowest decade are drawn on the axis.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="horizontal">Label of the horizontal axis.</param>
    /// <param name="lowest">Exponent of the lowest decade.</param>
    /// <param name="lines">The lines, of equal length.</param>
    public static string Draw(string title, string horizontal, int lowest, IReadOnlyList<PlotLine> lines)
    {
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        Text(svg, Left, 22, title, "start", "#111111", 14);
        for (int decade = lowest; decade <= 0; decade++)
        {
            double y = Y(decade, lowest);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\" stroke=\"#dddddd\"/>\n");
            Text(
                svg,
                Left - 8,
                y + 4,
                decade == 0 ? "100 %" : Math.Pow(10, decade + 2).ToString("0.####", CultureInfo.InvariantCulture) + " %",
                "end",
                "#444444",
                12);
        }

        Text(svg, (Left + Width - Right) / 2.0, Height - 14, horizontal, "middle", "#444444", 12);
        double[] labels = Spread([.. lines.Select(line => Y(Level(line.Values[^1]), lowest))]);
        for (int i = 0; i < lines.Count; i++)
        {
            Draw(svg, lines[i], Colours[i % Colours.Length], lowest, labels[i]);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Draw(StringBuilder svg, PlotLine line, string colour, int lowest, double label)
    {
        int last = line.Values.Count - 1;
        string points = string.Join(
            ' ',
            line.Values.Select((value, i) => string.Create(CultureInfo.InvariantCulture, $"{X(i, last):F1},{Y(Level(value), lowest):F1}")));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<line x1=\"{X(last, last):F1}\" y1=\"{Y(Level(line.Values[^1]), lowest):F1}\" x2=\"{Width - Right + 14}\" y2=\"{label:F1}\" "
                + $"stroke=\"{colour}\"/>\n");
        Text(svg, Width - Right + 18, label + 4, line.Label, "start", colour, 12);
    }

    // Labels in the order of their lines, none over another.
    private static double[] Spread(double[] wanted)
    {
        int[] order = [.. Enumerable.Range(0, wanted.Length).OrderBy(i => wanted[i])];
        var placed = (double[])wanted.Clone();
        double room = Height - Bottom;
        for (int k = order.Length - 1; k >= 0; k--)
        {
            placed[order[k]] = Math.Min(placed[order[k]], room);
            room = placed[order[k]] - LabelHeight;
        }

        return placed;
    }

    private static double Level(double value) => value > 0 ? Math.Log10(value) : double.NegativeInfinity;

    private static double X(int i, int last) => Left + ((Width - Right - Left) * (double)i / last);

    private static double Y(double level, int lowest) => Top + ((Height - Bottom - Top) * Math.Clamp(level / lowest, 0, 1));

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor, string colour, int size) =>
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" fill=\"{colour}\" "
                + $"font-size=\"{size}\">{WebUtility.HtmlEncode(text)}</text>\n");
}
