using System.Buffers;
using System.Text.Json;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Watching;

/// <summary>What the page is told of a run, as JSON. The report holds the same.</summary>
internal static class RunJson
{
    /// <summary>The series of the time that all steps so far have taken.</summary>
    public const string Seconds = "@seconds";

    private const int MostWarnings = 500;
    private const int MostSteps = 4000;

    /// <summary>JSON as UTF-8.</summary>
    /// <param name="write">Writes it.</param>
    public static ReadOnlyMemory<byte> Bytes(Action<Utf8JsonWriter> write)
    {
        var content = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(content))
        {
            write(writer);
        }

        return content.WrittenMemory;
    }

    /// <summary>Writes the metrics that are known: name, meaning and unit.</summary>
    public static void WriteMetrics(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        foreach (MetricEntry entry in MetricPages.All)
        {
            writer.WriteStartObject();
            writer.WriteString("name", entry.Name);
            writer.WriteString("meaning", entry.Meaning);
            writer.WriteString("unit", entry.Unit);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes the list of runs.</summary>
    public static void WriteList(Utf8JsonWriter writer, string title, IReadOnlyList<WatchedRun> runs)
    {
        writer.WriteStartObject();
        writer.WriteString("title", title);
        writer.WriteStartArray("runs");
        foreach (WatchedRun run in runs)
        {
            writer.WriteStartObject();
            WriteIdentity(writer, run);
            writer.WriteBoolean("named", run.IsNamed);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Writes how far a run is.</summary>
    public static void WriteProgress(Utf8JsonWriter writer, WatchedRun run, RunReading reading)
    {
        writer.WriteStartObject();
        WriteIdentity(writer, run);
        WriteCounts(writer, run, reading);
        writer.WriteEndObject();
    }

    /// <summary>Writes all about a run but its curves and samples.</summary>
    public static void WriteRun(Utf8JsonWriter writer, WatchedRun run, RunReading reading)
    {
        writer.WriteStartObject();
        WriteIdentity(writer, run);
        WriteCounts(writer, run, reading);
        WriteTexts(writer, "metrics", reading.Metrics.Filled);
        WriteStages(writer, reading.Metrics);
        WriteWarnings(writer, reading.Warnings);
        writer.WriteStartObject("evaluations");
        WriteTexts(writer, "columns", reading.EvaluationColumns);
        writer.WriteStartArray("rows");
        foreach (IReadOnlyList<string> row in reading.Evaluations)
        {
            WriteTexts(writer, null, row);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WritePropertyName("description");
        if (reading.TryReadDescription(out JsonDocument? description))
        {
            using (description)
            {
                description.RootElement.WriteTo(writer);
            }
        }
        else
        {
            writer.WriteNullValue();
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes some curves of a run.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="reading">The run.</param>
    /// <param name="metrics">Names of the metrics; "@seconds" is the time of all steps so far. Unknown ones are left out.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="most">About the most points of each.</param>
    public static void WriteSeries(Utf8JsonWriter writer, RunReading reading, IEnumerable<string> metrics, Range rows, int most)
    {
        MetricColumns table = reading.Metrics;
        var (first, count) = rows.GetOffsetAndLength(table.Rows);
        writer.WriteStartObject();
        writer.WriteNumber("generation", reading.Generation);
        writer.WriteNumber("first", first);
        writer.WriteNumber("rows", first + count);
        writer.WriteStartObject("series");
        foreach (string metric in metrics.Distinct())
        {
            ReadOnlySpan<double> values = table.Seconds;
            if (metric == Seconds || table.TryGet(metric, out values))
            {
                SeriesPoints points = SeriesPoints.Choose(table.Steps, values, table.Stages, rows, most);
                writer.WriteStartObject(metric);
                WriteNumbers(writer, "x", points.X);
                WriteNumbers(writer, "y", points.Y);
                if (points.Means.Count > 0)
                {
                    WriteNumbers(writer, "m", points.Means);
                    WriteNumbers(writer, "n", points.Counts);
                }

                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Writes the samples of a step, and which steps have some.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="reading">The run.</param>
    /// <param name="step">The step; those of the last one before it if it has none, and of the first where none is before it.</param>
    /// <param name="mostCharacters">Most characters of a cell; a longer one is cut, and its length told.</param>
    public static void WriteSamples(Utf8JsonWriter writer, RunReading reading, int step, int mostCharacters)
    {
        int[] steps = [.. reading.Samples.Select(place => place.Step).Distinct()];
        int shown = steps.LastOrDefault(known => known <= step, steps.FirstOrDefault());
        writer.WriteStartObject();
        writer.WriteNumber("step", shown);
        writer.WriteStartArray("steps");
        foreach (int known in Thin(steps))
        {
            writer.WriteNumberValue(known);
        }

        writer.WriteEndArray();
        WriteTexts(writer, "columns", reading.SampleColumns);
        writer.WriteStartArray("rows");
        for (int index = 0; index < reading.Samples.Count; index++)
        {
            if (reading.Samples[index].Step == shown && reading.ReadSample(index) is { Count: > 0 } cells)
            {
                WriteSample(writer, reading, index, cells, mostCharacters);
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Writes one sample: its cells and, where the run kept them, its tokens in place of their cell.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="reading">The run.</param>
    /// <param name="index">Its index among the run's samples.</param>
    /// <param name="cells">Its cells.</param>
    /// <param name="mostCharacters">Most characters of a cell, and of its tokens, of which each counts as one at least.</param>
    public static void WriteSample(
        Utf8JsonWriter writer, RunReading reading, int index, IReadOnlyList<string> cells, int mostCharacters)
    {
        writer.WriteStartObject();
        writer.WriteNumber("index", index);
        if (reading.TokensOf(cells) is { Count: > 0 } tokens)
        {
            WriteTokens(writer, tokens, mostCharacters);
            cells = [.. cells.Zip(reading.SampleColumns, (cell, column) => column == SampleTokens.Column ? "" : cell)];
        }

        WriteTexts(writer, "cells", cells.Select(cell => Cut(cell, mostCharacters)));
        writer.WriteStartArray("lengths");
        foreach (string cell in cells)
        {
            writer.WriteNumberValue(cell.Length);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    // [id, text, log-prob, advantage], as samples.csv has them.
    private static void WriteTokens(Utf8JsonWriter writer, IReadOnlyList<SampleToken> tokens, int mostCharacters)
    {
        writer.WriteNumber("tokenCount", tokens.Count);
        int left = mostCharacters;
        IEnumerable<SampleToken> shown = tokens.TakeWhile(token => (left -= Math.Max(1, token.Text.Length)) >= 0);
        writer.WritePropertyName("tokens");
        SampleTokens.Write(writer, shown);
    }

    /// <summary>Writes numbers: with the digits that a chart can show, and null for NaN.</summary>
    private static void WriteNumbers(Utf8JsonWriter writer, string name, List<double> numbers)
    {
        writer.WriteStartArray(name);
        foreach (double number in numbers)
        {
            if (double.IsNaN(number))
            {
                writer.WriteNullValue();
            }
            else if (float.IsFinite((float)number) && (float)number != 0 && Math.Abs(number) < 1e6)
            {
                writer.WriteNumberValue((float)number);
            }
            else
            {
                writer.WriteNumberValue(number);
            }
        }

        writer.WriteEndArray();
    }

    private static void WriteIdentity(Utf8JsonWriter writer, WatchedRun run)
    {
        writer.WriteString("id", run.Id);
        writer.WriteString("name", run.Name);
        writer.WriteString("state", run.State);
        writer.WriteNumber("began", new DateTimeOffset(run.Began, TimeSpan.Zero).ToUnixTimeMilliseconds());
        writer.WriteNumber("changed", new DateTimeOffset(run.LastChange, TimeSpan.Zero).ToUnixTimeMilliseconds());
    }

    private static void WriteCounts(Utf8JsonWriter writer, WatchedRun run, RunReading reading)
    {
        MetricColumns table = reading.Metrics;
        writer.WriteNumber("version", run.Version);
        writer.WriteNumber("generation", reading.Generation);
        writer.WriteNumber("rows", table.Rows);
        writer.WriteNumber("step", table.Rows > 0 ? table.Steps[^1] : 0);
        writer.WriteNumber("samples", reading.Samples.Count);
        writer.WriteNumber("warned", reading.Warnings.Sum(span => span.Count));
        writer.WriteNumber("evaluated", reading.Evaluations.Count);
        writer.WriteNumber("staged", table.Stages.Count);
        writer.WriteNumber("measured", table.Filled.Count());
    }

    private static void WriteStages(Utf8JsonWriter writer, MetricColumns table)
    {
        writer.WriteStartArray("stages");
        foreach (StageRows stage in table.Stages)
        {
            writer.WriteStartObject();
            writer.WriteString("name", stage.Name);
            writer.WriteNumber("from", table.Steps[stage.FirstRow]);

            // Steps over the whole run minus those within the stage, which a resume does not change.
            writer.WriteNumber("before", Math.Ceiling(table.Steps[stage.FirstRow]) - Math.Max(1, table.StageSteps[stage.FirstRow]));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteWarnings(Utf8JsonWriter writer, IReadOnlyList<WarningSpan> warnings)
    {
        writer.WriteStartArray("warnings");
        foreach (WarningSpan span in warnings.TakeLast(MostWarnings))
        {
            writer.WriteStartObject();
            writer.WriteString("stage", span.Stage);
            writer.WriteString("kind", span.Kind);
            writer.WriteString("message", span.Message);
            writer.WriteNumber("first", span.First);
            writer.WriteNumber("last", span.Last);
            writer.WriteNumber("count", span.Count);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes an array of texts.</summary>
    public static void WriteTexts(Utf8JsonWriter writer, string? name, IEnumerable<string> texts)
    {
        if (name is not null)
        {
            writer.WritePropertyName(name);
        }

        writer.WriteStartArray();
        foreach (string text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static string Cut(string text, int most) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    private static IEnumerable<int> Thin(int[] steps)
    {
        int every = Math.Max(1, (steps.Length + MostSteps - 1) / MostSteps);
        return steps.Where((_, index) => index % every == 0 || index == steps.Length - 1);
    }
}
