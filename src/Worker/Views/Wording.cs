using System.Globalization;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;

namespace RlCore.Worker.Views;

/// <summary>Formats metrics for display.</summary>
internal static class Wording
{
    private static readonly (string Name, string Label)[] Shown =
    [
        (MetricNames.Reward, "reward"),
        (MetricNames.Loss, "loss"),
        (MetricNames.Accuracy, "accuracy"),
        (MetricNames.HeldOutAccuracy, "held-out accuracy"),
        (MetricNames.Entropy, "entropy"),
        (MetricNames.Kl, "kl"),
    ];

    /// <summary>The few metrics of a step that show whether it learns: reward (or loss), entropy, throughput.</summary>
    public static string Describe(StepMetrics metrics)
    {
        var values = metrics.Values.ToDictionary(StringComparer.Ordinal);

        // The loss of a policy gradient says nothing about progress; its reward does.
        IEnumerable<string> parts = Shown
            .Where(metric => !(metric.Name == MetricNames.Loss && values.ContainsKey(MetricNames.Reward)))
            .Where(metric => values.TryGetValue(metric.Name, out double value) && !double.IsNaN(value))
            .Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Label} {values[metric.Name]:0.000}"));
        return string.Join("  ", values.TryGetValue(MetricNames.TokensPerSecond, out double speed) ? parts.Append(Speed(speed)) : parts);
    }

    /// <summary>Where a run is kept.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="resumed">Whether the run goes on from a checkpoint.</param>
    public static string RunFolder(string folder, bool resumed) => $"{(resumed ? "resuming in" : "run folder")} {folder}";

    /// <summary>What was done with a dataset besides reading it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="note">What was done.</param>
    public static string DatasetNote(string file, string note) => $"{Path.GetFileName(file)}: {note}";

    /// <summary>What is done with datasets where the model has a chat template.</summary>
    /// <param name="template">Where the template comes from.</param>
    public static string ChatTemplate(string template) => $"prompts and completions are wrapped in the chat template of {template}";

    /// <summary>A number of things, such as <c>1 layer</c> or <c>2,048 tokens</c>.</summary>
    /// <param name="number">How many.</param>
    /// <param name="thing">What one of them is called; more are called the same with an s.</param>
    public static string Count(long number, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:#,0} {thing}{(number == 1 ? "" : "s")}");

    /// <summary>A throughput.</summary>
    public static string Speed(double tokensPerSecond) => string.Create(CultureInfo.InvariantCulture, $"{tokensPerSecond:#,0} tokens/s");

    /// <summary>As many of a description's parts, from the first on, as there is room for.</summary>
    /// <param name="text">Parts with commas or two spaces between them.</param>
    /// <param name="room">Characters, at least 1.</param>
    public static string Fit(string text, int room)
    {
        if (text.Length <= room)
        {
            return text;
        }

        int end = Math.Max(
            text.LastIndexOf("  ", room, StringComparison.Ordinal), text.LastIndexOf(", ", room, StringComparison.Ordinal));
        return end > 0 ? text[..end] : $"{text[..(room - 1)]}…";
    }

    /// <summary>A span of time.</summary>
    public static string Time(TimeSpan time)
    {
        long seconds = (long)Math.Round(time.TotalSeconds);
        return seconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{seconds} s")
            : seconds < 3600 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60} min {seconds % 60} s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:#,0} h {seconds % 3600 / 60} min");
    }

    /// <summary>A fraction in per cent; a dash for none.</summary>
    public static string Percent(double fraction) =>
        double.IsNaN(fraction) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0.0} %");

    /// <summary>The interval of a measure.</summary>
    public static string Interval(Measure measure) => $"{Percent(measure.Low)} to {Percent(measure.High)}";

    /// <summary>An evaluation in a line.</summary>
    public static string Describe(EvaluationResult result)
    {
        string sampled = result.Samples > 0 ? $", mean of {Count(result.Samples, "sample")} {Percent(result.SampleMean)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"accuracy {result.Label}: greedy {Percent(result.Greedy)}{sampled}  "
            + $"({Count(result.Prompts, "prompt")}, {result.Seconds:0.0} s)");
    }

    /// <summary>A recipe in one line.</summary>
    public static string Describe(Recipe recipe) => string.Create(
        CultureInfo.InvariantCulture,
        $"{recipe.Name}, seed {recipe.Seed}: "
            + $"{string.Join(", then ", recipe.Stages.Select(stage => $"{stage.Name} for {Count(stage.Steps, "step")}"))}");
}
