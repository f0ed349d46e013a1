using System.Globalization;
using System.Text;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Runs;

/// <summary>
/// A run on disk: run.json (the recipe), metrics.csv (one row per step), samples.csv (completions), warnings.csv, evaluations.csv,
/// checkpoints/ and at the end summary.json; for TensorBoard also event files. Only one process can use it at a time; where several run
/// together, the others follow it, reading checkpoints and writing nothing.
/// </summary>
internal sealed partial class RunFolder : IDisposable
{
    /// <summary>The key of the run's folder in the data of an exception that ends it.</summary>
    public const string OfFailure = "RlCore.RunFolder";

    private const string SummaryFile = "summary.json";

    private readonly FileStream? _holder;
    private readonly StepTable? _metrics;
    private readonly StepTable? _samples;
    private readonly string[] _sampleColumns;
    private readonly string[] _parts;
    private readonly StepTable? _evaluations;
    private readonly IReadOnlyList<string> _measures;
    private readonly StepTable? _warnings;
    private readonly RunEvents? _events;
    private readonly string[] _columns;
    private readonly int _tokensColumn;
    private readonly int _timeColumn;
    private readonly int _heldOutColumn;
    private readonly List<EvaluationResult> _evaluated = [];
    private readonly List<StageSummary> _stages = [];
    private readonly Recipe _recipe;
    private readonly string _engine;
    private int _lastStep;
    private long _tokens;

