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
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{megabytes:F1} MB in {documents.Length} documents; MB per second of wall time, of processor time"));
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

/// <summary>The text of the comparison: English, code, Japanese and numbers, the same at each run.</summary>
internal static class TokenizerText
{
    private const string Japanese = "日本語の文章をここに書いています。漢字とひらがなとカタカナが混ざった文です。東京は今日も晴れている。私は学生です";

    private static readonly string[] English =
        ("the of and to in a is that it was for on are as with his they at be this from have or by one had not but what all were when we there "
        + "can an your which their said if do will each about how up out them then she many some so these would other into has more her two "
        + "like him see time could no make than first been its who now people my made over did down only way find use may water long little "
        + "very after words called just where most know government international development university understanding responsibility")
        .Split(' ');

    /// <summary>Makes the text.</summary>
    /// <param name="bytes">Its length in UTF-8, at least.</param>
    public static string Make(int bytes)
    {
        var random = new Random(7);
        var text = new StringBuilder();
        int made = 0;
        while (made < bytes)
        {
            int start = text.Length;
            _ = random.Next(10) switch
            {
                < 5 => Sentence(text, random),
                < 7 => Code(text, random),
                < 9 => Kana(text, random),
                _ => Numbers(text, random),
            };
            made += Encoding.UTF8.GetByteCount(text.ToString(start, text.Length - start));
        }

        return text.ToString();
    }

    private static string Word(Random random) => English[random.Next(English.Length)];

    private static StringBuilder Sentence(StringBuilder text, Random random)
    {
        int words = random.Next(5, 20);
        string first = Word(random);
        text.Append(char.ToUpperInvariant(first[0])).Append(first, 1, first.Length - 1);
        for (int i = 1; i < words; i++)
        {
            // A name or a rare word now and then, which no cache has seen.
            string word = random.Next(20) == 0 ? Word(random) + Word(random) + Word(random) : Word(random);
            text.Append(random.Next(12) == 0 ? ", " : " ").Append(word);
        }

        return text.Append(". ");
    }

    private static StringBuilder Code(StringBuilder text, Random random) => text.Append(
        CultureInfo.InvariantCulture,
        $"    if (x{random.Next(1000)} == y[{Word(random)}]) {{\n        return {Word(random)}_{Word(random)}({random.Next()});\n    }}\n");

    private static StringBuilder Kana(StringBuilder text, Random random)
    {
        int at = random.Next(Japanese.Length);
        for (int i = random.Next(10, 40); i > 0; i--)
        {
            at = (at + 1 + random.Next(3)) % Japanese.Length;
            text.Append(Japanese[at]);
        }

        return text.Append("。\n");
    }

    private static StringBuilder Numbers(StringBuilder text, Random random)
    {
        for (int i = 0; i < 8; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{random.Next()}{(i % 3 == 0 ? "," : " ")}");
        }

        return text.Append('\n');
    }
}
