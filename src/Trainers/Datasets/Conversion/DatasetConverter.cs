using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>What is asked of a conversion.</summary>
/// <param name="Input">The file: JSON Lines, a JSON list of objects, or Parquet; the first two perhaps in gzip.</param>
/// <param name="Output">The CSV file.</param>
internal sealed record ConversionRequest(string Input, string Output)
{
    /// <summary>The kind of its rows; null for the layout's own kind.</summary>
    public DatasetKind? Kind { get; init; }

    /// <summary>Whether prompts become conversations, in a column of messages for a chat template, in place of text.</summary>
    public bool KeepsTurns { get; init; }

    /// <summary>What becomes of an object that cannot be used.</summary>
    public BadRowAction OnBadRow { get; init; } = BadRowAction.Refuse;

    /// <summary>Whether an existing file is replaced.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>The result of a conversion.</summary>
/// <param name="Layout">The fields that were found.</param>
/// <param name="Kind">What the rows are.</param>
/// <param name="Columns">The columns that were written.</param>
/// <param name="Rows">Rows that were written.</param>
internal sealed record Conversion(string Layout, DatasetKind Kind, IReadOnlyList<string> Columns, long Rows)
{
    /// <summary>Fields with values that no column has, and how often.</summary>
    public IReadOnlyList<string> Unused { get; init; } = [];

    /// <summary>Objects that were left out.</summary>
    public long Skipped { get; init; }

    /// <summary>What is wrong with the first of them; null if there is none.</summary>
    public InputProblem? FirstSkipped { get; init; }
}

/// <summary>
/// Converts files of examples to CSV. The first object determines the layout. A conversation becomes a prompt of lines
/// <c>role: content</c> that ends in <c>assistant: </c>; its last turn becomes the completion.
/// </summary>
internal static class DatasetConverter
{
    /// <summary>Converts a file; nothing is written if there is a problem.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="progress">Called now and then with the bytes read so far and the size of the input; null for none.</param>
    /// <exception cref="InputException">With every problem of the input, named by place and field; or the output cannot be
    /// written.</exception>
    public static Conversion Convert(ConversionRequest request, Action<long, long>? progress = null)
    {
        InputFiles.CheckPair(request.Input, request.Output, request.Overwrite, "a file of JSON Lines, a JSON list of objects, or Parquet");
        var problems = new List<InputProblem>();
        Conversion? done = null;
        DurableFiles.WriteFile(request.Output, target =>
        {
            using var rows = new Handover<string[]>(
                cells => target.Write(CsvText.Encode(cells)), cells => cells.Sum(cell => cell.Length));
            done = Write(request, rows.Add, problems, progress);
            if (problems.Count > 0)
            {
                throw new InputException(problems);
            }

            rows.Complete();
        });
        return done ?? throw new InvalidOperationException("A conversion without problems has a result.");
    }

    private static Conversion? Write(
        ConversionRequest request,
        Action<string[]> write,
        List<InputProblem> problems,
        Action<long, long>? progress)
    {
        // What is wrong is said when rows are written.
        FieldSurvey? survey = FieldSurvey.Of(
            ExampleFile.Read(request.Input, new List<InputProblem>(), (done, total) => progress?.Invoke(done / 2, total)));
        RowWriter? writer = null;
        InputProblem? first = null;
        long unusable = 0;
        int ofRows = 0;
        foreach (JsonLine line in ExampleFile.Read(
            request.Input, problems, (done, total) => progress?.Invoke((done / 2) + (total / 2), total)))
        {
            writer ??= RowWriter.Choose(survey!, line, request, write, problems);
            int before = problems.Count;
            writer?.Write(line);
            if (writer is null || problems.Count >= Table.MostProblems)
            {
                return null;
            }

            if (problems.Count == before)
            {
                continue;
            }

            unusable++;
            first ??= problems[before];
            if (request.OnBadRow == BadRowAction.Skip)
            {
                problems.RemoveRange(before, problems.Count - before);
            }

            ofRows += problems.Count - before;
        }

        if (writer?.Outcome is { Rows: 0 } && problems.Count == 0 && first is not null)
        {
            problems.Add(first);
        }
        else if (ofRows > 0 && ofRows == problems.Count && writer?.Outcome is { Rows: > 0 })
        {
            problems[^1] = problems[^1] with { Expected = $"{problems[^1].Expected}; or --on-bad-row skip, which leaves such objects out" };
        }

        if (writer is null && problems.Count == 0)
        {
            problems.Add(new InputProblem(request.Input, 0, "", "no object", "at least one object {…}"));
        }

        return writer is null ? null : writer.Outcome with { Skipped = unusable, FirstSkipped = first };
    }
}
