using System.Globalization;
using System.Text;
using RlCore.Trainers.Datasets;

namespace RlCore.Worker.Tests.Watching;

/// <summary>The folder of a run, written as a run writes it.</summary>
internal sealed class FakeRun
{
    public FakeRun(string folder, params string[] metrics)
    {
        Folder = Directory.CreateDirectory(folder).FullName;
        Metrics = metrics;
        Append("metrics.csv", ["global_step", "stage", "step", .. metrics]);
        Append("samples.csv", ["global_step", "stage", "prompt", "completion", "answer", "reward", "advantage"]);
        Append("warnings.csv", ["global_step", "stage", "step", "kind", "message"]);
        Append("evaluations.csv", ["global_step", "label", "prompts", "samples", "seconds", "greedy", "greedy/low", "greedy/high"]);
        Describe(0.001);
    }

    public string Folder { get; }

    public IReadOnlyList<string> Metrics { get; }

    public void Describe(double learningRate, string name = "fake") => File.WriteAllText(
        Path.Combine(Folder, "run.json"),
        string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            {
              "recipe": { "name": "{{{name}}}", "stages": [{ "type": "grpo", "optimizer": { "learningRate": {{{learningRate}}} } }] },
              "engine": "managed",
              "datasets": {}
            }
            """));

    /// <summary>Appends steps of one stage.</summary>
    public void Step(int from, int count, Func<int, int, double> value, string stage = "grpo") =>
        Append("metrics.csv", Enumerable.Range(from, count).Select(step => (string[])
        [
            Print(step), stage, Print(step), .. Metrics.Select((_, index) => Number(value(step, index))),
        ]));

    public void Sample(int step, string prompt, string completion, double reward, double advantage) =>
        Append("samples.csv", [Print(step), "grpo", prompt, completion, "42", Number(reward), Number(advantage)]);

    /// <summary>Gives the samples, of which there is none yet, a column of tokens.</summary>
    public void KeepTokens()
    {
        File.Delete(Path.Combine(Folder, "samples.csv"));
        Append("samples.csv", ["global_step", "stage", "prompt", "completion", "answer", "reward", "advantage", "tokens"]);
    }

    public void Sample(int step, string prompt, string completion, double reward, double advantage, string tokens) =>
        Append("samples.csv", [Print(step), "grpo", prompt, completion, "42", Number(reward), Number(advantage), tokens]);

    public void Warn(int step, string kind, string message) => Append("warnings.csv", [Print(step), "grpo", Print(step), kind, message]);

    public void Evaluate(int step, string label, double greedy) =>
        Append("evaluations.csv", [Print(step), label, "100", "0", "1.5", Number(greedy), Number(greedy - 0.05), Number(greedy + 0.05)]);

    public void Finish() => File.WriteAllText(Path.Combine(Folder, "summary.json"), "{}");

    public void Append(string table, params string[] cells) => Append(table, [cells]);

    public void Append(string table, IEnumerable<string[]> rows)
    {
        using var stream = new FileStream(Path.Combine(Folder, table), FileMode.Append, FileAccess.Write, FileShare.Read);
        using var buffered = new BufferedStream(stream, 1 << 20);
        foreach (string[] row in rows)
        {
            buffered.Write(CsvText.Encode(row));
        }
    }

    /// <summary>Appends bytes that need be no whole row.</summary>
    public void AppendText(string table, string text) => File.AppendAllText(Path.Combine(Folder, table), text, new UTF8Encoding(false));

    private static string Print(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Number(double number) => double.IsNaN(number) ? "" : CsvText.Print(number);
}
