using System.Globalization;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Tests.Watching;

/// <summary>Plots as SVG files, on linear and on logarithmic axes.</summary>
public sealed class PlotLaws
{
    private const double Left = 62, Right = 544, Top = 34, Bottom = 300;

    private static readonly PlotAxis Logarithmic = new("tokens", AxisScale.Logarithmic);

    // As it was before axes could be logarithmic.
    [Fact]
    public void A_plot_against_steps_is_this_text()
    {
        SeriesPoints points = Series((1, 4), (2, 2), (2.75, double.NaN), (3, 1));
        string plot = new SvgPlot("loss", PlotAxis.Steps, new PlotAxis("nats"), [new PlotCurve("run", points)]).Write();
        Assert.Equal(
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="560" height="340" viewBox="0 0 560 340"
              font-family="system-ui, sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="#fff"/>
            <text x="62" y="20" font-size="13" font-weight="600">loss</text>
            <text x="544" y="20" text-anchor="end" fill="#777">nats</text>
            <text x="62" y="316" text-anchor="middle" fill="#555">1</text>
            <text x="182.5" y="316" text-anchor="middle" fill="#555">1.5</text>
            <text x="303" y="316" text-anchor="middle" fill="#555">2</text>
            <text x="423.5" y="316" text-anchor="middle" fill="#555">2.5</text>
            <text x="544" y="316" text-anchor="middle" fill="#555">3</text>
            <path d="M62 285.8H544" stroke="#e2e2e2"/>
            <text x="55" y="285.8" dy="0.35em" text-anchor="end" fill="#555">1</text>
            <path d="M62 206.6H544" stroke="#e2e2e2"/>
            <text x="55" y="206.6" dy="0.35em" text-anchor="end" fill="#555">2</text>
            <path d="M62 127.4H544" stroke="#e2e2e2"/>
            <text x="55" y="127.4" dy="0.35em" text-anchor="end" fill="#555">3</text>
            <path d="M62 48.3H544" stroke="#e2e2e2"/>
            <text x="55" y="48.3" dy="0.35em" text-anchor="end" fill="#555">4</text>
            <text x="303" y="332" text-anchor="middle" fill="#555">step</text>
            <path d="M62 48.3L303 206.6M544 285.8" stroke="#0072b2" stroke-width="1.6" fill="none" stroke-linejoin="round"/>
            </svg>

            """,
            plot,
            ignoreLineEndingDifferences: true);
    }

    [Property]
    public Property On_logarithmic_axes_equal_ratios_are_equally_far_apart() => Prop.ForAll(
        Gen.Choose(-60, 60).ToArbitrary(), Gen.Choose(1, 50).ToArbitrary(), (start, ratio) =>
        {
            double first = Math.Pow(10, start / 10.0), factor = 1 + (ratio / 10.0);
            PlotRange range = PlotRange.Of(Logarithmic, [first, first * factor, first * factor * factor], 0.1);
            double low = range.PlaceOf(first), high = range.PlaceOf(first * factor * factor);
            Assert.Equal(0.1 / 1.2, low, 1e-9);
            Assert.Equal(1.1 / 1.2, high, 1e-9);
            Assert.Equal((low + high) / 2, range.PlaceOf(first * factor), 1e-9);
            Assert.Equal(double.NaN, range.PlaceOf(0));
            Assert.Equal(double.NaN, range.PlaceOf(-first));
        });

    [Property]
    public Property Ticks_lie_within_the_axis_in_order_and_are_few_but_not_one() => Prop.ForAll(
        Gen.Choose(-80, 80).ToArbitrary(),
        Gen.Choose(1, 400).ToArbitrary(),
        Gen.Elements(AxisScale.Linear, AxisScale.Logarithmic).ToArbitrary(),
        (start, decades, scale) =>
        {
            double low = Math.Pow(10, start / 10.0);
            PlotRange range = PlotRange.Of(new PlotAxis("x", scale), [low, low * Math.Pow(10, decades / 20.0)], 0.04);
            double[] ticks = [.. range.Places()];
            Assert.Equal(ticks.Order().Distinct(), ticks);
            Assert.InRange(ticks.Length, 2, 13);
            Assert.All(ticks, tick => Assert.InRange(range.PlaceOf(tick), 0, 1));
        });

    [Theory]
    [InlineData(3, 800, "5 10 20 50 100 200 500")]
    [InlineData(0.5, 3e6, "1 10 100 1000 10000 100000 1000000")]
    [InlineData(1, 1e24, "1 1000 1000000 1000000000 1000000000000 1000000000000000 1E+18 1E+21 1E+24")]
    [InlineData(0.00002, 0.002, "2E-05 5E-05 0.0001 0.0002 0.0005 0.001 0.002")]
    [InlineData(1.31, 1.46, "1.35 1.4 1.45")]
    public void Ticks_are_at_1_2_and_5_or_at_powers_of_ten_or_round_whichever_fits(double low, double high, string expected) =>
        Assert.Equal(expected, string.Join(' ', PlotRange.Of(Logarithmic, [low, high], 0).Places().Select(tick =>
            Math.Round(tick, 9).ToString("R", CultureInfo.InvariantCulture))));

    [Fact]
    public void Points_lie_on_the_line_that_was_fitted_to_them_and_what_is_not_positive_has_no_place()
    {
        (double, double)[] points = [(10, 8), (100, 4), (1000, 2)];
        XDocument plot = Draw(
            new PlotCurve("power <law>", Series([.. points, (0, 3), (50, -1), (20, double.NaN)]), CurveForm.Points)
            {
                Fit = Series(points),
            },
            new PlotCurve("line", Series((10, 16), (0, 16), (1000, 16))));
        XElement[] dots = [.. Named(plot, "circle")];
        string[] paths = [.. Named(plot, "path").Select(path => path.Attribute("d")!.Value).Where(path => !path.Contains('H'))];
        Assert.Equal(3 + 1, dots.Length);
        string fit = string.Join('L', dots[..3].Select(dot => $"{dot.Attribute("cx")!.Value} {dot.Attribute("cy")!.Value}"));
        Assert.Equal($"M{fit}", paths[0]);
        double[] down = [.. dots[..3].Select(dot => double.Parse(dot.Attribute("cy")!.Value, CultureInfo.InvariantCulture))];
        Assert.Equal(down[1] - down[0], down[2] - down[1], 0.11);
        Assert.True(down[0] < down[1] && down[0] > Top && down[2] < Bottom);
        Assert.Equal(2, paths[1].Count(letter => letter == 'M'));
        double[] across = [.. dots[..3].Select(dot => double.Parse(dot.Attribute("cx")!.Value, CultureInfo.InvariantCulture))];
        Assert.All(across, place => Assert.InRange(place, Left + 1, Right - 1));
        string[] texts = [.. Named(plot, "text").Select(text => text.Value)];
        Assert.Contains("power <law>", texts);
        Assert.Contains("tokens", texts);
        Assert.Contains("loss", texts);
        Assert.DoesNotContain("step", texts);
    }

    [Fact]
    public void Smoothing_is_of_lines_and_points_stay_where_they_were_measured()
    {
        PlotCurve[] curves = [new("points", Series((1, 1), (2, 9), (4, 1)), CurveForm.Points)];
        var axes = (X: Logarithmic, Y: new PlotAxis("y"));
        Assert.Equal(new SvgPlot("t", axes.X, axes.Y, curves).Write(), new SvgPlot("t", axes.X, axes.Y, curves, 0.9).Write());
    }

    [Fact]
    public void What_was_fitted_is_in_sight_beyond_the_points()
    {
        XDocument plot = Draw(new PlotCurve("law", Series((10, 8), (100, 4)), CurveForm.Points) { Fit = Series((1, 16), (10000, 1)) });
        string fit = Named(plot, "path").Select(path => path.Attribute("d")!.Value).Single(path => !path.Contains('H'));
        double[] places = [.. fit[1..].Split('L', ' ').Select(place => double.Parse(place, CultureInfo.InvariantCulture))];
        Assert.All([places[0], places[2]], across => Assert.InRange(across, Left, Right));
        Assert.All([places[1], places[3]], down => Assert.InRange(down, Top, Bottom));
    }

    [Fact]
    public void A_plot_of_nothing_is_a_plot() => Assert.NotEmpty(Named(Draw(new PlotCurve("none", Series((0, 0)))), "path"));

    private static XDocument Draw(params PlotCurve[] curves) =>
        XDocument.Parse(new SvgPlot("title", Logarithmic, new PlotAxis("loss", AxisScale.Logarithmic), curves).Write());

    private static IEnumerable<XElement> Named(XDocument plot, string name) =>
        plot.Descendants().Where(element => element.Name.LocalName == name);

    private static SeriesPoints Series(params (double X, double Y)[] points)
    {
        var series = new SeriesPoints(points.Length);
        series.X.AddRange(points.Select(point => point.X));
        series.Y.AddRange(points.Select(point => point.Y));
        return series;
    }
}
