using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using CsvHelper;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>Tells text from what is none.</summary>
internal static class TableText
{
    /// <summary>Whether a file begins as one of another kind does, or with the byte-order mark of UTF-16 or UTF-32.</summary>
    /// <param name="stream">The file, whose position stays at its start.</param>
    /// <param name="file">Its name.</param>
    /// <param name="problems">Receives what it is.</param>
    public static bool IsOfAnotherKind(FileStream stream, string file, RowProblems problems)
    {
        Span<byte> start = stackalloc byte[4];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        string kind = start[..read] switch
        {
            [0x1F, 0x8B, ..] => "a gzip file",
            [(byte)'P', (byte)'K', 3, 4] => "a zip file, as Excel workbooks are",
            [(byte)'P', (byte)'A', (byte)'R', (byte)'1'] => "a Parquet file",
            _ => "",
        };
        if (kind.Length > 0)
        {
            problems.AddToFile(new InputProblem(
                file, 0, "", kind, "a CSV file: gunzip unpacks one, rlcore data convert makes one of Parquet or of JSON in gzip, "
                    + "spreadsheets save one as CSV UTF-8"));
            return true;
        }

        int at = read >= 2 && start[..2] is [0xFF, 0xFE] or [0xFE, 0xFF] ? 0 : start[..read] is [0, 0, 0xFE, 0xFF] ? 2 : -1;
        if (at >= 0)
        {
            problems.AddToFile(InvalidByte(file, start[at], at, 1));
        }

        return at >= 0;
    }

    /// <summary>Whether a record is UTF-8 text without NUL characters.</summary>
    /// <param name="reader">At the record.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="problems">Receives the first byte that is not.</param>
    public static bool IsText(CsvReader reader, string file, RowProblems problems)
    {
        ReadOnlySpan<byte> record = reader.RawRecord;
        int nul = record.IndexOf((byte)0);
        if (nul < 0 && Utf8.IsValid(record))
        {
            return true;
        }

        int at = 0;
        while (at != nul && Rune.DecodeFromUtf8(record[at..], out _, out int consumed) == OperationStatus.Done)
        {
            at += consumed;
        }

        long line = reader.LineNumber + record[..at].Count((byte)'\n');
        problems.Add(InvalidByte(file, record[at], reader.ByteOffset + at, line));
        return false;
    }

    private static InputProblem InvalidByte(string file, byte value, long offset, long line) => new(
        file,
        0,
        "",
        string.Create(CultureInfo.InvariantCulture, $"the byte 0x{value:X2} at offset {offset} (line {line}), which is ")
            + (value == 0 ? "no text" : "not UTF-8"),
        "text in UTF-8; save the file with that encoding");
}
