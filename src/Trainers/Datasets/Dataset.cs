using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// Datasets from CSV files (RFC 4180, UTF-8, with or without a byte-order mark). Columns are known by their names
/// (<see cref="DatasetChecks.Columns"/>); columns that a format does not ask for are left alone.
/// </summary>
public static class Dataset
{
    /// <summary>Streams the good rows of a file: a row is read when it is asked for.</summary>
    /// <param name="format">What a row is.</param>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <param name="problems">Receives what is wrong, in the order of the file.</param>
    /// <typeparam name="TRow">A row.</typeparam>
    public static IEnumerable<TRow> Read<TRow>(DatasetFormat<TRow> format, string file, DatasetChecks checks, ICollection<InputProblem> problems)
        where TRow : class
    {
        foreach (TableRow row in Table.Read(file, format.Request(checks), problems))
        {
            if (format.TryRead(row, checks, problems, out TRow? value))
            {
                yield return value;
            }
        }
    }

    /// <summary>Reads all rows of a file, or none.</summary>
    /// <param name="format">What a row is.</param>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <typeparam name="TRow">A row.</typeparam>
    /// <exception cref="InputException">With every problem of the file.</exception>
    public static IReadOnlyList<TRow> Load<TRow>(DatasetFormat<TRow> format, string file, DatasetChecks checks)
        where TRow : class
    {
        var problems = new List<InputProblem>();
        List<TRow> rows = [.. Read(format, file, checks, problems)];
        return problems.Count == 0 ? rows : throw new InputException(problems);
    }

    /// <summary>Reads all rows of <c>prompt,completion</c>, or none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <exception cref="InputException">With every problem of the file.</exception>
    public static IReadOnlyList<Demonstration> LoadDemonstrations(string file, DatasetChecks checks) => Load(DatasetFormats.Demonstrations, file, checks);

    /// <summary>Reads all rows of <c>prompt,answer</c>, or none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <exception cref="InputException">With every problem of the file.</exception>
    public static IReadOnlyList<Question> LoadQuestions(string file, DatasetChecks checks) => Load(DatasetFormats.Questions, file, checks);

    /// <summary>Streams the good rows of <c>prompt,completion</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <param name="problems">Receives what is wrong, in the order of the file.</param>
    public static IEnumerable<Demonstration> Demonstrations(string file, DatasetChecks checks, ICollection<InputProblem> problems) =>
        Read(DatasetFormats.Demonstrations, file, checks, problems);

    /// <summary>Streams the good rows of <c>prompt,chosen,rejected[,margin]</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <param name="problems">Receives what is wrong, in the order of the file.</param>
    public static IEnumerable<Preference> Preferences(string file, DatasetChecks checks, ICollection<InputProblem> problems) =>
        Read(DatasetFormats.Preferences, file, checks, problems);

    /// <summary>Streams the good rows of <c>prompt,answer</c>, other columns becoming fields.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">What the run asks.</param>
    /// <param name="problems">Receives what is wrong, in the order of the file.</param>
    public static IEnumerable<Question> Questions(string file, DatasetChecks checks, ICollection<InputProblem> problems) =>
        Read(DatasetFormats.Questions, file, checks, problems);
}
