using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Runs;

/// <summary>
/// What is made of each prompt of a file, kept beside the output as it is made: one line of JSON a prompt, in a file that is named after
/// all that the work depends on, so that the same request goes on where it was interrupted.
/// </summary>
internal static class ResumableRows
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file that keeps what is made so far.</summary>
    /// <param name="output">The file that is written at the end.</param>
    /// <param name="all">All that the work depends on.</param>
    public static string FileOf(string output, IEnumerable<string> all)
    {
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', all))))[..8];
        return $"{Path.ChangeExtension(output, null)}-part-{name}.jsonl";
    }

    /// <summary>Makes what is not made yet, in order.</summary>
    /// <param name="part">The file that keeps what is made so far; it stays.</param>
    /// <param name="count">The number of prompts.</param>
    /// <param name="together">How many are worked on together.</param>
    /// <param name="make">Makes the rows of the prompts at some places.</param>
    /// <param name="isWhole">Whether a row that was read is one that was written.</param>
    /// <param name="progress">Called with the prompts done so far.</param>
    /// <typeparam name="TRow">What is made of a prompt.</typeparam>
    /// <returns>The rows, and how many of them an earlier, interrupted work had left.</returns>
    /// <exception cref="OperationCanceledException">It was stopped; what is made so far is kept.</exception>
    public static (IReadOnlyList<TRow> Rows, int Kept) Complete<TRow>(
        string part,
        int count,
        int together,
        Func<IReadOnlyList<int>, IReadOnlyList<TRow>> make,
        Predicate<TRow> isWhole,
        Action<int> progress)
        where TRow : class
    {
        List<TRow> done = Read(part, count, isWhole);
        int kept = done.Count;
        progress(kept);

        // A line that was cut off is not gone on with.
        DurableFiles.WriteFile(part, stream => done.ForEach(row => Append(stream, row)));
        using var stream = new FileStream(part, FileMode.Append, FileAccess.Write, FileShare.Read);
        foreach (int[] places in Enumerable.Range(kept, count - kept).Chunk(together))
        {
            foreach (TRow row in make(places))
            {
                Append(stream, row);
                done.Add(row);
            }

            progress(done.Count);
        }

        return (done, kept);
    }

    private static void Append<TRow>(Stream stream, TRow row)
    {
        stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(row, Options) + "\n"));
        stream.Flush();
    }

    // The lines that are whole: the last one may have been cut off.
    private static List<TRow> Read<TRow>(string part, int most, Predicate<TRow> isWhole)
        where TRow : class
    {
        var done = new List<TRow>();
        if (!File.Exists(part))
        {
            return done;
        }

        foreach (string line in File.ReadLines(part).Take(most))
        {
            try
            {
                if (JsonSerializer.Deserialize<TRow>(line, Options) is not { } row || !isWhole(row))
                {
                    break;
                }

                done.Add(row);
            }
            catch (JsonException)
            {
                break;
            }
        }

        return done;
    }
}
