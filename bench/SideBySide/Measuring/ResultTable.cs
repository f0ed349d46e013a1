using System.Globalization;
using RlCore.SideBySide.Cases;

namespace RlCore.SideBySide.Measuring;

/// <summary>The table of all results.</summary>
/// <param name="peaks">Floating-point operations per second of the embedded engine's own product, by threads.</param>
internal sealed class ResultTable(IReadOnlyDictionary<int, double> peaks)
{
    /// <summary>The settings that count: each side's fastest.</summary>
    /// <param name="results">Results of one case on one number of threads.</param>
    public static IReadOnlyList<SideResult> BestOfEachSide(IEnumerable<SideResult> results) =>
        [.. results.GroupBy(result => result.Setting.Side).Select(side => side.MinBy(result => result.Median)!)];

    /// <summary>One line for the console.</summary>
    /// <param name="result">A result.</param>
    public static string Line(SideResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"  {result.Setting,-24} median {result.Median * 1e3,10:F2} ms  best {result.Best * 1e3,10:F2}"
            + $"  processor {result.Processor * 1e3,10:F2}  peak {result.PeakBytes / 1e6:F0} MB");

    /// <summary>The table, in Markdown.</summary>
    /// <param name="results">Results of all cases, each side's best alone.</param>
    public IEnumerable<string> Markdown(IReadOnlyList<SideResult> results)
    {
        yield return "| case | threads | side | median, ms | best, ms | processor, ms | times RlCore's | peak, MB | of our product |";
        yield return "|---|--:|---|--:|--:|--:|--:|--:|--:|";
        foreach (var group in results.GroupBy(result => (result.Case, result.Setting.Threads)))
        {
            SideResult own = group.First(result => result.Setting.Side == SideNames.RlCore);
            foreach (SideResult result in group)
            {
                string name = result == own ? $"{result.Case.Title} | {result.Setting.Threads}" : " | ";
                string ratio = result == own ? "1" : Number(result.Median / own.Median, "F2");
                string peak = result.Case.HasMemory ? Number(result.PeakBytes / 1e6, "N0") : "";
                yield return $"| {name} | {result.Setting} | {Number(result.Median * 1e3, "F2")} | {Number(result.Best * 1e3, "F2")} "
                    + $"| {Number(result.Processor * 1e3, "F2")} | {ratio} | {peak} | {Utilisation(result)} |";
            }
        }
    }

    private string Utilisation(SideResult result) => result.Case.Flops > 0 && result.Setting.Side == SideNames.RlCore
        ? Number(100 * result.Case.Flops / result.Median / peaks[result.Setting.Threads], "F0") + " %"
        : "";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
