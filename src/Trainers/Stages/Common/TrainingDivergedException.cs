using RlCore.Trainers.Datasets;

namespace RlCore.Trainers.Stages;

/// <summary>A loss or gradient is not finite. The weights that it would have updated are unchanged.</summary>
public sealed class TrainingDivergedException : Exception
{
    private const int RowsNamed = 8;

    private readonly string _found;

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was found and what to try.</param>
    public TrainingDivergedException(string message)
        : base(message) => _found = message;

    private TrainingDivergedException(TrainingDivergedException inner)
        : base(inner._found, inner)
    {
        _found = inner._found;
        (Stage, Step, Batch, Checkpoint) = (inner.Stage, inner.Step, inner.Batch, inner.Checkpoint);
        (File, Rows) = (inner.File, inner.Rows);
    }

    /// <summary>The stage; empty if unknown.</summary>
    public string Stage { get; private init; } = "";

    /// <summary>Step within the stage, from 1.</summary>
    public int Step { get; private init; }

    /// <summary>Rows of the dataset used by the step, as far as they are known.</summary>
    public IReadOnlyList<Question> Batch { get; private init; } = [];

    /// <summary>The dataset's file; empty if <see cref="Batch"/> names the rows itself.</summary>
    public string File { get; private init; } = "";

    /// <summary>Rows of that file used by the step, numbered as in a spreadsheet without blank rows: the header is 1.</summary>
    public IReadOnlyList<int> Rows { get; private init; } = [];

    /// <summary>Folder of the last checkpoint; empty if there is none.</summary>
    public string Checkpoint { get; private init; } = "";

    /// <inheritdoc/>
    public override string Message
    {
        get
        {
            string where = Stage.Length > 0 ? $"Stage {Stage}, step {Step}: " : "";
            string more = Batch.Count > RowsNamed ? $"; and {Batch.Count - RowsNamed} more" : "";
            string rows = Batch.Count > 0 ? $" The step's prompts: {string.Join("; ", Batch.Take(RowsNamed).Select(Name))}{more}." : "";
            rows += Rows.Count > 0
                ? $" The step's rows of {Path.GetFileName(File)}: "
                    + $"{string.Join(", ", Rows.Take(RowsNamed))}{(Rows.Count > RowsNamed ? $" and {Rows.Count - RowsNamed} more" : "")}."
                : "";
            string saved = Checkpoint.Length > 0 ? $" Last checkpoint: {Checkpoint}." : "";
            return where + _found + rows + saved;
        }
    }

    /// <summary>The same, with the rows used by the step.</summary>
    /// <param name="batch">The rows.</param>
    public TrainingDivergedException With(IReadOnlyList<Question> batch) => new(this) { Batch = batch };

    /// <summary>The same, with the rows of a file used by the step.</summary>
    /// <param name="file">The file.</param>
    /// <param name="rows">Its rows, from 0, not counting the header.</param>
    public TrainingDivergedException With(string file, IReadOnlyList<int> rows) =>
        new(this) { File = file, Rows = [.. rows.Select(row => row + 2)] };

    /// <summary>The same, with where it happened.</summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="step">Step within the stage, from 1.</param>
    /// <param name="checkpoint">Folder of the last checkpoint; empty if there is none.</param>
    public TrainingDivergedException At(string stage, int step, string checkpoint) =>
        new(this) { Stage = stage, Step = step, Checkpoint = checkpoint };

    private static string Name(Question question) => $"\"{question.Prompt}\" ({Path.GetFileName(question.File)} row {question.Row})";
}
