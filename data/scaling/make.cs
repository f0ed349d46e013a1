// Makes runs.csv beside this file: twelve small models learn to add, three widths on four amounts of data, each row of it once.
//
//   dotnet run data/scaling/make.cs                 from the repository's own folder, into runs/scaling (some minutes)
//   dotnet run data/scaling/make.cs -- DIR DLL      with runs in another folder, and a worker that is built already
//
// On the managed engine a run is a function of its seed, so that the file is the same again.
#:property PublishAot=false
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

int[] widths = [16, 32, 64];
int[] steps = [47, 94, 188, 375];
string root = Directory.GetCurrentDirectory();
if (!File.Exists(Path.Combine(root, "RlCore.sln")))
{
    Console.Error.WriteLine("Run this in the repository's own folder.");
    return 2;
}

string runs = args.Length > 0 ? args[0] : Path.Combine("runs", "scaling");
string worker = args.Length > 1 ? args[1] : Path.Combine("src", "Worker", "bin", "Release", "net10.0", "RlCore.Worker.dll");
if (args.Length <= 1)
{
    Run("dotnet", "build", "src/Worker", "-c", "Release");
}

Directory.CreateDirectory(runs);
List<string> rows = ["parameters,tokens,loss"];
foreach (int width in widths)
{
    foreach (int count in steps)
    {
        string folder = Path.Combine(runs, Invariant($"{width}-{count}"));
        if (!File.Exists(Path.Combine(folder, "summary.json")))
        {
            string recipe = folder + ".json";
            File.WriteAllText(recipe, Recipe(width, count));
            string[] resume = Directory.Exists(folder) ? ["--resume"] : [];
            Run("dotnet", ["exec", worker, "train", recipe, "--output", folder, "--quiet", .. resume]);
        }

        rows.Add(Row(folder));
        Console.WriteLine($"width {width}, {count} steps: {rows[^1]}");
    }
}

File.WriteAllText(Path.Combine("data", "scaling", "runs.csv"), string.Join('\n', rows) + "\n");
return 0;

// The second stage measures: the loss of its only step is that of all 500 held-out rows, before they are learnt from.
string Recipe(int width, int count) => $$"""
    {
      "name": "scaling",
      "characters": "0123456789+=",
      "model": { "layers": 2, "width": {{width}}, "heads": 4, "context": 10, "initStd": 0.05 },
      "stages": [
        {
          "type": "sft", "name": "train", "data": {{Data("prompts.csv")}}, "columns": { "completion": "answer" },
          "steps": {{count}}, "batchSize": 16,
          "optimizer": { "learningRate": 3e-3, "schedule": "cosine", "warmupSteps": 20, "beta2": 0.98, "weightDecay": 0.1 }
        },
        {
          "type": "sft", "name": "held-out", "data": {{Data("eval.csv")}}, "columns": { "completion": "answer" },
          "steps": 1, "batchSize": 500
        }
      ]
    }
    """;

string Data(string name) => $"\"{Path.Combine(root, "data", "arithmetic", name).Replace('\\', '/')}\"";

// Parameters as rlcore inspect counts them; tokens after the last step of training; the loss of the step that measures.
string Row(string folder)
{
    string[][] table = [.. File.ReadLines(Path.Combine(folder, "metrics.csv")).Select(line => line.Split(','))];
    string[] trained = table.Last(row => row[Column("stage")] == "train"), measured = table[^1];
    string parameters = Regex.Match(Run("dotnet", "exec", worker, "inspect", folder), @"parameters +([\d,]+)").Groups[1].Value;
    double loss = double.Parse(measured[Column("loss")], CultureInfo.InvariantCulture);
    return Invariant($"{parameters.Replace(",", "")},{trained[Column("num_tokens")]},{loss:0.0000}");

    int Column(string name) => Array.IndexOf(table[0], name);
}

string Run(string program, params string[] arguments)
{
    using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
    string output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0
        ? output
        : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed.\n{output}");
}

static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
