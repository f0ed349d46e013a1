using System.Buffers;
using System.Globalization;
using CsvHelper;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>A CSV file with a header, row by row, in memory that does not grow with the file.</summary>
internal static class Table
{
    /// <summary>Reading stops after this many problems of one file.</summary>
    public const int MostProblems = 10_000;

    private const int LargestRow = 64 << 20;

    // Bytes between two progress reports.
    private const long ProgressPause = 1 << 22;

    // What else is found between the cells of a header that is read as one.
    private static readonly SearchValues<char> Separators = SearchValues.Create("|:;\t^~ ");

    /// <summary>Streams rows that have all columns; the consumer adds what else is wrong with a row before it takes the next.</summary>
    /// <param name="file">The file.</param>
    /// <param name="request">The columns.</param>
    /// <param name="problems">Receives the problems, in file order.</param>
    /// <param name="progress">Called now and then with the bytes read so far and the size of the file.</param>
    public static IEnumerable<TableRow> Read(
        string file,
        TableRequest request,
        RowProblems problems,
        Action<long, long>? progress = null)
    {
        if (!File.Exists(file))
        {
            problems.AddToFile(InputFiles.Missing(file, $"a CSV file with the columns {request.Needed}"));
            yield break;
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        if (TableText.IsOfAnotherKind(stream, file, problems))
        {
            yield break;
        }

        CsvDialect dialect = CsvDialect.Of(stream, problems.Rules, request.IsWhole);
        using CsvReader reader = CsvReader.Create(stream, Options(dialect, record => AddMalformed(record, file, dialect, problems)));
        if (!TrySkip(reader, dialect) || !TryNext(reader, file, dialect, problems))
        {
            problems.EndRow();
            if (problems.Refused == 0)
            {
                problems.AddToFile(new InputProblem(file, 1, "", "an empty file", $"a header with the columns {request.Needed}"));
            }

            yield break;
        }

        bool isText = TableText.IsText(reader, file, problems);
        problems.EndRow();
        if (!isText || !TryFindColumns(Header(reader), file, dialect, request, problems, out TableLayout layout))
        {
            yield break;
        }

        foreach (TableRow row in Rows(reader, layout, problems, progress is null ? null : bytes => progress(bytes, stream.Length)))
        {
            yield return row;
        }

        problems.EndFile();
        if (stream.Length > ProgressPause)
        {
            progress?.Invoke(stream.Length, stream.Length);
        }
    }

    /// <summary>The rows of a part of a file that starts and ends at row boundaries.</summary>
    /// <param name="part">Its bytes.</param>
    /// <param name="layout">The file's layout.</param>
    /// <param name="firstNumber">Number of its first row.</param>
    /// <param name="problems">Receives what is wrong with rows.</param>
    public static IEnumerable<TableRow> ReadPart(ReadOnlyMemory<byte> part, TableLayout layout, long firstNumber, RowProblems problems)
    {
        using CsvReader reader = CsvReader.Create(
            part, Options(layout.Dialect, record => AddMalformed(record, layout.File, layout.Dialect, problems)));
        for (long number = firstNumber; reader.Read(); number++)
        {
            if (TryTake(reader, layout, number, number, problems) is { } row)
            {
                yield return row;
            }

            problems.EndRow();
        }
    }

    /// <summary>The header of a file; empty if there is none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="rules">How its cells are told apart.</param>
    /// <param name="isWhole">Whether a header has the columns that are needed.</param>
    public static string[] ReadHeader(string file, RowRules rules, Predicate<string[]> isWhole)
    {
        using FileStream stream = File.OpenRead(file);
        CsvDialect dialect = CsvDialect.Of(stream, rules, isWhole);
        using CsvReader reader = CsvReader.Create(stream, Options(dialect, null));
        return TrySkip(reader, dialect) && reader.Read() ? Header(reader) : [];
    }

    /// <summary>The cells of the first row.</summary>
    /// <param name="start">The start of a file.</param>
    /// <param name="separator">What is between them.</param>
    public static string[] FirstCells(ReadOnlyMemory<byte> start, char separator)
    {
        using CsvReader reader = CsvReader.Create(start, Options(new CsvDialect(separator, 0, KeepsLineBreaks: true), null));
        return reader.Read() ? Header(reader) : [];
    }

    private static bool TrySkip(CsvReader reader, CsvDialect dialect)
    {
        for (int line = 0; line < dialect.Preamble; line++)
        {
            if (!reader.Read())
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<TableRow> Rows(CsvReader reader, TableLayout layout, RowProblems problems, Action<long>? progress)
    {
        bool any = false;
        long reported = 0;
        int preamble = layout.Dialect.Preamble;
        while (TryNext(reader, layout.File, layout.Dialect, problems))
        {
            any |= !reader.RawRecord.IsEmpty;
            if (TryTake(reader, layout, reader.RowNumber - preamble, reader.LineNumber, problems) is { } row)
            {
                yield return row;
            }

            problems.EndRow();
            if (progress is not null && reader.ByteOffset - reported >= ProgressPause)
            {
                reported = reader.ByteOffset;
                progress(reported);
            }

            if (problems.Refused >= MostProblems)
            {
                problems.AddToFile(new InputProblem(
                    layout.File, reader.RowNumber - preamble, "", $"{problems.Refused} problems so far",
                    "fewer; the rest of the file was not read"));
                yield break;
            }
        }

        problems.EndRow();
        if (!any && problems.Refused == 0)
        {
            problems.AddToFile(new InputProblem(layout.File, 2, "", "the end of the file", "at least one row below the header"));
        }
    }

    private static bool TryNext(CsvReader reader, string file, CsvDialect dialect, RowProblems problems)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException)
        {
            problems.AddToFile(new InputProblem(
                file, reader.RowNumber + 1 - dialect.Preamble, "", $"a row of more than {LargestRow >> 20} MiB",
                "shorter rows; perhaps a quotation mark is never closed"));
            return false;
        }
    }

    private static CsvReaderOptions Options(CsvDialect dialect, Action<CsvMalformedRecord>? malformed) => new()
    {
        Separator = dialect.Separator,
        DetectSeparatorHint = false,
        HasHeader = false,
        SkipEmptyLines = false,
        TrackLineNumbers = true,
        MaxRecordSize = LargestRow,
        OnMalformedRecord = malformed,
    };

    private static string[] Header(CsvReader reader) => [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];

    private static void AddMalformed(CsvMalformedRecord record, string file, CsvDialect dialect, RowProblems problems)
    {
        // A quotation mark inside an unquoted cell is text, as spreadsheets read it.
        string found = record.Reason switch
        {
            CsvMalformedReason.UnterminatedQuote => "a quotation mark that is never closed",
            CsvMalformedReason.TextAfterClosingQuote => "text after a closing quotation mark",
            _ => "",
        };
        long number = record.RecordNumber - dialect.Preamble;
        if (found.Length > 0)
        {
            problems.Add(new InputProblem(
                file, number, "", found, "cells in \"…\", with \"\" for a quotation mark inside a cell")
            {
                Line = record.LineNumber == number ? 0 : record.LineNumber,
            });
        }
    }

    private static bool TryFindColumns(
        string[] header,
        string file,
        CsvDialect dialect,
        TableRequest request,
        RowProblems problems,
        out TableLayout layout)
    {
        var columns = request.Columns(header);
        int[] places = [.. columns.Select(column => Array.IndexOf(header, column.Name))];
        int[] others = request.KeepOthers
            ? [.. Enumerable.Range(0, header.Length).Where(place => !places.Contains(place) && header[place].Length > 0)]
            : [];
        layout = new TableLayout(file, columns, places, [.. others.Select(place => header[place])], others)
        {
            Dialect = dialect,
            Width = header.Length,
        };
        int before = problems.Refused;
        foreach (string twice in columns.Select(column => column.Name)
            .Concat(layout.OtherNames)
            .Distinct()
            .Where(name => header.Count(cell => cell == name) > 1))
        {
            problems.AddToFile(new InputProblem(file, 1, twice, "the column twice", "one column of that name"));
        }

        foreach (TableColumn column in columns.Where((column, index) => !column.Optional && places[index] < 0))
        {
            string hint = header is [var cell, ..] && cell.AsSpan().TrimStart() is ['{' or '[', ..]
                    ? " (is this JSON? rlcore data convert makes CSV of it)"
                : header is [var only] && only.AsSpan().ContainsAny(Separators)
                    ? " (cells are separated by commas, semicolons or tabs; \"delimiter\" names another character)"
                : Names.TryNearest(
                    column.Name,
                    header.Except(columns.Select(known => known.Name)),
                    out string nearest) ? $" (names are exact; is it {Characters.Quote(nearest)}?)"
                : "";
            problems.AddToFile(new InputProblem(
                file, 1, column.Name, $"the columns {string.Join(", ", header.Select(Characters.Quote))}",
                $"a column named \"{column.Name}\"{hint}"));
        }

        return problems.Refused == before;
    }

    // The row at the reader; null if it is blank, or something is wrong with it.
    private static TableRow? TryTake(CsvReader reader, TableLayout layout, long number, long line, RowProblems problems)
    {
        if (reader.RawRecord.IsEmpty || problems.Count > 0 || !TableText.IsText(reader, layout.File, problems))
        {
            return null;
        }

        TableRow row = Take(reader, layout, number, line, out bool isUnified);
        if (isUnified)
        {
            problems.Unify();
        }

        return HasItsCells(reader, row, problems) ? row : null;
    }

    private static TableRow Take(CsvReader reader, TableLayout layout, long number, long line, out bool isUnified)
    {
        int fields = reader.FieldCount;
        bool found = false;
        string Cell(int place)
        {
            string text = place >= 0 && place < fields ? reader.GetString(place) : "";
            if (layout.Dialect.KeepsLineBreaks || !text.Contains("\r\n", StringComparison.Ordinal))
            {
                return text;
            }

            found = true;
            return text.Replace("\r\n", "\n", StringComparison.Ordinal);
        }

        var row = new TableRow(
            layout,
            number,
            line,
            reader.ByteOffset,
            Array.ConvertAll(layout.Places, Cell),
            Array.ConvertAll(layout.OtherPlaces, Cell));
        isUnified = found;
        return row;
    }

    // Empty cells beyond the header lose nothing: spreadsheets write them.
    private static bool HasItsCells(CsvReader reader, TableRow row, RowProblems problems)
    {
        TableLayout layout = row.Layout;
        int fields = reader.FieldCount;
        int missing = Array.FindIndex(layout.Places, place => place >= fields);
        while (missing >= 0 && layout.Columns[missing].Optional)
        {
            missing = Array.FindIndex(layout.Places, missing + 1, place => place >= fields);
        }

        if (missing >= 0)
        {
            problems.Add(row.Problem(
                missing,
                $"a row of {fields} cell{(fields == 1 ? "" : "s")}",
                $"a cell in column {layout.Places[missing] + 1}"));
        }

        for (int beyond = layout.Width; beyond < fields; beyond++)
        {
            string cell = reader.GetString(beyond);
            if (!string.IsNullOrWhiteSpace(cell))
            {
                char separator = layout.Dialect.Separator;
                problems.Add(new InputProblem(
                    row.File,
                    row.Number,
                    string.Create(CultureInfo.InvariantCulture, $"{beyond + 1}, beyond the header"),
                    Characters.Quote(cell),
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"the {layout.Width} cells of the header; write a cell that contains the delimiter in quotation marks: ")
                        + $"\"1{separator}234\"")
                {
                    Line = row.Line == row.Number ? 0 : row.Line,
                });
                return false;
            }
        }

        return missing < 0;
    }
}
