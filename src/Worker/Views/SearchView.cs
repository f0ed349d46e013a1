using System.Globalization;
using RlCore.Algebra;
using RlCore.Trainers.Evaluation;

namespace RlCore.Worker.Views;

/// <summary>An evaluation of searches, printed at its end.</summary>
internal static class SearchView
{
    private const int LineWidth = 80;

    /// <summary>Writes the points, the laws of the strategies, and the best strategy for each difficulty.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="report">The evaluation.</param>
    /// <param name="data">Name of the dataset.</param>
    public static void Write(TextWriter output, SearchReport report, string data)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"accuracy on {data} ({Wording.Count(report.Questions.Count, "prompt")}) against tokens for each, in "
            + $"{report.Seconds:0.0} seconds"));
        int width = Math.Max("strategy".Length, report.Points.Max(point => point.Strategy.Length));
        output.WriteLine(
            $"{"strategy".PadRight(width)}  {"budget",6}  {"accuracy",8}  {"95 % interval",-16}  {"drawn",6}  {"scored",6}  {"calls",5}");
        foreach (SearchPoint point in report.Points)
        {
            Measure accuracy = point.Accuracy;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{point.Strategy.PadRight(width)}  {point.Budget,6}  {Wording.Percent(accuracy.Value),8}  "
                + $"{Wording.Interval(accuracy),-16}  {point.Drawn,6:0}  {point.Scored,6:0}  {point.Calls,5:0.0}"));
        }

        foreach (var strategy in report.Points.GroupBy(point => point.Strategy))
        {
            WriteLaw(output, strategy.Key.PadRight(width), [.. strategy]);
        }

        WriteBins(output, report);
    }

    /// <summary>The law of the points of a strategy; null where there are too few.</summary>
    /// <param name="points">The points.</param>
    public static AccuracyLaw? FitOf(IReadOnlyList<SearchPoint> points)
    {
        double[] tokens = [.. points.Select(point => point.Tokens)];
        return tokens.Any(count => count <= 0) || tokens.Distinct().Count() < 2
            ? null
            : AccuracyLaw.Fit(tokens, [.. points.Select(point => point.Accuracy.Value)]);
    }

    private static void WriteLaw(TextWriter output, string name, SearchPoint[] points)
    {
        if (FitOf(points) is not { } law)
        {
            return;
        }

        string text = law switch
        {
            AccuracyLaw.Logarithmic log => Invariant($"{100 * log.Gain:+0.0;-0.0} points with each doubling of the tokens"),
            AccuracyLaw.Power power => Invariant($"wrong answers go as tokens^{-power.Wrong.Exponent:0.000}"),
            _ => throw new InvalidOperationException($"A law that is not known: {law}."),
        };
        output.WriteLine(Invariant($"{name}  {text} (off by {100 * law.Error:0.0} points)"));
    }

    // Of strategies that are equally right, the one that spent less.
    private static void WriteBins(TextWriter output, SearchReport report)
    {
        if (report.Bins.Count == 0 || report.Points.Select(point => point.Strategy).Distinct().Count() < 2)
        {
            return;
        }

        output.WriteLine("best strategy by budget, for prompts by the share of samples that are right:");
        int[] budgets = [.. report.Points.Select(point => point.Budget).Distinct()];
        foreach (IReadOnlyList<int> bin in report.Bins.Where(bin => bin.Count > 0))
        {
            string range = Invariant($"{100 * bin.Min(i => report.Difficulty[i]):0} to {100 * bin.Max(i => report.Difficulty[i]):0} %");
            var best = budgets.Select(budget =>
            {
                var (point, right) = report.Points.Where(point => point.Budget == budget)
                    .Select(point => (point, Right: bin.Average(i => point.Outcomes[i].Right ? 1.0 : 0)))
                    .OrderByDescending(one => one.Right)
                    .ThenBy(one => bin.Average(i => (double)one.point.Outcomes[i].Spent.Tokens))
                    .First();
                return Invariant($"{budget}: {point.Strategy} {100 * right:0} %");
            });
            string line = $"  {range,-12}";
            foreach (var (i, word) in best.Index())
            {
                string next = i == 0 ? $" {word}" : $", {word}";
                if (line.Length + next.Length >= LineWidth)
                {
                    output.WriteLine($"{line},");
                    (line, next) = (new string(' ', 15), word);
                }

                line += next;
            }

            output.WriteLine(line);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
