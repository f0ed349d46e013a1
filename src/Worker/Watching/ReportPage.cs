using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Watching;

/// <summary>
/// The page as one file, with all that it shows of some runs. It loads nothing, and its policy allows only its own scripts, by their
/// hashes: a text of a run that got out of its place would not run.
/// </summary>
internal static partial class ReportPage
{
    private const string Charset = "<meta charset=\"utf-8\">";
    private const int MostPoints = 2000;
    private const int MostSteps = 40;
    private const int MostOfStep = 16;
    private const int MostCharacters = 8000;

    // Each after those that it imports.
    private static readonly string[] Modules =
    [
        "format.js", "look.js", "source.js", "groups.js", "curves.js", "axis.js", "demand.js", "keys.js", "files.js", "chart.js",
        "chips.js", "tokens.js", "samples.js", "tables.js", "main.js",
    ];

    /// <summary>The page.</summary>
    /// <param name="runs">The runs, the first one first.</param>
    public static string Write(IReadOnlyList<WatchedRun> runs)
    {
        string theme = PageFiles.Read("theme.js");
        string charts = $"/*!\n{PageFiles.Read("uPlot.LICENSE.txt")}*/\n{PageFiles.Read("uPlot.js")}";
        string page = $"\"use strict\";\n{string.Concat(Modules.Select(name => AsPart(PageFiles.Read(name))))}";
        string style = PageFiles.Read("uPlot.css") + PageFiles.Read("style.css");
        string policy = $"default-src 'none'; script-src {Hash(theme)} {Hash(charts)} {Hash(page)}; style-src {Hash(style)}; "
            + "img-src data: blob:; base-uri 'none'; form-action 'none'";
        return PageFiles.Read("index.html")
            .Replace(Charset, $"{Charset}\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")
            .Replace("<link rel=\"icon\" href=\"icon.svg\" type=\"image/svg+xml\">\n", "")
            .Replace("<link rel=\"stylesheet\" href=\"uPlot.css\">\n", "")
            .Replace("<link rel=\"stylesheet\" href=\"style.css\">", $"<style>{style}</style>")
            .Replace("<script src=\"theme.js\"></script>", $"<script>{theme}</script>")
            .Replace("<script src=\"uPlot.js\" defer></script>\n", "")
            .Replace("<script src=\"main.js\" type=\"module\"></script>\n", "")
            .Replace(
                "</body>",
                $"<script type=\"application/json\" id=\"report-data\">{Data(runs)}</script>\n<script>{charts}</script>\n"
                    + $"<script type=\"module\">{page}</script>\n</body>");
    }

    // The writer escapes <, > and &, so that no text of a run ends the element that holds it.
    private static string Data(IReadOnlyList<WatchedRun> runs) =>
        Encoding.UTF8.GetString(RunJson.Bytes(writer => WriteData(writer, runs)).Span);

    private static void WriteData(Utf8JsonWriter writer, IReadOnlyList<WatchedRun> runs)
    {
        writer.WriteStartObject();
        writer.WriteString("title", runs[0].Name);
        writer.WritePropertyName("metrics");
        RunJson.WriteMetrics(writer);
        writer.WriteStartArray("runs");
        Each(runs, (run, reading) => RunJson.WriteRun(writer, run, reading));
        writer.WriteEndArray();
        writer.WriteStartObject("series");
        Each(runs, (run, reading) =>
        {
            writer.WritePropertyName(run.Id);
            RunJson.WriteSeries(writer, reading, [.. reading.Metrics.Filled, RunJson.Seconds], Range.All, MostPoints);
        });
        writer.WriteEndObject();
        writer.WriteStartObject("samples");
        Each(runs, (run, reading) =>
        {
            writer.WritePropertyName(run.Id);
            WriteSamples(writer, reading);
        });
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Each(IEnumerable<WatchedRun> runs, Action<WatchedRun, RunReading> write)
    {
        foreach (WatchedRun run in runs)
        {
            run.Read(reading => write(run, reading));
        }
    }

    // Of many steps, some from the first to the last.
    private static void WriteSamples(Utf8JsonWriter writer, RunReading reading)
    {
        int[] steps = [.. reading.Samples.Select(place => place.Step).Distinct()];
        HashSet<int> kept = [.. Enumerable.Range(0, Math.Min(MostSteps, steps.Length))
            .Select(i => steps[steps.Length <= MostSteps ? i : (int)((long)i * (steps.Length - 1) / (MostSteps - 1))])];
        writer.WriteStartObject();
        RunJson.WriteTexts(writer, "columns", reading.SampleColumns);
        writer.WriteStartArray("rows");
        foreach (var ofStep in reading.Samples.Index().Where(place => kept.Contains(place.Item.Step)).GroupBy(place => place.Item.Step))
        {
            foreach (var (index, _) in ofStep.Take(MostOfStep))
            {
                if (reading.ReadSample(index) is { Count: > 0 } cells)
                {
                    RunJson.WriteSample(writer, reading, index, cells, MostCharacters);
                }
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    // The modules become one: their names are distinct, and a test opens the page.
    private static string AsPart(string module) => Exports().Replace(Imports().Replace(module, ""), "");

    private static string Hash(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    [GeneratedRegex("^import [^\n]*\n", RegexOptions.Multiline)]
    private static partial Regex Imports();

    [GeneratedRegex("^export ", RegexOptions.Multiline)]
    private static partial Regex Exports();
}
