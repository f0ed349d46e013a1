using System.Globalization;
using System.Text;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Runs;

/// <summary>
/// A run on disk: run.json (what runs), metrics.csv (a row a step), samples.csv (completions), evaluations.csv, checkpoints/
/// and at the end summary.json. One process has it at a time.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private const string LockFile = ".lock";
    private const string SummaryFile = "summary.json";

    private static readonly string[] MetricColumns = ["stage", "step", .. MetricNames.All];

    private readonly FileStream holder;
    private readonly StepTable metrics;
    private readonly StepTable samples;
    private readonly StepTable evaluations;
    private readonly List<EvaluationResult> evaluated = [];

    private RunFolder(string path, FileStream holder, int keep)
    {
        this.holder = holder;
        Path = path;
        Checkpoints = new CheckpointStore(path, keep);
        metrics = new StepTable(In("metrics.csv"), MetricColumns);
        samples = new StepTable(In("samples.csv"), ["stage", "prompt", "completion", "answer", "reward", "ended"]);
        evaluations = new StepTable(In("evaluations.csv"), ["label", "greedy", "sample_mean", "prompts", "samples", "seconds"]);
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>The run's checkpoints.</summary>
    public CheckpointStore Checkpoints { get; }

    /// <summary>Evaluations so far, in their order.</summary>
    public IReadOnlyList<EvaluationResult> Evaluations => evaluated;

    /// <summary>The first folder that holds nothing yet of <c>NAME</c>, <c>NAME-2</c>, <c>NAME-3</c>, ….</summary>
    /// <param name="wanted">The folder that is wanted.</param>
    public static string ChooseFresh(string wanted) => Numbered(wanted).First(folder => !HoldsAnything(folder));

    /// <summary>The last folder that holds a run of <c>NAME</c>, <c>NAME-2</c>, <c>NAME-3</c>, …; <c>NAME</c> when none does.</summary>
    /// <param name="wanted">The folder that was wanted.</param>
    public static string ChooseLatest(string wanted) => Numbered(wanted).TakeWhile(HoldsAnything).LastOrDefault(wanted);

    /// <summary>Opens the folder of a new run, or of one that goes on.</summary>
    /// <param name="request">What runs.</param>
    /// <param name="engine">The engine, for people.</param>
    /// <exception cref="InputException">A new run's folder holds something; or there is nothing to go on with, the recipe or a
    /// dataset is no longer what it was, or another process has the folder.</exception>
    public static RunFolder Open(RunRequest request, string engine)
    {
        string path = System.IO.Path.GetFullPath(request.OutputFolder);
        if (request.Resume)
        {
            RunFile.RequireSame(path, request.Recipe);
        }
        else if (HoldsAnything(path))
        {
            throw new InputException(new InputProblem(path, 0, "", "a folder that is not empty", "a new one; add --resume to go on with its run, or choose another with --out"));
        }

        Directory.CreateDirectory(path);
        FileStream holder = Hold(path);
        try
        {
            DurableFiles.DeleteTemporaries(path);
            if (!request.Resume)
            {
                RunFile.Write(path, request, engine);
            }

            return new RunFolder(path, holder, request.Recipe.Checkpoints.Keep);
        }
        catch
        {
            holder.Dispose();
            throw;
        }
    }

    /// <summary>Appends a step to metrics.csv.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="row">What it measured.</param>
    /// <exception cref="ArgumentException">A metric's name is not one of <see cref="MetricNames.All"/>.</exception>
    public void Add(int step, StepMetrics row)
    {
        var values = row.Values.ToDictionary(StringComparer.Ordinal);
        string[] unknown = [.. values.Keys.Except(MetricNames.All)];
        if (unknown.Length > 0)
        {
            throw new ArgumentException($"metrics.csv has no column for {string.Join(", ", unknown)}.", nameof(row));
        }

        metrics.Append(step,
        [
            row.Stage,
            row.Step.ToString(CultureInfo.InvariantCulture),
            .. MetricNames.All.Select(name => values.TryGetValue(name, out double value) ? StepTable.Print(value) : ""),
        ]);
    }

    /// <summary>Appends completions to samples.csv.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="stage">The stage's name.</param>
    /// <param name="rows">Some of the step's completions.</param>
    public void Add(int step, string stage, IEnumerable<SampleRow> rows)
    {
        foreach (SampleRow row in rows)
        {
            samples.Append(step, [stage, row.Prompt, row.Completion, row.Answer, StepTable.Print(row.Reward), row.Ended ? "true" : "false"]);
        }
    }

    /// <summary>Appends an evaluation to evaluations.csv.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="result">The evaluation.</param>
    public void Add(int step, EvaluationResult result)
    {
        evaluated.Add(result);
        evaluations.Append(step,
        [
            result.Label,
            StepTable.Print(result.Greedy),
            StepTable.Print(result.SampleMean),
            result.Prompts.ToString(CultureInfo.InvariantCulture),
            result.Samples.ToString(CultureInfo.InvariantCulture),
            StepTable.Print(result.Seconds),
        ]);
    }

    /// <summary>Writes a checkpoint, after all that the tables hold is on disk.</summary>
    /// <param name="content">What it holds.</param>
    /// <returns>Its folder.</returns>
    public string Save(CheckpointContent content)
    {
        metrics.Flush();
        samples.Flush();
        evaluations.Flush();
        return Checkpoints.Save(content);
    }

    /// <summary>Takes back what the tables hold beyond a step, as a resumed run writes it again.</summary>
    /// <param name="step">Steps done over the whole run; 0 for none.</param>
    /// <returns>By stage, what its steps that stay took.</returns>
    public IReadOnlyList<StageSummary> TruncateTo(int step)
    {
        IReadOnlyList<string[]> steps = metrics.TruncateTo(step);
        samples.TruncateTo(step);
        evaluated.Clear();
        evaluated.AddRange(evaluations.TruncateTo(step).Select(row => new EvaluationResult(
            row[0], Number(row[1]), Number(row[2]), (int)Number(row[3]), (int)Number(row[4]), Number(row[5]))));
        return Summarize(steps);
    }

    /// <summary>Writes summary.json.</summary>
    /// <param name="summary">What came of the run.</param>
    public void Write(RunSummary summary) =>
        DurableFiles.WriteFile(In(SummaryFile), stream => stream.Write(Encoding.UTF8.GetBytes(CheckpointJson.Print(summary))));

    /// <inheritdoc/>
    public void Dispose()
    {
        metrics.Dispose();
        samples.Dispose();
        evaluations.Dispose();
        holder.Dispose();
    }

    private static List<StageSummary> Summarize(IReadOnlyList<string[]> rows)
    {
        int time = Array.IndexOf(MetricColumns, MetricNames.StepTime);
        int tokens = Array.IndexOf(MetricColumns, MetricNames.NumTokens);
        var stages = new List<StageSummary>();
        long before = 0;
        foreach (var stage in rows.GroupBy(row => row[0]))
        {
            long after = stage.Max(row => row[tokens].Length == 0 ? before : (long)Number(row[tokens]));
            double seconds = stage.Sum(row => row[time].Length == 0 ? 0 : Number(row[time]));
            stages.Add(new StageSummary(stage.Key, stage.Count(), seconds, after - before));
            before = after;
        }

        return stages;
    }

    private static double Number(string cell) => double.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Numbered(string wanted) =>
        Enumerable.Range(2, int.MaxValue - 2).Select(number => string.Create(CultureInfo.InvariantCulture, $"{wanted}-{number}")).Prepend(wanted);

    private static bool HoldsAnything(string folder) =>
        File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any());

    private static FileStream Hold(string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            throw new InputException(new InputProblem(path, 0, "", "a run that another process is writing", "a folder of its own for each process"));
        }
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
