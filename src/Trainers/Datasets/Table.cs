using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using CsvHelper;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>A row of a CSV file, reduced to the columns asked for, with the others by name.</summary>
internal sealed record TableRow(string File, long Number, long Line, IReadOnlyList<string> Columns, IReadOnlyList<string> Cells, RowFields Others)
{
    public string this[int column] => Cells[column];

    public InputProblem Problem(int column, string found, string expected) =>
        new(File, Number, Columns[column], found, expected) { Line = Line == Number ? 0 : Line };
}

/// <summary>A CSV file with a header, row by row.</summary>
internal static class Table
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    /// <summary>Streams rows that have all columns; what is wrong goes into <paramref name="problems"/>.</summary>
    public static IEnumerable<TableRow> Read(string file, string[] columns, ICollection<InputProblem> problems)
    {
        if (!File.Exists(file))
        {
            problems.Add(InputFiles.Missing(file, $"a CSV file with the columns {string.Join(", ", columns)}"));
            yield break;
        }

        int atStart = problems.Count;
        using CsvReader reader = Open(file, problems);
        if (!TryNext(reader, file, problems))
        {
            if (problems.Count == atStart)
            {
                problems.Add(new InputProblem(file, 1, "", "an empty file", $"a header with the columns {string.Join(", ", columns)}"));
            }

            yield break;
        }

        string[] header = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
        if (!TryFindColumns(header, file, columns, problems, out int[] places))
        {
            yield break;
        }

        int[] others = [.. Enumerable.Range(0, header.Length).Where(place => !places.Contains(place))];
        string[] otherNames = [.. others.Select(place => header[place])];
        bool any = false;
        int before = problems.Count;
        while (TryNext(reader, file, problems))
        {
            bool blank = reader.RawRecord.IsEmpty;
            any |= !blank;
            if (!blank && problems.Count == before && TryTake(reader, file, columns, places, problems, out TableRow? row))
            {
                int fields = reader.FieldCount;
                yield return others.Length == 0 ? row : row with { Others = new RowFields(otherNames, [.. others.Select(place => place < fields ? reader.GetString(place) : "")]) };
            }

            before = problems.Count;
        }

        if (!any && problems.Count == atStart)
        {
            problems.Add(new InputProblem(file, 2, "", "the end of the file", "at least one row below the header"));
        }
    }

    private static CsvReader Open(string file, ICollection<InputProblem> problems) => CsvReader.Create(
        new StreamReader(file, Utf8, detectEncodingFromByteOrderMarks: false),
        new CsvReaderOptions
        {
            Separator = ',',
            HasHeader = false,
            SkipEmptyLines = false,
            TrackLineNumbers = true,
            OnMalformedRecord = record => AddMalformed(record, file, problems),
        });

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
            problems.Add(new InputProblem(file, record.RecordNumber, "", found, "cells in \"…\", with \"\" for a quotation mark inside of one")
            {
                Line = record.LineNumber == record.RecordNumber ? 0 : record.LineNumber,
            });
        }
    }

    private static bool TryNext(CsvReader reader, string file, ICollection<InputProblem> problems)
    {
        try
        {
            return reader.Read();
        }
        catch (DecoderFallbackException)
        {
            problems.Add(FindInvalidBytes(file));
            return false;
        }
    }

    private static bool TryFindColumns(string[] header, string file, string[] columns, ICollection<InputProblem> problems, out int[] places)
    {
        places = [.. columns.Select(column => Array.IndexOf(header, column))];
        int before = problems.Count;
        for (int i = 0; i < columns.Length; i++)
        {
            string column = columns[i];
            if (header.Count(name => name == column) > 1)
            {
                problems.Add(new InputProblem(file, 1, column, "the column twice", "one column of that name"));
            }
            else if (places[i] < 0)
            {
                string hint = header.Length == 1 && header[0].AsSpan().ContainsAny(';', '\t') ? " (columns are separated by commas)"
                    : Names.TryNearest(column, header.Except(columns), out string nearest) ? $" (names are exact; is it {Characters.Quote(nearest)}?)"
                    : "";
                problems.Add(new InputProblem(file, 1, column, $"the columns {string.Join(", ", header.Select(Characters.Quote))}", $"a column named \"{column}\"{hint}"));
            }
        }

        return problems.Count == before;
    }

    private static bool TryTake(CsvReader reader, string file, string[] columns, int[] places, ICollection<InputProblem> problems, [NotNullWhen(true)] out TableRow? row)
    {
        int fields = reader.FieldCount;
        row = new TableRow(file, reader.RowNumber, reader.LineNumber, columns, [.. places.Select(place => place < fields ? reader.GetString(place) : "")], RowFields.None);
        int missing = Array.FindIndex(places, place => place >= fields);
        if (missing < 0)
        {
            return true;
        }

        problems.Add(row.Problem(missing, $"a row of {fields} cell{(fields == 1 ? "" : "s")}", $"a cell in column {places[missing] + 1}"));
        row = null;
        return false;
    }

    private static InputProblem FindInvalidBytes(string file)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(file);
        int at = 0;
        while (at < bytes.Length && Rune.DecodeFromUtf8(bytes[at..], out _, out int consumed) == System.Buffers.OperationStatus.Done)
        {
            at += consumed;
        }

        int line = bytes[..at].Count((byte)'\n') + 1;
        string found = at < bytes.Length ? string.Create(CultureInfo.InvariantCulture, $"the byte 0x{bytes[at]:X2} at offset {at} (line {line}), which is not UTF-8") : "text that is not UTF-8";
        return new InputProblem(file, 0, "", found, "text in UTF-8; save the file with that encoding");
    }
}
