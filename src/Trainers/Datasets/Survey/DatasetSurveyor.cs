using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>Reads a dataset once and reports its content.</summary>
internal static class DatasetSurveyor
{
    /// <summary>Surveys a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="request">What is asked.</param>
    /// <exception cref="InputException">The file does not exist, its header is of no known kind, or no row could be read.</exception>
    public static DatasetSurvey Run(string file, SurveyRequest request)
    {
        DatasetKind kind = request.Kind ?? KindOf(file, request.Checks.Columns, request.Checks.Rows);
        var problems = new List<InputProblem>();
        ColumnRules.Check(
            request.Checks.Columns,
            kind,
            (key, found, expected) => problems.Add(new InputProblem(file, 0, key, found, expected)));
        return problems.Count > 0 ? throw new InputException(problems) : kind switch
        {
            DatasetKind.Sft => Walk(DatasetFormats.Demonstrations, file, request, row => new(row.Prompt, [row.Completion])),
            DatasetKind.Prompts => Walk(DatasetFormats.Questions, file, request, row => new(row.Prompt, [row.Answer])),
            DatasetKind.Preferences =>
                Walk(DatasetFormats.Preferences, file, request, row => new(row.Prompt, [row.Chosen, row.Rejected]) { Number = row.Margin }),
            DatasetKind.Scored =>
                Walk(DatasetFormats.Scored, file, request, row => new(row.Prompt, [row.Completion]) { Number = row.Reward }),
            DatasetKind.Rankings => Walk(DatasetFormats.Rankings, file, request, row => new(row.Prompt, row.Completions)),
            DatasetKind.Unpaired =>
                Walk(DatasetFormats.Unpaired, file, request, row => new(row.Prompt, [row.Completion]) { Good = row.Good }),
            DatasetKind.Steps => Walk(DatasetFormats.Steps, file, request, row => new(row.Prompt, [row.Completion])),
            _ => throw new ArgumentOutOfRangeException(nameof(request), kind, "An unknown kind of dataset."),
        };
    }

    /// <summary>The kind of a file's rows, according to its header.</summary>
    /// <param name="file">The file.</param>
    /// <param name="names">The names of its columns.</param>
    /// <param name="rules">How its cells are told apart; null for the defaults.</param>
    /// <exception cref="InputException">The file does not exist, or its header is of no known kind.</exception>
    public static DatasetKind KindOf(string file, ColumnNames names, RowRules? rules = null)
    {
        if (!File.Exists(file))
        {
            throw new InputException(InputFiles.Missing(file, "a CSV file"));
        }

        string[] header = Table.ReadHeader(
            file, rules ?? new RowRules(), cells => cells.Contains(names.Prompt) || cells.Contains(names.Messages));
        string prompt = PromptColumns.AreConversations(names, header) ? names.Messages : names.Prompt;
        bool Has(params string[] columns) => columns.Prepend(prompt).All(header.Contains);
        return 0 switch
        {
            _ when Has(names.Chosen, names.Rejected) => DatasetKind.Preferences,
            _ when Has(names.Completion, names.Reward) => DatasetKind.Scored,
            _ when Has(names.Completion, names.Label) => DatasetKind.Unpaired,
            _ when Has(names.Completion, names.StepLabels) => DatasetKind.Steps,
            _ when Has($"{names.Completion}_1") => DatasetKind.Rankings,
            _ when Has(names.Completion) => DatasetKind.Sft,
            _ when Has(names.Answer) => DatasetKind.Prompts,
            _ when prompt == names.Messages => DatasetKind.Sft,
            _ => throw new InputException(new InputProblem(
                file,
                1,
                "",
                header.Length == 0 ? "an empty file" : $"the columns {string.Join(", ", header.Select(Characters.Quote))}",
                $"{names.Prompt} with {names.Completion} (sft), {names.Answer} (prompts), {names.Chosen} and {names.Rejected} "
                    + $"(preferences), {names.Completion} and {names.Reward} (scored), {names.Completion}_1 and "
                    + $"{names.Completion}_2 (rankings), {names.Completion} and {names.Label} (unpaired), or {names.Completion} and "
                    + $"{names.StepLabels} (steps); or {names.Messages}")),
        };
    }

    private static DatasetSurvey Walk<TRow>(DatasetFormat<TRow> format, string file, SurveyRequest request, Func<TRow, SurveyedRow> view)
        where TRow : class
    {
        var problems = new List<InputProblem>();
        Dictionary<ulong, long> others = request.Against.Length > 0 ? ReadPrompts(request.Against, request, problems) : [];
        Action<long, long>? progress = request.Progress is { } tell ? (done, total) => tell(file, done, total) : null;
        var rows = new RowProblems(request.Checks.Rows, problems);
        string delimiter = "";
        long shared = 0;
        using var tally = new SurveyTally(format.Kind, request);
        using var handover = new Handover<(TRow Value, TableRow Cells)>(
            row => tally.Add(view(row.Value), row.Cells), row => row.Cells.Cells.Concat(row.Cells.Others).Sum(cell => cell.Length));
        foreach (TableRow row in Table.Read(file, format.Request(request.Checks), rows, progress))
        {
            delimiter = row.Layout.Dialect.Name;
            if (format.TryRead(row, request.Checks, rows, out TRow? value))
            {
                shared += IsShared(row, others, request.Against, problems) ? 1 : 0;
                handover.Add((value, row));
            }
        }

        handover.Complete();
        return tally.Summarize(file) with
        {
            Problems = problems,
            SharedPrompts = shared,
            Delimiter = delimiter,
            Notes = [.. rows.Notes()],
        };
    }

    // Whether the prompt of a row is one of another file's, which is a problem.
    private static bool IsShared(TableRow row, Dictionary<ulong, long> others, string against, List<InputProblem> problems)
    {
        if (others.Count == 0 || !others.TryGetValue(TextHashes.Of(TextHashes.Normalize(row[0])), out long place))
        {
            return false;
        }

        if (problems.Count < Table.MostProblems)
        {
            problems.Add(row.Problem(
                0,
                $"{Characters.Quote(row[0])}, which is in {against}, row {place}, as well",
                "a prompt that the other file does not have"));
        }

        return true;
    }

    // Normalized prompts of a file, with their rows.
    private static Dictionary<ulong, long> ReadPrompts(string file, SurveyRequest request, List<InputProblem> problems)
    {
        var prompts = new Dictionary<ulong, long>();
        TableColumn[] prompt = [new(request.Checks.Columns.Prompt)];
        var columns = new TableRequest(header => PromptColumns.Of(request.Checks, header, prompt, DatasetKind.Prompts));
        Action<long, long>? progress = request.Progress is { } tell ? (done, total) => tell(file, done, total) : null;
        foreach (TableRow row in Table.Read(file, columns, new RowProblems(request.Checks.Rows, problems), progress))
        {
            prompts.TryAdd(TextHashes.Of(TextHashes.Normalize(row[0])), row.Number);
        }

        return prompts;
    }
}
