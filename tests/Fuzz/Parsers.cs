using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Export;
using RlCore.Trainers.Files;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Fuzz;

/// <summary>The parsers of files: datasets, recipes, models, checkpoints and runs.</summary>
internal static class Parsers
{
    /// <summary>All parsers, those of texts too.</summary>
    public static IReadOnlyList<Parser> All { get; } =
    [
        Csv("csv-demonstrations", DatasetFormats.Demonstrations, "prompt,completion\n1+1=,2\n\"a, \"\"b\"\"\",\"two\nlines\"\n"),
        Csv("csv-questions", DatasetFormats.Questions, "prompt,answer,level\n1+1=,2,easy\n2+2=,4,\n", "sep=;\nprompt;answer\na;b\n"),
        Csv("csv-preferences", DatasetFormats.Preferences, "prompt,chosen,rejected,margin\na,b,c,0.5\n\"x\ty\",z,w,1e-3\n"),
        Csv("csv-scored", DatasetFormats.Scored, "prompt\tcompletion\treward\na\tb\t-1.5\na\tc\t2\n"),
        Csv("csv-rankings", DatasetFormats.Rankings, "prompt,completion_1,completion_2,completion_3\na,b,c,d\n"),
        Csv("csv-unpaired", DatasetFormats.Unpaired, "prompt,completion,label\na,b,true\nc,d,0\n"),
        Csv("csv-steps", DatasetFormats.Steps, "prompt,completion,step_labels\na,b;c,1 0.5\na,c,\"[true, 1e-1]\"\n"),
        Csv(
            "csv-messages",
            DatasetFormats.Questions,
            "messages,answer\n\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"Hi\"\"}]\",2\n"),
        new("json-lines", "lines.jsonl", Seeds(JsonTexts.Lines), ConvertFile),
        new("json-list", "list.json", Seeds(JsonTexts.List, JsonTexts.Instructions), ConvertFile),
        new("recipe", "recipe.json", [.. Embedded("seeds/recipes/"), .. Seeds(JsonTexts.Recipe)], input =>
            RecipeReader.Read(input.File, [])),
        new("recipe-setting", "setting.txt", Seeds(
            "stages.0.steps=5", "seed=7", "stages.grpo.rewards=[{\"type\":\"exact\"}]", "model.layers=2"), input =>
            RecipeReader.Parse(JsonTexts.Recipe, "recipe.json", [input.Text])),
        new("columns", "columns.txt", Seeds("prompt=question,completion=response"), input =>
            RecipeReader.ParseColumns(input.Text, "--columns")),
        new("config", "config.json", Seeds(JsonTexts.Llama, JsonTexts.Gpt2), input => ReadConfig(input.Text)),
        new("adapter-config", "adapter_config.json", Seeds(JsonTexts.Adapter), input => PeftConfig.Read(input.Text, input.File)),
        new("model-settings", "model.json", Seeds("""{"layers":2,"width":8,"heads":2,"context":16}"""), input =>
            ModelSettings.Read(input.Text, input.File)),
        new("safetensors", "model.safetensors", [Weights()], ReadWeights),
        new("shard-index", "model.safetensors.index.json", Seeds(JsonTexts.Index), input => ShardIndex.Read(input.File)),
        new("gguf", "model.gguf", [GgufBytes()], ReadGguf),
        new("state", "state.json", Seeds(CheckpointJson.Print(new TrainingState { Step = 3, Tokens = 99 })), input =>
            ModelFolder.ReadJson<TrainingState>(input.File, "the state of a run")),
        new("reward-steps", "reward.json", Seeds("""{"stepEnd":"pattern","stepPattern":";+"}"""), input =>
            StepSettings.ReadFrom(Path.GetDirectoryName(input.File)!)),
        new("scalars", "scalars.json", Seeds("""{"klCoefficient":0.2,"x":"NaN"}"""), input =>
            ModelFolder.ReadJson<Dictionary<string, double>>(input.File, "numbers")),
        new("sequences", "sequences.json", Seeds("""{"kept":[[3,5,1,4,2],[1,0]]}"""), input => SequenceFile.Read(input.File)),
        new("manifest", "manifest.json", [ManifestBytes()], ReadManifest),
        new("metrics", "metrics.csv", Seeds("global_step,stage,loss\n1,sft,0.5\n2,sft,\n"), ReadMetrics),
        new("events", "events.out.tfevents.1", [EventBytes()], ReadEvents),
        new("watched-metrics", "metrics.csv", Seeds("global_step,stage,step,loss,step_time\n1,sft,1,0.5,2\n2,sft,2,,\n"), ReadWatched),
        new("watched-samples", "samples.csv", Seeds("global_step,stage,completion\n1,sft,\"a \"\"b\"\"\"\n2,sft,c\n"), ReadWatched),
        new("watched-tokens", "samples.csv", Seeds(
            "global_step,completion,tokens\n1,ab,\"[[3,\"\"a\"\",-0.5,1.5],[4,\"\"b\"\",-1e-3],[0,\"\"\"\",null]]\"\n"), ReadWatched),
        new("watched-warnings", "warnings.csv", Seeds("global_step,stage,step,kind,message\n1,sft,1,kl,grows\n"), ReadWatched),
        new("run-file", "run.json", Seeds("""{"recipe":{"model":{"from":"x"}},"datasets":{},"model":{"name":"x"}}"""), ReadRun),
        new("hub-listing", "listing.json", Seeds(JsonTexts.Listing), input =>
            HubReply.ReadListing(new Uri("https://hub.test/"), input.Bytes)),
        .. TextParsers.All,
    ];

