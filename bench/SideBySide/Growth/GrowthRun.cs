using System.Globalization;
using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Measuring;
using RlCore.SideBySide.Sides;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;

namespace RlCore.SideBySide.Growth;

/// <summary>Measures how time and memory of the embedded engine grow, and prints a table; a plot is written to a file.</summary>
/// <param name="rounds">Measured rounds of each case.</param>
/// <param name="threads">Threads.</param>
internal sealed class GrowthRun(int rounds, int threads)
{
    // Weight, gradient and AdamW's two moments.
    private const int BytesOfParameter = 16;

    /// <summary>Measures all axes.</summary>
    /// <param name="place">Where models are written.</param>
    /// <param name="plot">The SVG file to write.</param>
    public void Execute(BenchPlace place, string plot)
    {
        string load = Machine.Load;
        var comparison = new Comparison(rounds, [place.Folder, "False"]);
        Console.WriteLine("| grows | to | µs per token | processor, µs per token | peak, MB | beyond weights and moments, KB per token |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|");
        var lines = new List<GrowthLine>();
        foreach (GrowthAxis axis in GrowthAxis.All)
        {
            var points = new List<GrowthPoint>();
            foreach (var (value, one) in axis.Points)
            {
                place.Models.Folder(one.Model, NumberType.F32);
                GrowthPoint point = Measure(comparison, value, one);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {(points.Count == 0 ? axis.Name : "")} | {value:N0} | {point.Seconds * 1e6:F1} | {point.Processor * 1e6:F1} "
                    + $"| {point.PeakBytes / 1e6:N0} | {point.BytesOfToken / 1e3:F1} |"));
                points.Add(point);
            }

            lines.Add(new GrowthLine(axis.Name, points));
        }

        Console.WriteLine();
        Console.WriteLine(Machine.Describe(load));
        File.WriteAllText(plot, GrowthPlot.Draw(lines));
        Console.WriteLine($"plot: {Path.GetFullPath(plot)}");
    }

    private GrowthPoint Measure(Comparison comparison, int value, BenchCase.Training one)
    {
        SideResult result = comparison.Run(one, threads, [SideNames.RlCore]).Single();
        double parameters = ParameterPlan.Create(one.Model.Settings, one.Model.VocabularySize).Sum(planned => (double)planned.Size);
        double tokens = GrowthAxis.TokensOfStep;
        double beyond = result.PeakBytes - (BytesOfParameter * parameters);
        return new GrowthPoint(value, result.Median / tokens, result.Processor / tokens, result.PeakBytes, beyond / tokens);
    }
}

/// <summary>A measured point.</summary>
/// <param name="Value">What has grown so far.</param>
/// <param name="Seconds">Wall time of a token.</param>
/// <param name="Processor">Processor time of a token.</param>
/// <param name="PeakBytes">Peak of the resident set.</param>
/// <param name="BytesOfToken">Memory beyond weights, gradients and moments, of a token.</param>
internal sealed record GrowthPoint(int Value, double Seconds, double Processor, double PeakBytes, double BytesOfToken);

/// <summary>The points of an axis.</summary>
/// <param name="Name">What grows.</param>
/// <param name="Points">The points.</param>
internal sealed record GrowthLine(string Name, IReadOnlyList<GrowthPoint> Points);
