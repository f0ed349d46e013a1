using System.Globalization;
using System.Text.Json;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Runs;

/// <summary>
/// What a run shows in TensorBoard: the numbers of its tables by the names of their columns, its samples, and its recipe.
/// </summary>
internal sealed class RunEvents : IDisposable
{
    /// <summary>What the names of an evaluation's measures begin with.</summary>
    public const string Evaluation = "evaluation/";

    private const string Samples = "samples";

    private readonly EventFiles _files;
    private readonly Recipe _recipe;

    /// <summary>The events of a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="recipe">Its recipe.</param>
    public RunEvents(string folder, Recipe recipe)
    {
        _files = new EventFiles(folder, TimeProvider.System);
        _recipe = recipe;
    }

    /// <summary>Begins an event file, after later steps have been taken back.</summary>
    /// <param name="step">Steps done over the whole run; 0 for none.</param>
    /// <returns>Whether earlier steps have to be written, as no file has them.</returns>
    public bool KeepSteps(int step)
    {
        bool isFirst = !_files.KeepSteps(step);
        if (isFirst)
        {
            _files.AppendSettings(Flatten(_recipe));
        }

        return isFirst && step > 0;
    }

    /// <summary>Appends the numbers among the cells of a row.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="cells">The cells; those that are no numbers are left out.</param>
    public void AppendNumbers(int step, IEnumerable<string> columns, IEnumerable<string> cells)
    {
        KeyValuePair<string, double>[] values =
        [
            .. columns.Zip(cells).SelectMany(pair => TryRead(pair.Second, out double value)
                ? [KeyValuePair.Create(pair.First, value)]
                : Array.Empty<KeyValuePair<string, double>>()),
        ];
        if (values.Length > 0)
        {
            _files.AppendScalars(step, values);
        }
    }

    /// <summary>Appends the samples of a step as a table, without their tokens, which are for programs to read.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="rows">The rows.</param>
    public void AppendSamples(int step, IEnumerable<string> columns, IEnumerable<string[]> rows)
    {
        string[] shown = [.. columns.TakeWhile(column => column != SampleTokens.Column)];
        string[][] verbatim = [.. rows.Select(row => row.Take(shown.Length).Select(Verbatim).ToArray())];
        if (verbatim.Length > 0)
        {
            _files.AppendTable(step, Samples, [shown, .. verbatim]);
        }
    }

    /// <summary>Appends that the run is done.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    public void AppendDone(int step) => _files.AppendDone(step);

    /// <summary>Flushes all events to disk.</summary>
    public void Flush() => _files.Flush();

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private static bool TryRead(string cell, out double value) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    // TensorBoard reads texts as Markdown; what is indented stands as it is.
    private static string Verbatim(string cell) =>
        "    " + cell.ReplaceLineEndings("\n").Replace("\n", "\n    ", StringComparison.Ordinal);

    // Every setting by its path, a stage by its name, as in --set.
    private static IEnumerable<KeyValuePair<string, object>> Flatten(Recipe recipe)
    {
        using JsonDocument document = JsonDocument.Parse(RecipeWriter.Print(recipe));
        return [.. Flatten(document.RootElement, "")];
    }

    private static IEnumerable<KeyValuePair<string, object>> Flatten(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .SelectMany(setting => Flatten(setting.Value, SettingsSchema.Join(path, setting.Name))),
        JsonValueKind.Array => element.EnumerateArray().Index()
            .SelectMany(item => Flatten(item.Item, SettingsSchema.Join(path, KeyOf(item, path)))),
        JsonValueKind.Number => [KeyValuePair.Create(path, (object)element.GetDouble())],
        JsonValueKind.True or JsonValueKind.False => [KeyValuePair.Create(path, (object)element.GetBoolean())],
        JsonValueKind.String => [KeyValuePair.Create(path, (object)element.GetString()!)],
        _ => [],
    };

    private static string KeyOf((int Index, JsonElement Item) item, string path) => path == "stages"
        ? item.Item.GetProperty("name").GetString()!
        : item.Index.ToString(CultureInfo.InvariantCulture);
}