    /// <summary>Texts as inputs.</summary>
    public static IReadOnlyList<byte[]> Seeds(params IEnumerable<string> texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static Parser Csv<TRow>(string name, DatasetFormat<TRow> format, params IEnumerable<string> seeds)
        where TRow : class =>
        new(name, "data.csv", Seeds(seeds), input =>
        {
            var problems = new List<InputProblem>();
            int rows = Dataset.Read(format, input.File, new DatasetChecks(), problems).Count();
            if (rows == 0 && problems.Count == 0)
            {
                throw new InvalidOperationException("Neither rows nor problems.");
            }
        });

    private static void ConvertFile(FuzzInput input) =>
        DatasetConverter.Convert(new ConversionRequest(input.File, Path.ChangeExtension(input.File, ".csv")) { Overwrite = true });

    private static byte[] EventBytes() =>
    [
        .. new[] { EventMessages.Version(1), EventMessages.Start(1, 0), EventMessages.Scalars(1, 300, [KeyValuePair.Create("loss", 0.5)]) }
            .SelectMany(message => EventRecords.Frame(message.Bytes)),
    ];

    // The checksums keep mutated messages away, so they are read without them too.
    private static void ReadEvents(FuzzInput input)
    {
        int kept = EventRecords.LengthUpTo(input.Bytes, 299);
        if (kept < 0 || kept > input.Bytes.Length)
        {
            throw new InvalidOperationException("More is kept than there is.");
        }

        EventMessages.StepOf(input.Bytes);
    }

    private static void ReadConfig(string text)
    {
        PretrainedConfig.Describes(text);
        PretrainedConfig.Read(text, "config.json");
    }

    private static void ReadWeights(FuzzInput input)
    {
        Safetensors.Read(new MemoryStream(input.Bytes), input.File);
        foreach (TensorData tensor in Safetensors.Open(input.File).Tensors.Values)
        {
            tensor.ForEachPiece(_ => { });
        }
    }

    private static void ReadGguf(FuzzInput input) => new GgufReader(new MemoryStream(input.Bytes), input.File).Read();

    private static byte[] ManifestBytes() => Manifest.Print(new Dictionary<string, FileDigest>
    {
        ["state.json"] = new(2, Convert.ToHexStringLower(SHA256.HashData("{}"u8))),
    });

    private static void ReadManifest(FuzzInput input)
    {
        string folder = Path.GetDirectoryName(input.File)!;
        File.WriteAllText(Path.Combine(folder, "state.json"), "{}");
        Manifest.Check(folder);
    }

    private static void ReadMetrics(FuzzInput input)
    {
        using var table = new StepTable(input.File, ["stage", "loss"]);
        table.TruncateTo(1);
    }

    private static void ReadWatched(FuzzInput input)
    {
        var reading = new RunReading(Path.GetDirectoryName(input.File)!);
        reading.Refresh();
        for (int index = 0; index < reading.Samples.Count; index++)
        {
            reading.TokensOf(reading.ReadSample(index));
        }
    }

    private static void ReadRun(FuzzInput input)
    {
        string folder = Path.GetDirectoryName(input.File)!;
        RunFile.TryReadModel(folder, out _);
        new RunReading(folder).TryReadDescription(out System.Text.Json.JsonDocument? description);
        description?.Dispose();
        RunFile.TryReadTokensPerPass(folder, out _);
        RunFile.RequireSame(folder, new RunRequest(RecipeReader.Parse(JsonTexts.Recipe, "r.json", []), folder, Resume: true));
    }

    private static IEnumerable<byte[]> Embedded(string prefix)
    {
        Assembly assembly = typeof(Parsers).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            yield return bytes;
        }
    }

    private static byte[] Weights()
    {
        var stream = new MemoryStream();
        Safetensors.Write(stream, new SafetensorsContent(
            new Dictionary<string, TensorData>
            {
                ["a"] = new SafetensorsTensor([2, 3], [1, 2, 3, 4, 5, 6]),
                ["b"] = new SafetensorsTensor([1], [0.5f]),
            },
            new Dictionary<string, string> { ["format"] = "pt" }));
        return stream.ToArray();
    }

    private static byte[] GgufBytes()
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        void Text(string text)
        {
            writer.Write((ulong)text.Length);
            writer.Write(Encoding.UTF8.GetBytes(text));
        }

        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(1ul);
        writer.Write(2ul);
        Text("general.architecture");
        writer.Write(8u);
        Text("llama");
        Text("tokenizer.ggml.tokens");
        writer.Write(9u);
        writer.Write(8u);
        writer.Write(2ul);
        Text("a");
        Text("b");
        Text("output.weight");
        writer.Write(1u);
        writer.Write(4ul);
        writer.Write(0u);
        writer.Write(0ul);
        writer.Write(new byte[32 - (stream.Position % 32)]);
        writer.Write(new byte[16]);
        return stream.ToArray();
    }
}
