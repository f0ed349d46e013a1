using System.Diagnostics;
using System.Globalization;
using System.Text;
using RlCore.Trainers.Tokenizers;
using Oracle = Tokenizers.DotNet.Tokenizer;

namespace RlCore.Bench;

/// <summary>
/// Encodes ten megabytes of mixed text with this library and with Hugging Face's own (Tokenizers.DotNet), in this process, one thread each,
/// in turn.
/// </summary>
internal static class TokenizerTable
{
    private const int Megabytes = 10;
    private const int DocumentLength = 4000;
    private const int WarmPasses = 3;

    /// <summary>Prints the table.</summary>
    /// <param name="folders">Folders with a tokenizer.json.</param>
    public static void Print(IReadOnlyList<string> folders)
    {
        string[] documents = [.. TokenizerText.Make(Megabytes * 1_000_000).Chunk(DocumentLength).Select(chunk => new string(chunk))];
        double megabytes = documents.Sum(Encoding.UTF8.GetByteCount) / 1e6;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{megabytes:F1} MB in {documents.Length} documents;"));
        Console.WriteLine("speeds in MB per second of wall time, then of processor time; ratios of the latter");
        Console.WriteLine("| tokenizer | load, s | cold | warm | theirs: load, s | cold | warm | ratio cold | ratio warm |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (string folder in folders)
        {
            // The first round compiles; its caches go with its tokenizers.
            Compare(folder, documents[..100], megabytes, print: false);
            Compare(folder, documents, megabytes, print: true);
        }
    }

    private static void Compare(string folder, string[] documents, double megabytes, bool print)
    {
        var watch = Stopwatch.StartNew();
        ITokenizer own = TokenizerFile.ReadFolder(folder, 0);
        double ownLoad = watch.Elapsed.TotalSeconds;
        watch.Restart();
        using var oracle = new Oracle(Path.Combine(folder, TokenizerFile.FileName));
        double oracleLoad = watch.Elapsed.TotalSeconds;
        Speed[] ours = new Speed[1 + WarmPasses];
        Speed[] theirs = new Speed[1 + WarmPasses];
        for (int pass = 0; pass < ours.Length; pass++)
        {
            ours[pass] = Measure(documents, megabytes, text => own.Encode(text).Length);
            theirs[pass] = Measure(documents, megabytes, text => oracle.Encode(text).Length);
        }

        Speed warm = ours[1..].MaxBy(speed => speed.Wall)!;
        Speed theirWarm = theirs[1..].MaxBy(speed => speed.Wall)!;
        if (print)
        {
            string name = folder.Split('/', StringSplitOptions.RemoveEmptyEntries).Last(part => part != "models");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {ownLoad:F2} | {ours[0]} | {warm} | {oracleLoad:F2} | {theirs[0]} | {theirWarm} "
                + $"| {ours[0].Processor / theirs[0].Processor:F1} | {warm.Processor / theirWarm.Processor:F1} |"));
        }
    }

    private static Speed Measure(string[] documents, double megabytes, Func<string, int> encode)
    {
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        long tokens = documents.Sum(text => (long)encode(text));
        double wall = watch.Elapsed.TotalSeconds;
        process.Refresh();
        double processor = (process.TotalProcessorTime - before).TotalSeconds;
        return tokens > 0
            ? new Speed(megabytes / wall, megabytes / processor)
            : throw new InvalidOperationException("The text has no tokens.");
    }

    private sealed record Speed(double Wall, double Processor)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Wall:F1}, {Processor:F1}");
    }
}
