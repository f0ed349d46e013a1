using System.Globalization;
using System.Security;
using System.Text;

namespace RlCore.Worker.Watching;

/// <summary>How a curve of a plot is drawn.</summary>
internal enum CurveForm
{
    /// <summary>A line through its points.</summary>
    Line,

    /// <summary>Points.</summary>
    Points,
}

/// <summary>A curve of a plot.</summary>
/// <param name="Label">Its name in the legend.</param>
/// <param name="Points">Its points; those of bucketed rows have their means.</param>
/// <param name="Form">How it is drawn.</param>
internal sealed record PlotCurve(string Label, SeriesPoints Points, CurveForm Form = CurveForm.Line)
{
    /// <summary>The line that was fitted to it, which is drawn in its colour; of no points for none.</summary>
    public SeriesPoints Fit { get; init; } = new(0);
}

/// <summary>Curves as an SVG file, for papers.</summary>
/// <param name="title">What they show.</param>
/// <param name="x">The horizontal axis.</param>
/// <param name="y">The vertical axis; its label stands above its right end, unless it is the title.</param>
/// <param name="curves">The curves.</param>
/// <param name="smoothing">Weight of the exponential mean of lines, from 0, which draws them as they are.</param>
internal sealed class SvgPlot(string title, PlotAxis x, PlotAxis y, IReadOnlyList<PlotCurve> curves, double smoothing = 0)
{
    private const double Width = 560, Height = 340, Left = 62, Right = 16, Top = 34, Bottom = 40, LegendLine = 18;

    // Okabe and Ito's colours, which people with any kind of colour vision can tell apart.
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#b8589a", "#b07c00", "#2d9fd9", "#5b5b5b"];

    private readonly PlotRange _x = PlotRange.Of(x, curves.SelectMany(curve => curve.Points.X.Concat(curve.Fit.X)), SpaceBeside(x));
    private readonly PlotRange _y = PlotRange.Of(y, curves.SelectMany(curve => curve.Points.Y.Concat(curve.Fit.Y)), 0.06);

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
            <text x="{Width - Right}" y="20" text-anchor="end" fill="#777">{Escape(y.Label == title ? "" : y.Label)}</text>

            """);
        foreach (double tick in _x.Places())
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                <text x="{X(tick):0.#}" y="{Height - Bottom + 16}" text-anchor="middle" fill="#555">{Print(tick)}</text>

                """);
        }

        foreach (double tick in _y.Places())
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                <path d="M{Left} {Y(tick):0.#}H{Width - Right}" stroke="#e2e2e2"/>
                <text x="{Left - 7}" y="{Y(tick):0.#}" dy="0.35em" text-anchor="end" fill="#555">{Print(tick)}</text>

                """);
        }

        text.Append(CultureInfo.InvariantCulture, $"""
            <text x="{(Left + Width - Right) / 2}" y="{Height - 8}" text-anchor="middle" fill="#555">{Escape(x.Label)}</text>

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
        if (curve.Form == CurveForm.Points)
        {
            WritePoints(text, curve, colour, dash);
        }
        else
        {
            WriteLine(text, curve, colour, dash);
        }

        if (curve.Fit.X.Count > 0)
        {
            AppendPath(text, curve.Fit.X, curve.Fit.Y, $"stroke=\"{colour}\" stroke-width=\"1\"{dash}");
        }

        if (curves.Count > 1)
        {
            double place = Height + (index * LegendLine) + 4;
            string mark = curve.Form == CurveForm.Points
                ? Dot(Left + 9, place, colour, dash)
                : string.Create(
                    CultureInfo.InvariantCulture, $"<path d=\"M{Left} {place}h18\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>");
            text.Append(CultureInfo.InvariantCulture, $"""
                {mark}
                <text x="{Left + 26}" y="{place}" dy="0.35em">{Escape(curve.Label)}</text>

                """);
        }
    }

    private void WriteLine(StringBuilder text, PlotCurve curve, string colour, string dash)
    {
        if (smoothing > 0)
        {
            AppendPath(text, curve.Points.X, curve.Points.Y, $"stroke=\"{colour}\" stroke-opacity=\"0.25\"{dash}");
        }

        IReadOnlyList<double> values = smoothing > 0 ? curve.Points.Smooth(smoothing) : curve.Points.Y;
        AppendPath(text, curve.Points.X, values, $"stroke=\"{colour}\" stroke-width=\"1.6\"{dash}");
    }

    private void WritePoints(StringBuilder text, PlotCurve curve, string colour, string dash)
    {
        for (int i = 0; i < curve.Points.X.Count; i++)
        {
            double across = X(curve.Points.X[i]), down = Y(curve.Points.Y[i]);
            if (double.IsFinite(across) && double.IsFinite(down))
            {
                text.Append(Dot(across, down, colour, dash)).Append('\n');
            }
        }
    }

    // Past the last colour, points are rings, as lines are dashed.
    private static string Dot(double across, double down, string colour, string dash) => string.Create(
        CultureInfo.InvariantCulture,
        $"<circle cx=\"{across:0.#}\" cy=\"{down:0.#}\" r=\"3\" fill=\"{(dash.Length > 0 ? "#fff" : colour)}\" stroke=\"{colour}\"/>");

    private void AppendPath(StringBuilder text, List<double> across, IReadOnlyList<double> down, string look) =>
        text.Append(CultureInfo.InvariantCulture, $"""
            <path d="{Path(across, down)}" {look} fill="none" stroke-linejoin="round"/>

            """);

    private string Path(List<double> across, IReadOnlyList<double> down)
    {
        var path = new StringBuilder();
        bool isDrawing = false;
        for (int i = 0; i < across.Count; i++)
        {
            double placeX = X(across[i]), placeY = Y(down[i]);
            bool isPoint = double.IsFinite(placeX) && double.IsFinite(placeY);
            if (isPoint)
            {
                path.Append(CultureInfo.InvariantCulture, $"{(isDrawing ? 'L' : 'M')}{placeX:0.#} {placeY:0.#}");
            }

            isDrawing = isPoint;
        }

        return path.ToString();
    }

    private double X(double value) => Left + (_x.PlaceOf(value) * (Width - Left - Right));

    private double Y(double value) => Height - Bottom - (_y.PlaceOf(value) * (Height - Top - Bottom));

    // Curves of steps reach both ends; on a logarithmic axis, points at the ends stand free.
    private static double SpaceBeside(PlotAxis axis) => axis.Scale == AxisScale.Linear ? 0 : 0.04;

    private static string Print(double value) => Math.Abs(value) is >= 1e6 or (> 0 and < 1e-4)
        ? value.ToString("0.##e0", CultureInfo.InvariantCulture)
        : Math.Round(value, 10).ToString("#,0.######", CultureInfo.InvariantCulture);

    // XML has no characters below the space but three.
    private static string Escape(string text) => SecurityElement.Escape(
        string.Concat(text.Select(character => char.IsControl(character) || char.IsSurrogate(character) ? '\uFFFD' : character)));
}
