using System.Globalization;
using System.Security;
using System.Text;

namespace RlCore.Worker.Watching;

/// <summary>A curve of a plot.</summary>
/// <param name="Label">Its name in the legend.</param>
/// <param name="Points">Its points; those of bucketed rows have their means.</param>
internal sealed record PlotCurve(string Label, SeriesPoints Points);

/// <summary>A metric of some runs as an SVG file, for papers.</summary>
/// <param name="title">The metric.</param>
/// <param name="unit">Its unit; empty for none.</param>
/// <param name="curves">The curves.</param>
/// <param name="smoothing">Weight of the exponential mean, from 0, which draws the curves as they are.</param>
internal sealed class SvgPlot(string title, string unit, IReadOnlyList<PlotCurve> curves, double smoothing)
{
    private const double Width = 560, Height = 340, Left = 62, Right = 16, Top = 34, Bottom = 40, LegendLine = 18;
    private const int Ticks = 6;

    // Okabe and Ito's colours, which people with any kind of colour vision can tell apart.
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#b8589a", "#b07c00", "#2d9fd9", "#5b5b5b"];

    private readonly (double Low, double High) _x = Ends(curves.SelectMany(curve => curve.Points.X), 0);
    private readonly (double Low, double High) _y = Ends(curves.SelectMany(curve => curve.Points.Y), 0.06);

    /// <summary>The file's content.</summary>
    public string Write()
    {
        double height = Height + (curves.Count > 1 ? curves.Count * LegendLine : 0);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}" viewBox="0 0 {Width} {height}"
              font-family="system-ui, sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="#fff"/>
            <text x="{Left}" y="20" font-size="13" font-weight="600">{Escape(title)}</text>
            <text x="{Width - Right}" y="20" text-anchor="end" fill="#777">{Escape(unit == title ? "" : unit)}</text>

            """);
        foreach (double tick in Places(_x))
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                <text x="{X(tick):0.#}" y="{Height - Bottom + 16}" text-anchor="middle" fill="#555">{Print(tick)}</text>

                """);
        }

        foreach (double tick in Places(_y))
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                <path d="M{Left} {Y(tick):0.#}H{Width - Right}" stroke="#e2e2e2"/>
                <text x="{Left - 7}" y="{Y(tick):0.#}" dy="0.35em" text-anchor="end" fill="#555">{Print(tick)}</text>

                """);
        }

        text.Append(CultureInfo.InvariantCulture, $"""
            <text x="{(Left + Width - Right) / 2}" y="{Height - 8}" text-anchor="middle" fill="#555">step</text>

            """);
        foreach (var (index, curve) in curves.Index())
        {
            WriteCurve(text, curve, index);
        }

        return text.Append("</svg>\n").ToString();
    }

    private void WriteCurve(StringBuilder text, PlotCurve curve, int index)
    {
        string colour = Colours[index % Colours.Length];
        string dash = index >= Colours.Length ? " stroke-dasharray=\"6 3\"" : "";
        const string Form = "fill=\"none\" stroke-linejoin=\"round\"";
        if (smoothing > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                <path d="{Path(curve.Points.X, curve.Points.Y)}" stroke="{colour}" stroke-opacity="0.25"{dash} {Form}/>

                """);
        }

        IReadOnlyList<double> values = smoothing > 0 ? curve.Points.Smooth(smoothing) : curve.Points.Y;
        text.Append(CultureInfo.InvariantCulture, $"""
            <path d="{Path(curve.Points.X, values)}" stroke="{colour}" stroke-width="1.6"{dash} {Form}/>

            """);
        if (curves.Count > 1)
        {
            double place = Height + (index * LegendLine) + 4;
            text.Append(CultureInfo.InvariantCulture, $"""
                <path d="M{Left} {place}h18" stroke="{colour}" stroke-width="2"{dash}/>
                <text x="{Left + 26}" y="{place}" dy="0.35em">{Escape(curve.Label)}</text>

                """);
        }
    }

    private string Path(List<double> x, IReadOnlyList<double> y)
    {
        var path = new StringBuilder();
        bool isDrawing = false;
        for (int i = 0; i < x.Count; i++)
        {
            bool isPoint = !double.IsNaN(y[i]);
            if (isPoint)
            {
                path.Append(CultureInfo.InvariantCulture, $"{(isDrawing ? 'L' : 'M')}{X(x[i]):0.#} {Y(y[i]):0.#}");
            }

            isDrawing = isPoint;
        }

        return path.ToString();
    }

    private double X(double value) => Left + ((value - _x.Low) / (_x.High - _x.Low) * (Width - Left - Right));

    private double Y(double value) => Height - Bottom - ((value - _y.Low) / (_y.High - _y.Low) * (Height - Top - Bottom));

    private static (double Low, double High) Ends(IEnumerable<double> values, double margin)
    {
        double[] kept = [.. values.Where(double.IsFinite)];
        double low = kept.Length > 0 ? kept.Min() : 0, high = kept.Length > 0 ? kept.Max() : 1;
        double space = high > low ? (high - low) * margin : Math.Max(Math.Abs(high) * 0.1, 0.5);
        return (low >= 0 && low - space < 0 ? 0 : low - space, high + space);
    }

    // Round places: 1, 2 or 5 times a power of ten apart.
    private static IEnumerable<double> Places((double Low, double High) ends)
    {
        double rough = (ends.High - ends.Low) / Ticks;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        for (double count = Math.Ceiling(ends.Low / step); count * step <= ends.High; count++)
        {
            yield return count * step;
        }
    }

    private static string Print(double value) => Math.Abs(value) is >= 1e6 or (> 0 and < 1e-4)
        ? value.ToString("0.##e0", CultureInfo.InvariantCulture)
        : Math.Round(value, 10).ToString("#,0.######", CultureInfo.InvariantCulture);

    // XML has no characters below the space but three.
    private static string Escape(string text) => SecurityElement.Escape(
        string.Concat(text.Select(character => char.IsControl(character) || char.IsSurrogate(character) ? '\uFFFD' : character)));
}
