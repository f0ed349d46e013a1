using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// Datasets from CSV files (RFC 4180, UTF-8, with or without a byte-order mark). Columns are known by their names
/// (<see cref="DatasetChecks.Columns"/>); columns that a format does not need are ignored.
/// </summary>
public static class Dataset
{
    /// <summary>Streams the valid rows of a file; a row is read when it is requested.</summary>
    /// <param name="format">The format of a row.</param>
    /// <param name="file">The file.</param>
    /// <param name="checks">The requirements of the run.</param>
    /// <param name="problems">Receives the problems, in file order; one of all characters that have no token.</param>
    /// <param name="noted">
    /// Called after the last row with what was done besides reading, a sentence each: rows that were left out, for example.
    /// </param>
    /// <typeparam name="TRow">A row.</typeparam>
    public static IEnumerable<TRow> Read<TRow>(
        DatasetFormat<TRow> format,
        string file,
        DatasetChecks checks,
        IList<InputProblem> problems,
        Action<string>? noted = null)
        where TRow : class
    {
        CheckReaders(checks, problems);
        foreach (var (_, value) in ReadRows(format, file, checks, problems, noted, progress: null))
        {
            yield return value;
        }
    }

    /// <summary>Reads all rows of a file, or fails.</summary>
    /// <param name="format">The format of a row.</param>
    /// <param name="file">The file.</param>
    /// <param name="checks">The requirements of the run.</param>
    /// <typeparam name="TRow">A row.</typeparam>
    /// <exception cref="InputException">With every problem of the file.</exception>
    public static IReadOnlyList<TRow> Load<TRow>(DatasetFormat<TRow> format, string file, DatasetChecks checks)
        where TRow : class
    {
        var problems = new List<InputProblem>();
        List<TRow> rows = [.. Read(format, file, checks, problems)];
        return problems.Count == 0 ? rows : throw new InputException(problems);
    }

    /// <summary>
    /// Opens a file for training: every row is checked now, and turned into an example when it is requested, so that a file of any
    /// size takes constant memory. The examples of a small file are kept in memory.
    /// </summary>
    /// <param name="format">The format of a row.</param>
    /// <param name="file">The file; it must not change while the examples are in use.</param>
    /// <param name="checks">The requirements of the run.</param>
    /// <param name="make">Makes an example from a row; deterministic.</param>
    /// <param name="problems">Receives the problems in file order; if there are any, the examples cannot be used.</param>
    /// <param name="memory">How much memory it may use; null for the defaults.</param>
    /// <param name="progress">Called now and then with the bytes checked so far and the size of the file.</param>
    /// <param name="noted">Called with what was done besides reading, a sentence each: rows that were left out, for example.</param>
    /// <typeparam name="TRow">A row.</typeparam>
    /// <typeparam name="TExample">What a row is made into.</typeparam>
    public static IReadOnlyList<TExample> Open<TRow, TExample>(
        DatasetFormat<TRow> format,
        string file,
        DatasetChecks checks,
        Func<TRow, TExample> make,
        IList<InputProblem> problems,
        DatasetMemory? memory = null,
        Action<long, long>? progress = null,
        Action<string>? noted = null)
        where TRow : class
    {
        memory ??= new DatasetMemory();
        if (!File.Exists(file) || new FileInfo(file).Length <= memory.HeldFile)
        {
            return [.. Read(format, file, checks, problems, noted).Select(make)];
        }

        int before = problems.Count;
        var index = new RowIndex(memory);
        TableLayout? layout = null;
        CheckReaders(checks, problems);
        foreach (var (row, _) in ReadRows(format, file, checks, problems, noted, progress))
        {
            layout = row.Layout;
            index.Add(row.Offset, row.Number);
        }

        return problems.Count == before && layout is not null
            ? new StreamedExamples<TRow, TExample>(format, layout, checks, index, make)
            : [];
    }

    /// <summary>Reads all rows of <c>prompt,completion</c>, or fails.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">The requirements of the run.</param>
    /// <exception cref="InputException">With every problem of the file.</exception>
    public static IReadOnlyList<Demonstration> LoadDemonstrations(string file, DatasetChecks checks) =>
        Load(DatasetFormats.Demonstrations, file, checks);

    /// <summary>Reads all rows of <c>prompt,answer</c>, or fails.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">The requirements of the run.</param>
    /// <exception cref="InputException">With every problem of the file.</exception>
    public static IReadOnlyList<Question> LoadQuestions(string file, DatasetChecks checks) => Load(DatasetFormats.Questions, file, checks);

    /// <summary>Streams the valid rows of <c>prompt,completion</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">The requirements of the run.</param>
    /// <param name="problems">Receives the problems, in file order.</param>
    public static IEnumerable<Demonstration> Demonstrations(string file, DatasetChecks checks, IList<InputProblem> problems) =>
        Read(DatasetFormats.Demonstrations, file, checks, problems);

    /// <summary>Streams the valid rows of <c>prompt,chosen,rejected[,margin]</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">The requirements of the run.</param>
    /// <param name="problems">Receives the problems, in file order.</param>
    public static IEnumerable<Preference> Preferences(string file, DatasetChecks checks, IList<InputProblem> problems) =>
        Read(DatasetFormats.Preferences, file, checks, problems);

    /// <summary>Streams the valid rows of <c>prompt,answer</c>; other columns become fields.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checks">The requirements of the run.</param>
    /// <param name="problems">Receives the problems, in file order.</param>
    public static IEnumerable<Question> Questions(string file, DatasetChecks checks, IList<InputProblem> problems) =>
        Read(DatasetFormats.Questions, file, checks, problems);

    private static IEnumerable<(TableRow Row, TRow Value)> ReadRows<TRow>(
        DatasetFormat<TRow> format,
        string file,
        DatasetChecks checks,
        IList<InputProblem> problems,
        Action<string>? noted,
        Action<long, long>? progress)
        where TRow : class
    {
        var rows = new RowProblems(checks.Rows, problems);
        long used = 0;
        foreach (TableRow row in Table.Read(file, format.Request(checks), rows, progress))
        {
            if (format.TryRead(row, checks, rows, out TRow? value))
            {
                used++;
                yield return (row, value);
            }
        }

        if (used == 0 && rows.Refused == 0)
        {
            problems.Add(new InputProblem(file, 0, "", "no row that can be used", "at least one; " + string.Join("; ", rows.Notes())));
        }

        rows.Notes().ToList().ForEach(noted ?? (_ => { }));
    }

    // What readers need beside the rows: files, programs, endpoints.
    private static void CheckReaders(DatasetChecks checks, IList<InputProblem> problems)
    {
        foreach (IRowReader reader in checks.Readers)
        {
            reader.CheckInputs(problems.Add);
        }
    }
}
