using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Parquet;
using Parquet.Serialization;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// A file of examples as the hubs of models have them: JSON Lines, a JSON array of objects, or Parquet; the first two may be in gzip.
/// </summary>
internal static class ExampleFile
{
    // Bytes between two reports of progress.
    private const long ProgressPause = 1 << 22;

    // A file of broken lines is not reported line by line to its end.
    private const int MostBroken = 1000;

    /// <summary>The objects of a file, one after the other.</summary>
    /// <param name="file">The file.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="progress">Called with the bytes read so far and the size of the file; null for none.</param>
    public static IEnumerable<JsonLine> Read(string file, ICollection<InputProblem> problems, Action<long, long>? progress = null)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        var start = new byte[4];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        IEnumerable<JsonLine> lines = start.AsSpan(0, read) switch
        {
            [(byte)'P', (byte)'A', (byte)'R', (byte)'1'] => Rows(file, stream, problems),
            [0x1F, 0x8B, ..] => Text(file, () => new GZipStream(Rewound(stream), CompressionMode.Decompress, leaveOpen: true), problems),
            _ => Text(file, () => Rewound(stream), problems),
        };
        long reported = 0;
        foreach (JsonLine line in lines)
        {
            yield return line;
            if (stream.Position - reported >= ProgressPause)
            {
                reported = stream.Position;
                progress?.Invoke(reported, stream.Length);
            }
        }
    }

    private static FileStream Rewound(FileStream stream)
    {
        stream.Position = 0;
        return stream;
    }

    private static IEnumerable<JsonLine> Text(string file, Func<Stream> open, ICollection<InputProblem> problems) =>
        BeginsWithList(open, problems, file) is { } isList
            ? isList ? Items(file, open(), problems) : Lines(file, open(), problems)
            : [];

    // Null if the file cannot be unpacked.
    private static bool? BeginsWithList(Func<Stream> open, ICollection<InputProblem> problems, string file)
    {
        try
        {
            Stream stream = open();
            int value = stream.ReadByte();
            while (value is 0xEF or 0xBB or 0xBF or ' ' or '\t' or '\r' or '\n')
            {
                value = stream.ReadByte();
            }

            return value == '[';
        }
        catch (InvalidDataException)
        {
            problems.Add(Damaged(file, "a gzip file that is cut off or damaged"));
            return null;
        }
    }

    private static InputProblem Damaged(string file, string found) => new(
        file, 0, "", found, "a whole file of JSON Lines, a JSON list of objects, or Parquet");

    private static IEnumerable<JsonLine> Lines(string file, Stream stream, ICollection<InputProblem> problems)
    {
        var reader = new LineReader(stream);
        int broken = 0;
        for (long number = 1; broken < MostBroken && TryReadLine(reader, file, number, problems, out var text); number++)
        {
            if (!text.Span.ContainsAnyExcept(" \t"u8))
            {
                continue;
            }

            string place = $"line {number}";
            if (!TryParse(text, file, place, problems, out JsonDocument? document))
            {
                // A single object over several lines would fail at every line.
                if (number == 1)
                {
                    yield break;
                }

                broken++;
                continue;
            }

            using (document)
            {
                if (JsonLine.TryCreate(file, place, document.RootElement, problems, out JsonLine line))
                {
                    yield return line;
                }
            }
        }
    }

    private static IEnumerable<JsonLine> Items(string file, Stream stream, ICollection<InputProblem> problems)
    {
        int broken = 0;
        using IEnumerator<JsonElement> items =
            JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream).ToBlockingEnumerable().GetEnumerator();
        for (long number = 1; broken < MostBroken && TryMove(items, file, number, problems); number++)
        {
            string place = $"item {number}";
            if (items.Current.ValueKind == JsonValueKind.Object)
            {
                if (JsonLine.TryCreate(file, place, items.Current, problems, out JsonLine line))
                {
                    yield return line;
                }
            }
            else
            {
                broken++;
                AddNoObject(file, place, items.Current, problems);
            }
        }
    }

    private static bool TryMove(IEnumerator<JsonElement> items, string file, long number, ICollection<InputProblem> problems)
    {
        try
        {
            return items.MoveNext();
        }
        catch (JsonException error)
        {
            problems.Add(new InputProblem(
                $"{file}, item {number}",
                0,
                "",
                $"text that is not JSON from byte {error.BytePositionInLine + 1} of line {error.LineNumber + 1} on",
                "a list of objects [{…}, …]; the file may be cut off"));
        }
        catch (InvalidDataException)
        {
            problems.Add(Damaged(file, "a gzip file that is cut off or damaged"));
        }

        return false;
    }

    private static IEnumerable<JsonLine> Rows(string file, FileStream stream, ICollection<InputProblem> problems)
    {
        long number = 0;
        int before = problems.Count;
        int groups = Try(file, problems, () => CountGroupsAsync(stream));
        for (int group = 0; group < groups && problems.Count == before; group++)
        {
            int index = group;
            foreach (Dictionary<string, object> row in Try(file, problems, () => ReadGroupAsync(stream, index)) ?? [])
            {
                yield return new JsonLine(file, $"row {++number}", JsonSerializer.SerializeToElement(row), problems);
            }
        }
    }

    private static T? Try<T>(string file, ICollection<InputProblem> problems, Func<Task<T>> read)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The library throws what it happens to meet in a file that is none.
            problems.Add(Damaged(file, $"a Parquet file that cannot be read ({failure.Message.ReplaceLineEndings(" ")})"));
            return default;
        }
    }

    private static async Task<int> CountGroupsAsync(FileStream stream)
    {
        ParquetReader reader = await ParquetReader.CreateAsync(Rewound(stream), leaveStreamOpen: true).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return reader.RowGroupCount;
        }
    }

    private static async Task<IList<Dictionary<string, object>>> ReadGroupAsync(FileStream stream, int group)
    {
        var read = await ParquetSerializer.DeserializeUntypedAsync(Rewound(stream), rowGroupIndex: group).ConfigureAwait(false);
        return read.Data;
    }

    private static bool TryReadLine(
        LineReader reader,
        string file,
        long number,
        ICollection<InputProblem> problems,
        out ReadOnlyMemory<byte> text)
    {
        text = default;
        try
        {
            if (reader.TryRead(out text) && Utf8.IsValid(text.Span))
            {
                return true;
            }
        }
        catch (InvalidDataException)
        {
            problems.Add(Damaged(file, "a gzip file that is cut off or damaged"));
            return false;
        }

        if (reader.IsTooLong || !text.IsEmpty)
        {
            problems.Add(new InputProblem(
                $"{file}, line {number}",
                0,
                "",
                reader.IsTooLong ? $"a line of more than {LineReader.LongestLine >> 20} MiB" : "bytes that are not UTF-8",
                reader.IsTooLong ? "shorter lines, an object {…} on each" : "text in UTF-8; save the file with that encoding"));
        }

        return false;
    }

    private static bool TryParse(
        ReadOnlyMemory<byte> text,
        string file,
        string place,
        ICollection<InputProblem> problems,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        try
        {
            document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return true;
            }

            AddNoObject(file, place, document.RootElement, problems);
            document.Dispose();
            document = null;
        }
        catch (JsonException error)
        {
            problems.Add(new InputProblem(
                $"{file}, {place}",
                0,
                "",
                $"{Characters.Quote(Encoding.UTF8.GetString(text.Span))}, which is not JSON from byte {error.BytePositionInLine + 1} on",
                "an object {…} on a line of its own (JSON Lines), or a list of objects [{…}, …]"));
        }

        return false;
    }

    private static void AddNoObject(string file, string place, JsonElement value, ICollection<InputProblem> problems) => problems.Add(
        new InputProblem(
            $"{file}, {place}",
            0,
            "",
            value.ValueKind == JsonValueKind.Array ? "a list" : Characters.Quote(value.GetRawText()),
            "an object {…} on a line of its own (JSON Lines), or a list of objects [{…}, …]"));
}
