using System.Globalization;
using System.Text.Unicode;
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

    /// <summary>Streams rows that have all columns; problems are added to <paramref name="problems"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="request">The columns.</param>
    /// <param name="problems">Receives the problems, in file order.</param>
    /// <param name="progress">Called now and then with the bytes read so far and the size of the file.</param>
    public static IEnumerable<TableRow> Read(
        string file,
        TableRequest request,
        ICollection<InputProblem> problems,
        Action<long, long>? progress = null)
    {
        if (!File.Exists(file))
        {
            problems.Add(InputFiles.Missing(file, $"a CSV file with the columns {request.Needed}"));
            yield break;
        }

        int atStart = problems.Count;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        if (IsOfAnotherEncoding(stream, file, problems))
        {
            yield break;
        }

        using CsvReader reader = CsvReader.Create(stream, Options(record => AddMalformed(record, file, problems)));
        if (!TryNext(reader, file, problems))
        {
            if (problems.Count > atStart)
            {
                yield break;
            }

            problems.Add(new InputProblem(file, 1, "", "an empty file", $"a header with the columns {request.Needed}"));
            yield break;
        }

        if (!IsUtf8(reader, file, problems) || !TryFindColumns(Header(reader), file, request, problems, out TableLayout layout))
        {
            yield break;
        }

        foreach (TableRow row in Rows(reader, layout, problems, progress is null ? null : bytes => progress(bytes, stream.Length)))
        {
            yield return row;
        }

        if (stream.Length > ProgressPause)
        {
            progress?.Invoke(stream.Length, stream.Length);
        }
    }

    /// <summary>The rows of a part of a file that starts and ends at row boundaries.</summary>
    /// <param name="part">Its bytes.</param>
    /// <param name="layout">The file's layout.</param>
    /// <param name="firstNumber">Number of its first row.</param>
    /// <param name="skip">Number of non-blank rows to skip.</param>
    public static IEnumerable<TableRow> ReadPart(ReadOnlyMemory<byte> part, TableLayout layout, long firstNumber, int skip)
    {
        using CsvReader reader = CsvReader.Create(part, Options(null));
        for (long number = firstNumber; reader.Read(); number++)
        {
            if (!reader.RawRecord.IsEmpty && skip-- <= 0)
            {
                yield return Take(reader, layout, number, number);
            }
        }
    }

    /// <summary>The header of a file; empty if there is none.</summary>
    public static string[] ReadHeader(string file)
    {
        using CsvReader reader = CsvReader.FromFile(file, Options(null));
        return reader.Read() ? Header(reader) : [];
    }

    private static IEnumerable<TableRow> Rows(
        CsvReader reader,
        TableLayout layout,
        ICollection<InputProblem> problems,
        Action<long>? progress)
    {
        bool any = false;
        long reported = 0;
        int atStart = problems.Count;
        int before = atStart;
        while (TryNext(reader, layout.File, problems))
        {
            bool blank = reader.RawRecord.IsEmpty;
            any |= !blank;
            if (!blank && problems.Count == before && IsUtf8(reader, layout.File, problems))
            {
                TableRow row = Take(reader, layout, reader.RowNumber, reader.LineNumber);
                if (HasAllCells(reader.FieldCount, row, problems))
                {
                    yield return row;
                }
            }

            if (progress is not null && reader.ByteOffset - reported >= ProgressPause)
            {
                reported = reader.ByteOffset;
                progress(reported);
            }

            if (problems.Count - atStart >= MostProblems)
            {
                problems.Add(new InputProblem(
                    layout.File, reader.RowNumber, "", $"{problems.Count - atStart} problems so far",
                    "fewer; the rest of the file was not read"));
                yield break;
            }

            before = problems.Count;
        }

        if (!any && problems.Count == atStart)
        {
            problems.Add(new InputProblem(layout.File, 2, "", "the end of the file", "at least one row below the header"));
        }
    }

    private static bool TryNext(CsvReader reader, string file, ICollection<InputProblem> problems)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException)
        {
            problems.Add(new InputProblem(
                file, reader.RowNumber + 1, "", $"a row of more than {LargestRow >> 20} MiB",
                "shorter rows; perhaps a quotation mark is never closed"));
            return false;
        }
    }

    private static CsvReaderOptions Options(Action<CsvMalformedRecord>? malformed) => new()
    {
        Separator = ',',
        HasHeader = false,
        SkipEmptyLines = false,
        TrackLineNumbers = true,
        MaxRecordSize = LargestRow,
        OnMalformedRecord = malformed,
    };

    private static string[] Header(CsvReader reader) => [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];

    private static void AddMalformed(CsvMalformedRecord record, string file, ICollection<InputProblem> problems)
    {
        // A quotation mark inside an unquoted cell is text, as spreadsheets read it.
        string found = record.Reason switch
        {
            CsvMalformedReason.UnterminatedQuote => "a quotation mark that is never closed",
            CsvMalformedReason.TextAfterClosingQuote => "text after a closing quotation mark",
            _ => "",
        };
        if (found.Length > 0)
        {
            problems.Add(new InputProblem(
                file, record.RecordNumber, "", found, "cells in \"…\", with \"\" for a quotation mark inside a cell")
            {
                Line = record.LineNumber == record.RecordNumber ? 0 : record.LineNumber,
            });
        }
    }

    private static bool TryFindColumns(
        string[] header,
        string file,
        TableRequest request,
        ICollection<InputProblem> problems,
        out TableLayout layout)
    {
        var columns = request.Columns(header);
        int[] places = [.. columns.Select(column => Array.IndexOf(header, column.Name))];
        int[] others = request.KeepOthers
            ? [.. Enumerable.Range(0, header.Length).Where(place => !places.Contains(place) && header[place].Length > 0)]
            : [];
        layout = new TableLayout(file, columns, places, [.. others.Select(place => header[place])], others);
        int before = problems.Count;
        foreach (string twice in columns.Select(column => column.Name)
            .Concat(layout.OtherNames)
            .Distinct()
            .Where(name => header.Count(cell => cell == name) > 1))
        {
            problems.Add(new InputProblem(file, 1, twice, "the column twice", "one column of that name"));
        }

        foreach (TableColumn column in columns.Where((column, index) => !column.Optional && places[index] < 0))
        {
            string hint = header.Length == 1 && header[0].AsSpan().ContainsAny(';', '\t') ? " (columns are separated by commas)"
                : Names.TryNearest(
                    column.Name,
                    header.Except(columns.Select(known => known.Name)),
                    out string nearest) ? $" (names are exact; is it {Characters.Quote(nearest)}?)"
                : "";
            problems.Add(new InputProblem(
                file, 1, column.Name, $"the columns {string.Join(", ", header.Select(Characters.Quote))}",
                $"a column named \"{column.Name}\"{hint}"));
        }

        return problems.Count == before;
    }

    private static TableRow Take(CsvReader reader, TableLayout layout, long number, long line)
    {
        int fields = reader.FieldCount;
        string Cell(int place) => place >= 0 && place < fields ? reader.GetString(place) : "";
        return new TableRow(
            layout,
            number,
            line,
            reader.ByteOffset,
            Array.ConvertAll(layout.Places, Cell),
            Array.ConvertAll(layout.OtherPlaces, Cell));
    }

    private static bool HasAllCells(int fields, TableRow row, ICollection<InputProblem> problems)
    {
        TableLayout layout = row.Layout;
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

        return missing < 0;
    }

    // A byte-order mark of UTF-16 or UTF-32 is not UTF-8 text.
    private static bool IsOfAnotherEncoding(FileStream stream, string file, ICollection<InputProblem> problems)
    {
        Span<byte> start = stackalloc byte[4];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        int at = read >= 2 && start[..2] is [0xFF, 0xFE] or [0xFE, 0xFF] ? 0 : start[..read] is [0, 0, 0xFE, 0xFF] ? 2 : -1;
        if (at >= 0)
        {
            AddInvalidByte(file, start[at], at, 1, problems);
        }

        return at >= 0;
    }

    private static bool IsUtf8(CsvReader reader, string file, ICollection<InputProblem> problems)
    {
        ReadOnlySpan<byte> record = reader.RawRecord;
        if (Utf8.IsValid(record))
        {
            return true;
        }

        int at = 0;
        while (System.Text.Rune.DecodeFromUtf8(record[at..], out _, out int consumed) == System.Buffers.OperationStatus.Done)
        {
            at += consumed;
        }

        AddInvalidByte(file, record[at], reader.ByteOffset + at, reader.LineNumber + record[..at].Count((byte)'\n'), problems);
        return false;
    }

    private static void AddInvalidByte(string file, byte value, long offset, long line, ICollection<InputProblem> problems) =>
        problems.Add(new InputProblem(
        file,
        0,
        "",
        string.Create(CultureInfo.InvariantCulture, $"the byte 0x{value:X2} at offset {offset} (line {line}), which is not UTF-8"),
        "text in UTF-8; save the file with that encoding"));
}
