using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using nietras.SeparatedValues;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Bench;

/// <summary>
/// Speed of <c>data check</c>, of the pass over a large file before training, and of <c>data convert</c>, beside what the same file takes
/// with a plain program: Sep, which reads every cell as a string, and System.Text.Json, which reads and writes objects. In turn, in this
/// process.
/// </summary>
internal static class DatasetTable
{
    private const int Rounds = 5;
    private const int Words = 5000;
    private const int DefaultMegabytes = 400;

    /// <summary>Prints the table.</summary>
    /// <param name="options">The size of the file in megabytes, if it is not 400.</param>
    public static void Print(IReadOnlyList<string> options)
    {
        int megabytes = options.Count > 0 ? int.Parse(options[0], CultureInfo.InvariantCulture) : DefaultMegabytes;
        string folder = Directory.CreateTempSubdirectory("rlcore-bench").FullName;
        try
        {
            Print(folder, megabytes);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(string folder, int megabytes)
    {
        string csv = Path.Combine(folder, "rows.csv");
        string json = Path.Combine(folder, "rows.jsonl");
        string output = Path.Combine(folder, "out.csv");
        long rows = Make(csv, json, megabytes * 1_000_000L);
        long Same(long found, string side) => found == rows
            ? found
            : throw new InvalidOperationException($"{side} found {found} rows of {rows}.");

        DatasetSurvey survey = DatasetSurveyor.Run(csv, new SurveyRequest());
        double resident = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
        Same(survey.Rows, "data check");
        var checks = new DatasetChecks { Tokenizer = new CharacterTokenizer(survey.Characters), Context = int.MaxValue };
        (string Name, string File, Func<long> Run)[] sides =
        [
            ("data check", csv, () => DatasetSurveyor.Run(csv, new SurveyRequest()).Rows),
            ("data check, with a tokenizer", csv, () => DatasetSurveyor.Run(csv, new SurveyRequest { Checks = checks }).Rows),
            ("before training", csv, () => Open(csv, checks)),
            ("Sep, every cell a string", csv, () => ReadWithSep(csv)),
            ("data convert", json, () => DatasetConverter.Convert(new ConversionRequest(json, output) { Overwrite = true }).Rows),
            ("System.Text.Json, a string of every line", json, () => ReadJson(json)),
        ];
        var found = sides.Select(_ => new List<(double Wall, double Processor)>()).ToArray();
        for (int round = -1; round < Rounds; round++)
        {
            for (int side = 0; side < sides.Length; side++)
            {
                var (time, count) = Time(sides[side].Run);
                Same(count, sides[side].Name);
                if (round >= 0)
                {
                    found[side].Add(time);
                }
            }
        }

        string load = OperatingSystem.IsLinux() ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rows:N0} rows, {new FileInfo(csv).Length / 1e6:F0} MB as CSV, {new FileInfo(json).Length / 1e6:F0} MB as JSON Lines; "
            + $"{Environment.ProcessorCount} cores, load {load}; peak resident set of data check {resident:F0} MB"));
        Console.WriteLine("| what | wall, s | processor, s | MB/s | MB/s of a core |");
        Console.WriteLine("|---|--:|--:|--:|--:|");
        foreach (var (side, times) in sides.Zip(found))
        {
            double size = new FileInfo(side.File).Length / 1e6;
            var (wall, processor) = (Median(times.Select(time => time.Wall)), Median(times.Select(time => time.Processor)));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {side.Name} | {wall:F2} | {processor:F2} | {size / wall:F0} | {size / processor:F0} |"));
        }
    }

    // Random words; a third of the completions need quotation marks.
    private static long Make(string csv, string json, long size)
    {
        var random = new Random(1);
        string[] words =
        [
            .. Enumerable.Range(0, Words).Select(_ => new string(
                [.. Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)('a' + random.Next(26)))])),
        ];
        string Text(int least, int most) => string.Join(' ', random.GetItems(words, random.Next(least, most)));
        using var table = new StreamWriter(csv);
        using var lines = new StreamWriter(json);
        table.Write("prompt,completion\n");
        long count = 0;
        for (long written = 0; written < size; count++)
        {
            string prompt = Text(5, 40);
            string completion = Text(10, 120);
            completion = random.Next(3) == 0 ? $"{completion}, \"{Text(2, 9)}\"\n{Text(2, 9)}" : completion;
            string row = Encoding.UTF8.GetString(CsvText.Encode([prompt, completion]));
            table.Write(row);
            lines.Write(JsonSerializer.Serialize(new { prompt, completion }));
            lines.Write('\n');
            written += row.Length;
        }

        return count;
    }

    private static ((double Wall, double Processor) Time, long Rows) Time(Func<long> run)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        long rows = run();
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return ((wall, (Environment.CpuUsage.TotalTime - before).TotalSeconds), rows);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    private static long Open(string file, DatasetChecks checks)
    {
        var problems = new List<InputProblem>();
        var memory = new DatasetMemory { HeldFile = 0 };
        return Dataset.Open(DatasetFormats.Demonstrations, file, checks, row => row.Prompt.Length, problems, memory).Count;
    }

    private static long ReadWithSep(string file)
    {
        using SepReader reader = Sep.Reader(options => options with { Sep = new Sep(','), Unescape = true }).FromFile(file);
        long rows = 0;
        long characters = 0;
        foreach (SepReader.Row row in reader)
        {
            characters += row[0].ToString().Length + row[1].ToString().Length;
            rows++;
        }

        return characters > 0 ? rows : 0;
    }

    private static long ReadJson(string file)
    {
        long rows = 0;
        long characters = 0;
        foreach (string line in File.ReadLines(file))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                characters += property.Value.GetString()!.Length;
            }

            rows++;
        }

        return characters > 0 ? rows : 0;
    }
}
