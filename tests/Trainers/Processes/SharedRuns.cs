using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tests.Runs;

namespace RlCore.Trainers.Tests.Processes;

/// <summary>Runs of small recipes in several processes, which are threads here, and what they leave on disk.</summary>
internal static class SharedRuns
{
    private const string Small = "\"characters\": \"abc;\", "
        + "\"model\": { \"layers\": 1, \"width\": 8, \"heads\": 2, \"context\": 16, \"tiedHead\": false }";

    private const string Drawn = "\"data\": \"prompts.csv\", \"promptsPerStep\": 5, \"maxCompletionTokens\": 4, \"microBatchSize\": 3";
    private const string Length = "\"rewards\": [{ \"type\": \"length\", \"maxTokens\": 2 }]";

    // They hold times, and the folder's name.
    private static readonly string[] OfTheirOwn = ["run.json", "summary.json"];

    /// <summary>A stage of each kind, by a name of its own.</summary>
    public static IReadOnlyDictionary<string, string> Stages { get; } = new Dictionary<string, string>
    {
        ["sft"] = "{ \"type\": \"sft\", \"name\": \"many\", \"data\": \"sft.csv\", \"batchSize\": 9, \"microBatchSize\": 2, \"steps\": 5 }",
        ["sft of few rows"] = "{ \"type\": \"sft\", \"name\": \"few\", \"data\": \"sft.csv\", \"batchSize\": 3, \"steps\": 5 }",
        ["dpo"] = "{ \"type\": \"dpo\", \"data\": \"pairs.csv\", \"batchSize\": 9, \"microBatchSize\": 4, \"steps\": 4, "
            + "\"sftWeight\": 0.1 }",
        ["aot"] = "{ \"type\": \"dpo\", \"data\": \"pairs.csv\", \"batchSize\": 8, \"steps\": 4, \"loss\": \"aot\" }",
        ["kto"] = "{ \"type\": \"kto\", \"data\": \"labels.csv\", \"batchSize\": 9, \"microBatchSize\": 2, \"steps\": 4 }",
        ["bco"] = "{ \"type\": \"kto\", \"data\": \"labels.csv\", \"batchSize\": 8, \"steps\": 4, \"loss\": \"bco\" }",
        ["reward"] = "{ \"type\": \"reward\", \"data\": \"pairs.csv\", \"evaluationData\": \"pairs.csv\", \"evaluationEvery\": 2, "
            + "\"batchSize\": 9, \"microBatchSize\": 4, \"steps\": 4 }",
        ["process"] = "{ \"type\": \"reward\", \"data\": \"steps.csv\", \"evaluationData\": \"steps.csv\", \"evaluationEvery\": 2, "
            + "\"stepEnd\": \"separator\", \"stepSeparator\": \";\", \"batchSize\": 9, \"microBatchSize\": 2, \"steps\": 4 }",
        ["grpo"] = $"{{ \"type\": \"grpo\", {Drawn}, {Length}, \"steps\": 4, \"algorithm\": {{ \"groupSize\": 4, \"iterations\": 2, "
            + "\"klCoefficient\": 0.1, \"klTarget\": 0.1 } }",
        ["dapo"] = $"{{ \"type\": \"dapo\", {Drawn}, {Length}, \"steps\": 4, \"algorithm\": {{ \"groupSize\": 4 }} }}",
        ["second attempts"] = $"{{ \"type\": \"grpo\", {Drawn}, {Length}, \"steps\": 4, \"algorithm\": {{ \"groupSize\": 4 }}, "
            + "\"secondAttempt\": { \"prompt\": \"{prompt}{answer};\", \"bonus\": 1, \"firstKl\": 0.2 } }",
        ["remax"] = $"{{ \"type\": \"remax\", {Drawn}, {Length}, \"steps\": 4 }}",
        ["rloo"] = $"{{ \"type\": \"rloo\", {Drawn}, {Length}, \"steps\": 4 }}",
        ["ppo"] = $"{{ \"type\": \"ppo\", {Drawn}, {Length}, \"steps\": 4, \"algorithm\": {{ \"iterations\": 2, \"groupSize\": 2 }}, "
            + "\"mixData\": \"sft.csv\", \"mixCoefficient\": 0.5, \"mixBatchSize\": 4 }",
        ["ppo with one trunk"] = $"{{ \"type\": \"ppo\", {Drawn}, {Length}, \"steps\": 4, "
            + "\"algorithm\": { \"iterations\": 2, \"groupSize\": 2, \"value\": { \"trunk\": \"shared\" } } }",
        ["trpo"] = $"{{ \"type\": \"trpo\", {Drawn}, {Length}, \"steps\": 4 }}",
        ["online"] = $"{{ \"type\": \"onlinedpo\", {Drawn}, {Length}, \"steps\": 4, \"refreshEvery\": 2 }}",
        ["reject"] = "{ \"type\": \"reject\", \"data\": \"prompts.csv\", \"promptsPerRound\": 5, \"completionsPerPrompt\": 4, "
            + $"\"stepsPerRound\": 2, \"batchSize\": 9, \"maxCompletionTokens\": 4, {Length}, \"steps\": 5 }}",
        ["gkd"] = "{ \"type\": \"gkd\", \"data\": \"sft.csv\", \"teacher\": \"sft\", \"batchSize\": 9, \"microBatchSize\": 2, "
            + "\"maxCompletionTokens\": 4, \"steps\": 4 }",
        ["grpo with a reward model"] = "{ \"type\": \"reward\", \"data\": \"pairs.csv\", \"batchSize\": 9, \"steps\": 3 }, "
            + $"{{ \"type\": \"grpo\", {Drawn}, \"rewards\": [{{ \"type\": \"rewardModel\", \"from\": \"reward\" }}], \"steps\": 3 }}",
    };