    private RunFolder(string path, FileStream? holder, RunRequest request, string engine, RunModels? shared)
    {
        _holder = holder;
        _recipe = request.Recipe;
        _engine = engine;
        Path = path;
        SkipsDamaged = request.SkipsDamaged;
        Checkpoints = new CheckpointStore(path, _recipe.Checkpoints.Keep, shared, onlyReads: holder is null);
        _columns = ["stage", "step", .. RecipeMetrics.Of(_recipe)];
        _tokensColumn = Array.IndexOf(_columns, MetricNames.NumTokens);
        _timeColumn = Array.IndexOf(_columns, MetricNames.StepTime);
        _heldOutColumn = Array.IndexOf(_columns, MetricNames.HeldOutAccuracy);
        StepTable? Table(string name, IEnumerable<string> columns) => holder is null ? null : new StepTable(In(name), columns);
        _metrics = Table("metrics.csv", _columns);

        // The score of a reward that is alone is that of the completion.
        _parts =
        [
            .. _recipe.Stages.Select(stage => stage.ScoredParts.ToArray()).Where(parts => parts.Length > 1)
                .SelectMany(parts => parts).Distinct(),
        ];
        _sampleColumns =
        [
            "stage", "prompt", "completion", "answer", "reward", "advantage", .. _parts.Select(SampleRecord.ColumnOf),
            .. _recipe.KeepTokens ? [SampleTokens.Column] : Array.Empty<string>(),
        ];
        _samples = Table("samples.csv", _sampleColumns);
        _warnings = Table("warnings.csv", ["stage", "step", "kind", "message"]);
        _measures = EvaluationMeasures.Names(
            _recipe.Evaluation?.Samples ?? 0, ranked: false, twice: _recipe.Evaluation?.SecondAttempt is not null);
        _evaluations = Table(
            "evaluations.csv",
            ["label", "prompts", "samples", "seconds", .. _measures.SelectMany(name => new[] { name, $"{name}/low", $"{name}/high" })]);
        _events = _recipe.Tensorboard && holder is not null ? new RunEvents(path, _recipe) : null;
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>Whether damaged checkpoints are set aside.</summary>
    public bool SkipsDamaged { get; }

    /// <summary>The run's checkpoints.</summary>
    public CheckpointStore Checkpoints { get; }

    /// <summary>The evaluations so far, in order.</summary>
    public IReadOnlyList<EvaluationResult> Evaluations => _evaluated;

    /// <summary>Opens the folder of a new run, or of one that is resumed.</summary>
    /// <param name="request">The run.</param>
    /// <param name="engine">A description of the engine.</param>
    /// <param name="shared">What its checkpoints have in common; null to read it with each.</param>
    /// <exception cref="InputException">The folder of a new run is not empty; or there is nothing to resume, the recipe or a
    /// dataset has changed, or another process is using the folder.</exception>
    public static RunFolder Open(RunRequest request, string engine, RunModels? shared = null)
    {
        string path = System.IO.Path.GetFullPath(request.OutputFolder);
        if (request is { SkipsDamaged: true, Resume: false })
        {
            throw new InputException(new InputProblem(CheckpointStore.SkipOption, 0, "", "no --resume", "it beside --resume, or neither"));
        }

        if (request.Resume)
        {
            RunFile.RequireSame(path, request);
        }
        else if (File.Exists(path))
        {
            throw new InputException(new InputProblem(path, 0, "", "a file", "a new folder, in --output"));
        }
        else if (!request.IsNumbered && FolderClaim.HoldsAnything(path))
        {
            throw new InputException(new InputProblem(
                path, 0, "", "a folder that is not empty",
                "a new folder; add --resume to continue its run, or choose another with --output"));
        }

        FileStream holder = request.IsNumbered ? FolderClaim.HoldFresh(ref path) : FolderClaim.Hold(path);
        try
        {
            DurableFiles.DeleteTemporaries(path);
            if (!request.Resume)
            {
                RunFile.Write(path, request, engine);
            }

            return new RunFolder(path, holder, request, engine, shared);
        }
        catch
        {
            holder.Dispose();
            throw;
        }
    }

    /// <summary>The folder in a process that follows the one which has opened it.</summary>
    /// <param name="path">Full path of the folder.</param>
    /// <param name="request">The run.</param>
    /// <param name="engine">A description of the engine.</param>
    /// <param name="shared">What its checkpoints have in common; null to read it with each.</param>
    public static RunFolder Follow(string path, RunRequest request, string engine, RunModels? shared) =>
        new(path, null, request, engine, shared);

    /// <summary>Appends a step to metrics.csv, and some of its completions to samples.csv.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="row">Its metrics.</param>
    /// <param name="completions">Completions to record.</param>
    /// <exception cref="ArgumentException">A metric's name is not one of <see cref="RecipeMetrics.Of"/> the recipe.</exception>
    public void AppendStep(int step, StepMetrics row, IReadOnlyList<SampleRecord> completions)
    {
        var values = row.Values.ToDictionary(StringComparer.Ordinal);
        string[] unknown = [.. values.Keys.Except(_columns)];
        if (unknown.Length > 0)
        {
            throw new ArgumentException($"metrics.csv has no column for {string.Join(", ", unknown)}.", nameof(row));
        }

        string[] cells =
        [
            row.Stage,
            row.Step.ToString(CultureInfo.InvariantCulture),
            .. _columns.Skip(2).Select(
                name => values.TryGetValue(name, out double value) && !double.IsNaN(value) ? CsvText.Print(value) : ""),
        ];
        _metrics?.Append(step, cells);
        Count(cells);
        _lastStep = step;
        string[][] samples =
        [
            .. completions.Select(sample => (string[])
            [
                row.Stage, sample.Prompt, sample.Completion, sample.Answer, CsvText.Print(sample.Reward), CsvText.Print(sample.Advantage),
                .. _parts.Select(part => sample.Parts.TryGetValue(part, out double score) ? CsvText.Print(score) : ""),
                .. _recipe.KeepTokens ? [SampleTokens.Print(sample.Tokens)] : Array.Empty<string>(),
            ]),
        ];
        Array.ForEach(samples, sample => _samples?.Append(step, sample));
        AppendEvents(step, cells);
        _events?.AppendSamples(step, _sampleColumns, samples);
    }

    /// <summary>Appends warnings to warnings.csv.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="row">The step that they concern.</param>
    /// <param name="warnings">The warnings.</param>
    public void AppendWarnings(int step, StepMetrics row, IReadOnlyList<RunWarning> warnings)
    {
        foreach (RunWarning warning in warnings)
        {
            _warnings?.Append(step, [row.Stage, row.Step.ToString(CultureInfo.InvariantCulture), warning.Kind, warning.Message]);
        }
    }

    /// <summary>Appends an evaluation to evaluations.csv; replaces one with the same label.</summary>
    /// <param name="result">The evaluation.</param>
    public void AddEvaluation(EvaluationResult result)
    {
        Remember(result);
        string[] cells =
        [
            result.Label,
            result.Prompts.ToString(CultureInfo.InvariantCulture),
            result.Samples.ToString(CultureInfo.InvariantCulture),
            CsvText.Print(result.Seconds),
            .. _measures.SelectMany(name => Cells(result.Measures.First(measure => measure.Name == name))),
        ];
        _evaluations?.Append(_lastStep, cells);
        AppendEvaluation(_lastStep, cells);
    }

    /// <summary>Writes a checkpoint, after the tables have been flushed to disk.</summary>
    /// <param name="content">What it holds.</param>
    /// <returns>Its folder.</returns>
    public string Save(CheckpointContent content)
    {
        _events?.Flush();
        _metrics?.Flush();
        _samples?.Flush();
        _evaluations?.Flush();
        _warnings?.Flush();
        return Checkpoints.Save(content);
    }

    /// <summary>
    /// Writes the folder <c>model</c>, which other programs open: Hugging Face's layout in the type of the model that the run started
    /// from, or PEFT's. A model that has neither stays in its checkpoint alone.
    /// </summary>
    /// <param name="content">The model.</param>
    public void WriteModel(CheckpointContent content) => TryWriteModel(content, In("model"));

    /// <summary>Writes a policy in Hugging Face's layout for servers that draw from it.</summary>
    /// <param name="content">The policy.</param>
    /// <param name="folder">The folder; an existing one is replaced.</param>
    /// <returns>Whether it is adapters alone.</returns>
    /// <exception cref="RolloutServerException">It has no form in that layout.</exception>
    public static bool WritePolicy(CheckpointContent content, string folder) => TryWriteModel(content, folder)
        ? content.Adapter is not null
        : throw new RolloutServerException(
            "The policy cannot be written for servers of rollouts: its shape or its tokenizer has no form in Hugging Face's layout.");

    /// <summary>Removes the rows of the tables after a step, as a resumed run writes them again.</summary>
    /// <param name="step">Steps done over the whole run; 0 for none.</param>
    /// <returns>How many steps up to then metrics.csv has no row of: none, unless rows were lost.</returns>
    public int KeepSteps(int step)
    {
        _stages.Clear();
        _tokens = 0;
        _lastStep = step;
        IReadOnlyList<(int Step, string[] Cells)> metrics = _metrics?.TruncateTo(step) ?? [], samples = _samples?.TruncateTo(step) ?? [];
        IReadOnlyList<(int Step, string[] Cells)> evaluations = _evaluations?.TruncateTo(step) ?? [];
        _warnings?.TruncateTo(step);
        foreach (var (_, cells) in metrics)
        {
            Count(cells);
        }

        _evaluated.Clear();
        foreach (var (_, cells) in evaluations)
        {
            Remember(new EvaluationResult(cells[0], (int)Number(cells[1]), (int)Number(cells[2]), Number(cells[3]))
            {
                Measures = [.. _measures.Zip(
                    cells[4..].Chunk(3),
                    (name, ends) => new Measure(name, Number(ends[0]), Number(ends[1]), Number(ends[2])))],
            });
        }

        if (_events?.KeepSteps(step) == true)
        {
            metrics.ToList().ForEach(row => AppendEvents(row.Step, row.Cells));
            evaluations.ToList().ForEach(row => AppendEvaluation(row.Step, row.Cells));
            foreach (var rows in samples.GroupBy(row => row.Step, row => row.Cells))
            {
                _events.AppendSamples(rows.Key, _sampleColumns, rows);
            }
        }

        return Math.Max(0, step - _stages.Sum(stage => stage.Steps));
    }

    /// <summary>Writes summary.json, and composes it where the folder is followed.</summary>
    /// <returns>The summary of the run so far, including the parts before a resume.</returns>
    public RunSummary WriteSummary()
    {
        CheckpointStore.TryFindLatest(Path, out string checkpoint);
        var summary = new RunSummary(
            _recipe.Name,
            Path,
            _recipe.Seed,
            _engine,
            [.. _evaluated],
            [.. _stages],
            _stages.Sum(stage => stage.Seconds) + _evaluated.Sum(evaluation => evaluation.Seconds),
            _tokens,
            checkpoint);
        _events?.AppendDone(_lastStep);
        if (_holder is not null)
        {
            DurableFiles.WriteFile(In(SummaryFile), stream => stream.Write(Encoding.UTF8.GetBytes(CheckpointJson.Print(summary))));
        }

        return summary;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics?.Dispose();
        _samples?.Dispose();
        _evaluations?.Dispose();
        _warnings?.Dispose();
        _events?.Dispose();
        _holder?.Dispose();
    }

    // The stage is no number.
    private void AppendEvents(int step, string[] cells) => _events?.AppendNumbers(step, _columns[1..], cells[1..]);

    private void AppendEvaluation(int step, string[] cells) => _events?.AppendNumbers(
        step, _measures.Select(name => RunEvents.Evaluation + name), cells[4..].Chunk(3).Select(ends => ends[0]));

    private void Remember(EvaluationResult result)
    {
        _evaluated.RemoveAll(earlier => earlier.Label == result.Label);
        _evaluated.Add(result);
    }

    private static bool TryWriteModel(CheckpointContent content, string folder)
    {
        if (PretrainedForm.TryFind(content, out CheckpointContent? form))
        {
            DurableFiles.WriteFolder(folder, ModelFiles.Of(form, form.Pretrained!.Type));
        }

        return form is not null;
    }

    private static string[] Cells(Measure measure) =>
        [CsvText.Print(measure.Value), CsvText.Print(measure.Low), CsvText.Print(measure.High)];

    private static double Number(string cell) => double.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture);

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
