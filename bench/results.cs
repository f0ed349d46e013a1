// Trains every recipe on several seeds and writes docs/results.md. Runs that are done are not run again; one that was stopped
// goes on.
//
//   dotnet run bench/results.cs                        every recipe, seeds 1 to 3, into runs/results
//   dotnet run bench/results.cs -- 1,2,3 ppo,dapo      some recipes
//   dotnet run bench/results.cs -- 1,2,3 all DIR DLL   with runs in another folder, and a worker that is built already
#:property PublishAot=false
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

string root = Directory.GetCurrentDirectory();
if (!File.Exists(Path.Combine(root, "RlCore.sln")))
{
    Console.Error.WriteLine("Run this in the repository's own folder.");
    return 2;
}

int[] seeds = [.. (args.Length > 0 ? args[0] : "1,2,3").Split(',').Select(int.Parse)];
string[] recipes = args.Length > 1 && args[1] != "all"
    ? args[1].Split(',')
    :
    [
        "quickstart", "sft-dpo", "reward", "ppo", "dapo", "reject-dpo", "r1", "think", "think-search", "think-direct", "think-twice",
        "instruct", "manners", "json",
    ];
string runs = args.Length > 2 ? args[2] : Path.Combine("runs", "results");
string worker = args.Length > 3 ? args[3] : Path.Combine("src", "Worker", "bin", "Release", "net10.0", "RlCore.Worker.dll");
if (args.Length <= 3 && Run("dotnet", "build", "src/Worker", "-c", "Release") != 0)
{
    return 1;
}

foreach (string recipe in recipes)
{
    foreach (int seed in seeds)
    {
        string folder = Folder(recipe, seed);
        if (File.Exists(Path.Combine(folder, "summary.json")))
        {
            continue;
        }

        string[] resume = Directory.Exists(folder) ? ["--resume"] : [];
        Console.WriteLine($"{recipe}, seed {seed}");
        string[] train =
        [
            "exec", worker, "train", $"recipes/{recipe}.json", "--set", $"seed={seed}", "--set", "gradientShards=1", "--output", folder,
            "--quiet", .. resume,
        ];
        if (Run("dotnet", train) != 0)
        {
            return 1;
        }
    }
}

File.WriteAllText(Path.Combine("docs", "results.md"), Page());
Console.WriteLine("docs/results.md");
return 0;

string Folder(string recipe, int seed) => Path.Combine(runs, string.Create(CultureInfo.InvariantCulture, $"{recipe}-{seed}"));

string Page()
{
    var page = new StringBuilder("""
        # Results on the shipped tasks

        Every stage on three seeds, from start to end: greedy accuracy, and the mean over 8 samples (4 where the recipe says so) at
        temperature 1, in percent, on held-out rows; the same of second attempts, each of which has read a first one. For reward models: the
        accuracy on held-out pairs.

        On the embedded CPU engine a run is a function of its seed, so these numbers are reproducible on any number of threads. This command
        trains all recipes (about an hour on two cores) and writes this page:

        ```
        dotnet run bench/results.cs
        ```

        To train a single one: `dotnet run -c Release --project src/Worker -- train recipes/ppo.json --set seed=1 --set gradientShards=1`.
        With 4 shards, the default, last bits differ, and with them some samples.


        """);
    foreach (string recipe in recipes)
    {
        page.Append(CultureInfo.InvariantCulture, $"## recipes/{recipe}.json\n\n{Comment(recipe)}\n\n");
        page.Append(
            CultureInfo.InvariantCulture,
            $"| stage | measure | {string.Join(" | ", seeds.Select(seed => $"seed {seed}"))} |\n"
            + $"|---|---|{string.Concat(seeds.Select(_ => "---|"))}\n");
        Dictionary<string, Dictionary<string, string[]>> bySeed = seeds.ToDictionary(
            seed => $"{seed}",
            seed => Evaluations(Folder(recipe, seed)));
        string[] labels = [.. bySeed.Values.First().Keys];
        for (int i = 1; i < labels.Length; i++)
        {
            string[] measures = ["greedy", "mean of samples", "second attempt, greedy", "second attempt, mean of samples"];
            foreach (int measure in Enumerable.Range(0, measures.Length).Where(which => bySeed[$"{seeds[0]}"][labels[i]][which].Length > 0))
            {
                string cells = string.Join(
                    " | ",
                    seeds.Select(
                        seed => $"{bySeed[$"{seed}"][labels[i - 1]][measure]} → {bySeed[$"{seed}"][labels[i]][measure]}"));
                page.Append(CultureInfo.InvariantCulture, $"| {labels[i]} | {measures[measure]} | {cells} |\n");
            }
        }

        string[][] pairs = [.. seeds.Select(seed => HeldOut(Folder(recipe, seed)))];
        if (pairs[0].Length > 0)
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"| reward | accuracy on held-out pairs | {string.Join(" | ", pairs.Select(cells => $"{cells[0]} → {cells[^1]}"))} |\n");
        }

        page.Append('\n');
    }

    return page.ToString();
}

// The comment that a recipe begins with.
string Comment(string recipe) => string.Join(' ', File.ReadLines(Path.Combine("recipes", $"{recipe}.json"))
    .Select(line => line.Trim()).Where(line => line.StartsWith("//", StringComparison.Ordinal)).Select(line => line[2..].Trim()));

// What each evaluation measured, by its label: greedy accuracy and the mean over samples, of first and of second attempts.
static Dictionary<string, string[]> Evaluations(string folder)
{
    string[][] rows = [.. File.ReadLines(Path.Combine(folder, "evaluations.csv")).Select(line => line.Split(','))];
    int label = Array.IndexOf(rows[0], "label");
    int[] columns = [.. new[] { "^greedy$", "^mean@[0-9]+$", "^second_greedy$", "^second_mean@[0-9]+$" }.Select(measure =>
        Array.FindIndex(rows[0], name => Regex.IsMatch(name, measure)))];
    return rows[1..].ToDictionary(row => row[label], row => columns.Select(column => column < 0 ? "" : Percent(row[column])).ToArray());
}

static string[] HeldOut(string folder)
{
    string[][] rows = [.. File.ReadLines(Path.Combine(folder, "metrics.csv")).Select(line => line.Split(','))];
    int column = Array.IndexOf(rows[0], "eval_accuracy");
    return column < 0 ? [] : [.. rows[1..].Where(row => row[column].Length > 0).Select(row => Percent(row[column]))];
}

static string Percent(string number) =>
    (100 * double.Parse(number, CultureInfo.InvariantCulture)).ToString("F1", CultureInfo.InvariantCulture);

static int Run(string program, params string[] arguments)
{
    using Process process = Process.Start(new ProcessStartInfo(program, arguments))!;
    process.WaitForExit();
    return process.ExitCode;
}