    /// <summary>Writes the data of the recipes.</summary>
    public static TemporaryFolder Prepare()
    {
        var folder = new TemporaryFolder();
        string[] words = ["ab", "ba", "abc", "cab", "bb", "acb", "c", "bca", "cc", "aab", "cba"];
        folder.Write("sft.csv", Csv("prompt,completion", words.Select(word => $"{word},{new string([.. word.Reverse()])}")));
        folder.Write("prompts.csv", Csv("prompt,answer", words.Select(word => $"{word},{word.Length}")));
        folder.Write("pairs.csv", Csv("prompt,chosen,rejected", words.Select(word => $"{word},{word}a,{word[..1]}b")));
        folder.Write(
            "labels.csv",
            Csv("prompt,completion,label", words.Select((word, i) => $"{word},{word}c,{(i % 2 == 0 ? "true" : "false")}")));
        folder.Write("steps.csv", Csv("prompt,completion,step_labels", words.Select((word, i) => $"{word},a;b;{word};,1 0 {i % 2}")));
        return folder;
    }

    /// <summary><see cref="Run{T}"/> on the embedded engine.</summary>
    public static IReadOnlyList<RunSummary> Run(
        TemporaryFolder folder,
        string name,
        string stage,
        int processes,
        IReadOnlyList<string>? set = null,
        IRunObserver? observer = null,
        Func<int, CancellationToken>? stop = null,
        bool shardsOptimizer = false,
        Registry? registry = null,
        string model = Small) => Run(
            () => new ManagedEngine(new ManagedEngineOptions { Threads = 1 }),
            folder,
            name,
            stage,
            processes,
            set,
            observer,
            stop,
            shardsOptimizer,
            registry,
            model);

    /// <summary>Runs a recipe of an SFT stage and another, in a number of processes.</summary>
    /// <param name="create">Makes a process's engine.</param>
    /// <param name="folder">Made by <see cref="Prepare"/>.</param>
    /// <param name="name">Name of the run.</param>
    /// <param name="stage">The second stage.</param>
    /// <param name="processes">Number of processes.</param>
    /// <param name="set">Settings that override the recipe's.</param>
    /// <param name="observer">Watches the first process.</param>
    /// <param name="stop">A request to stop for each process; null for none.</param>
    /// <param name="shardsOptimizer">Whether the processes share the optimizer's state.</param>
    /// <param name="registry">What the recipe may name; null for what is shipped.</param>
    /// <param name="model">The model, as settings of the recipe.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static IReadOnlyList<RunSummary> Run<T>(
        Func<IEngine<T>> create,
        TemporaryFolder folder,
        string name,
        string stage,
        int processes,
        IReadOnlyList<string>? set = null,
        IRunObserver? observer = null,
        Func<int, CancellationToken>? stop = null,
        bool shardsOptimizer = false,
        Registry? registry = null,
        string model = Small)
        where T : struct, ITensor<T>
    {
        string file = folder.Write("recipe.json", $$"""
            {
              "name": "shared", {{model}}, "shardWork": 0,
              "stages": [ { "type": "sft", "data": "sft.csv", "steps": 3, "batchSize": 8 }, {{stage}} ],
              "evaluation": { "data": "prompts.csv", "samples": 2, "maxCompletionTokens": 3,
                "rewards": [{ "type": "length", "maxTokens": 2 }] },
              "checkpoints": { "every": 2 }
            }
            """);
        Recipe recipe = RecipeReader.Read(file, set ?? [], registry);
        string output = Path.Combine(folder.Path, name);
        bool resumes = Directory.Exists(output);
        return ThreadGroup.Run(processes, group =>
        {
            using IEngine<T> engine = create();
            return Train.Run(
                engine,
                new RunRequest(recipe, output, resumes) { Processes = group, ShardsOptimizer = shardsOptimizer },
                observer ?? new SilentObserver(),
                stop?.Invoke(group.Rank) ?? TestContext.Current.CancellationToken);
        });
    }

    /// <summary>What a run leaves, by name of the file: bytes, and tables without their times.</summary>
    /// <param name="folder">The run's folder.</param>
    public static IReadOnlyDictionary<string, string> Files(string folder) => Directory
        .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => (File: file, Name: Path.GetRelativePath(folder, file)))
        .Where(file => !OfTheirOwn.Contains(file.Name))
        .ToDictionary(
            file => file.Name,
            file => Path.GetExtension(file.Name) == ".csv" ? Untimed(file.File) : Convert.ToHexString(File.ReadAllBytes(file.File)));

    private static string Untimed(string file)
    {
        string[][] rows = [.. File.ReadAllLines(file).Select(line => line.Split(','))];
        int[] kept =
        [
            .. Enumerable.Range(0, rows[0].Length)
                .Where(i => rows[0][i] is not (MetricNames.StepTime or MetricNames.TokensPerSecond or "seconds")),
        ];
        return string.Join('\n', rows.Select(row => string.Join(',', kept.Select(i => row[i]))));
    }

    private static string Csv(string header, IEnumerable<string> rows) => string.Join('\n', rows.Prepend(header)) + "\n";
}
