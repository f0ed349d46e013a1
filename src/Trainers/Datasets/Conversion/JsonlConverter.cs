using System.Text;
using System.Text.Json;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>The result of a conversion.</summary>
/// <param name="Layout">The fields that were found.</param>
/// <param name="Kind">What the rows are.</param>
/// <param name="Columns">The columns that were written.</param>
/// <param name="Rows">Rows that were written.</param>
internal sealed record Conversion(string Layout, DatasetKind Kind, IReadOnlyList<string> Columns, long Rows);

/// <summary>
/// Converts JSON Lines files (one object per line, as Hugging Face datasets export them) to CSV. The first line determines the layout. A
/// conversation becomes a prompt of lines <c>role: content</c> that ends in <c>assistant: </c>; its last turn becomes the completion.
/// </summary>
internal static class JsonlConverter
{
    private const long ProgressPause = 1 << 22;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    /// <summary>Converts a file; nothing is written if there is a problem.</summary>
    /// <param name="input">The JSON Lines file.</param>
    /// <param name="output">The CSV file.</param>
    /// <param name="kind">The kind of its rows; null for the layout's own kind.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="progress">Called now and then with the bytes read so far and the size of the input; null for none.</param>
    /// <exception cref="InputException">With every problem of the input, named by line and field; or the output cannot be
    /// written.</exception>
    public static Conversion Convert(
        string input,
        string output,
        DatasetKind? kind = null,
        bool overwrite = false,
        Action<long, long>? progress = null)
    {
        InputFiles.CheckPair(input, output, overwrite, "a JSON Lines file: one object per line");
        var problems = new List<InputProblem>();
        Conversion? done = null;
        DurableFiles.WriteFile(output, target =>
        {
            done = Write(input, kind, target, problems, progress);
            if (problems.Count > 0)
            {
                throw new InputException(problems);
            }
        });
        return done ?? throw new InvalidOperationException("A conversion without problems has a result.");
    }

    private static Conversion? Write(
        string input,
        DatasetKind? kind,
        Stream target,
        List<InputProblem> problems,
        Action<long, long>? progress)
    {
        RowWriter? writer = null;
        using var stream = new FileStream(input, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        long reported = 0;
        foreach (JsonLine line in Lines(input, stream, problems))
        {
            writer ??= RowWriter.Choose(line, input, kind, target, problems);
            writer?.Write(line);
            if (writer is null || problems.Count >= Table.MostProblems)
            {
                return null;
            }

            if (stream.Position - reported >= ProgressPause)
            {
                reported = stream.Position;
                progress?.Invoke(reported, stream.Length);
            }
        }

        if (writer is null && problems.Count == 0)
        {
            problems.Add(new InputProblem(input, 0, "", "no object", "at least one line {…}"));
        }

        return writer?.Outcome;
    }

    private static IEnumerable<JsonLine> Lines(string file, FileStream stream, List<InputProblem> problems)
    {
        using var reader = new StreamReader(stream, Utf8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        for (long number = 1; TryReadLine(reader, file, number, problems, out string? text); number++)
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            if (!TryParse(text, file, number, problems, out JsonDocument? document))
            {
                // A file that is a single list, or a single object over several lines, would fail at every line.
                if (number == 1)
                {
                    yield break;
                }

                continue;
            }

            using (document)
            {
                yield return new JsonLine(file, number, document.RootElement, problems);
            }
        }
    }

    private static bool TryReadLine(StreamReader reader, string file, long number, List<InputProblem> problems, out string? text)
    {
        try
        {
            text = reader.ReadLine();
        }
        catch (DecoderFallbackException)
        {
            problems.Add(new InputProblem(
                $"{file}, line {number} or after", 0, "", "bytes that are not UTF-8",
                "text in UTF-8; save the file with that encoding"));
            text = null;
        }

        return text is not null;
    }

    private static bool TryParse(
        string text,
        string file,
        long number,
        List<InputProblem> problems,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        string found;
        try
        {
            document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return true;
            }

            found = document.RootElement.ValueKind == JsonValueKind.Array ? "a list" : Characters.Quote(text);
            document.Dispose();
            document = null;
        }
        catch (JsonException error)
        {
            found = $"{Characters.Quote(text)}, which is not JSON from byte {error.BytePositionInLine + 1} on";
        }

        problems.Add(new InputProblem($"{file}, line {number}", 0, "", found, "an object {…} on a line of its own (JSON Lines)"));
        return false;
    }
}
