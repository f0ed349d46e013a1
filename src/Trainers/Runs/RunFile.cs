using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Runs;

/// <summary>
/// run.json: the complete resolved recipe, the engine, and the hashes of what the run reads: datasets, and models that others made.
/// </summary>
internal static class RunFile
{
    private const string Name = "run.json";
    private const string Model = "model";
    private const string Models = "models";
    private const string TokensPerPass = "tokensPerPass";
    private const string FrozenWeights = "frozenWeights";
    private const string Shards = "gradientShards";
    private const string ShardWork = "shardWork";
    private const string Tensorboard = "tensorboard";
    private static readonly string[] DataKeys = [".data", ".evaluationData"];

    // What runs did before there were these settings.
    private static readonly Dictionary<string, string> Before = new() { [Shards] = "1", [ShardWork] = "0" };

    public static void Write(string folder, RunRequest request, string engine) =>
        DurableFiles.WriteFile(Path.Combine(folder, Name), stream =>
        {
            using var writer = new Utf8JsonWriter(
                stream,
                new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            writer.WriteStartObject();
            writer.WritePropertyName("recipe");
            RecipeWriter.Write(writer, request.Recipe);
            writer.WriteString("engine", engine);
            if (request.FrozenWeights is { } type)
            {
                writer.WriteString(FrozenWeights, WeightTypes.NameOf(type));
            }

            writer.WriteStartArray(TokensPerPass);
            request.TokensPerPass.ToList().ForEach(tokens => writer.WriteNumberValue(tokens));
            writer.WriteEndArray();
            writer.WriteStartObject("versions");
            writer.WriteString(
                "rlcore",
                typeof(RunFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
            writer.WriteString("runtime", RuntimeInformation.FrameworkDescription);
            writer.WriteString("system", RuntimeInformation.RuntimeIdentifier);
            writer.WriteEndObject();
            WriteHashes(writer, "datasets", Files(request.Recipe));
            if (request.ModelFolder.Length > 0)
            {
                writer.WriteString(Model, ModelName.AtCommit(request.Recipe.Model.From, request.ModelFolder));
            }

            WriteHashes(writer, Models, ModelFolders(request).SelectMany(ModelFolder.FilesOf).Distinct());
            writer.WriteEndObject();
        });

    /// <summary>Reads the model on a hub, with its commit, that a run began with.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="model">The model, as org/name@commit.</param>
    /// <returns>Whether there is one; a run that cannot be read is refused later.</returns>
    public static bool TryReadModel(string folder, out string model)
    {
        model = "";
        string file = Path.Combine(folder, Name);
        if (File.Exists(file))
        {
            using JsonDocument document = Parse(file);
            model = document.RootElement.TryGetProperty(Model, out JsonElement name) && name.ValueKind == JsonValueKind.String
                ? name.GetString() ?? ""
                : "";
        }

        return model.Length > 0;
    }

    /// <summary>Reads the most tokens of a pass that the stages of a run began with.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="tokens">For each stage.</param>
    /// <returns>Whether they are there; runs of before they were kept have none.</returns>
    public static bool TryReadTokensPerPass(string folder, out IReadOnlyList<int> tokens)
    {
        tokens = [];
        string file = Path.Combine(folder, Name);
        if (File.Exists(file))
        {
            using JsonDocument document = Parse(file);
            tokens = document.RootElement.TryGetProperty(TokensPerPass, out JsonElement list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Select(number => number.TryGetInt32(out int most) ? most : 0)]
                : [];
        }

        return tokens.Count > 0;
    }

    /// <summary>Refuses to continue with a recipe, datasets or models that differ from those that the run began with.</summary>
    public static void RequireSame(string folder, RunRequest request)
    {
        Recipe recipe = request.Recipe;
        string file = Path.Combine(folder, Name);
        if (!File.Exists(file))
        {
            throw new InputException(new InputProblem(
                folder, 0, "", $"no {Name}", "the folder of a run to continue; leave out --resume to start a new one"));
        }

        using JsonDocument document = Parse(file);
        var problems = new List<InputProblem>();
        using JsonDocument asked = JsonDocument.Parse(RecipeWriter.Print(recipe));
        JsonElement hashes = document.RootElement.GetProperty("datasets");
        bool IsSameData(string began, string now) =>
            File.Exists(now) && hashes.TryGetProperty(began, out JsonElement hash) && hash.GetString() == FileDigest.Sha256Of(now);
        Compare(document.RootElement.GetProperty("recipe"), asked.RootElement, "", (path, found, expected) =>
        {
            // The same dataset in another location is the same dataset.
            bool moved = Array.Exists(
                DataKeys,
                key => path.EndsWith(key, StringComparison.Ordinal)) && found.ValueKind == JsonValueKind.String
                && expected.ValueKind == JsonValueKind.String && IsSameData(expected.GetString() ?? "", found.GetString() ?? "");
            if (path == ShardWork && recipe.GradientShards == 1)
            {
                return;
            }

            (string now, string before) = (Meaning(path, found), Meaning(path, expected));
            if (Before.ContainsKey(path) && now == before)
            {
                return;
            }

            // What a run shows changes nothing of what it computes.
            if (!moved && path != Tensorboard)
            {
                problems.Add(new InputProblem(file, 0, path, $"{now} asked for", $"{before}, which the run began with"));
            }
        });
        problems.AddRange(Files(recipe)
            .Where(data => hashes.TryGetProperty(data, out JsonElement hash) && hash.GetString() != FileDigest.Sha256Of(data))
            .Select(
                data => new InputProblem(
                    data, 0, "", "different content from when the run began", "the same content, as the run is being continued")));
        problems.AddRange(ChangedModels(document.RootElement));
        string? frozen = request.FrozenWeights is { } type ? WeightTypes.NameOf(type) : null;
        string? began = document.RootElement.TryGetProperty(FrozenWeights, out JsonElement name) ? name.GetString() : null;
        if (frozen != began)
        {
            problems.Add(new InputProblem(
                "--frozen-weights", 0, "", frozen ?? "nothing", $"{began ?? "nothing"}, which the run began with"));
        }

        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }

    private static JsonDocument Parse(string file)
    {
        try
        {
            JsonDocument document = WholeJson.Parse(File.ReadAllBytes(file));
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("recipe", out JsonElement recipe) && recipe.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("datasets", out JsonElement hashes) && hashes.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException)
        {
            // Reported below, like JSON of the wrong shape.
        }

        throw new InputException(new InputProblem(
            file, 0, "", "no description of a run",
            "the recipe and the datasets that the run began with; the file is cut off or damaged"));
    }

    private static void Compare(JsonElement began, JsonElement asked, string path, Action<string, JsonElement, JsonElement> differ)
    {
        bool both = began.ValueKind != JsonValueKind.Undefined && asked.ValueKind != JsonValueKind.Undefined;
        if (both && JsonElement.DeepEquals(began, asked))
        {
            return;
        }

        if (began.ValueKind == JsonValueKind.Object && asked.ValueKind == JsonValueKind.Object)
        {
            foreach (string key in began.EnumerateObject().Concat(asked.EnumerateObject()).Select(setting => setting.Name).Distinct())
            {
                Compare(
                    began.TryGetProperty(key, out var first) ? first : default,
                    asked.TryGetProperty(key, out var second) ? second : default,
                    SettingsSchema.Join(path, key),
                    differ);
            }
        }
        else if (began.ValueKind == JsonValueKind.Array
            && asked.ValueKind == JsonValueKind.Array
            && began.GetArrayLength() == asked.GetArrayLength())
        {
            for (int i = 0; i < began.GetArrayLength(); i++)
            {
                Compare(began[i], asked[i], $"{path}[{i}]", differ);
            }
        }
        else
        {
            differ(path, asked, began);
        }
    }

    // A run that says nothing of a setting is of before there was one, and did as such runs did.
    private static string Meaning(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined when Before.TryGetValue(path, out string? before) => before,
        JsonValueKind.Number when path == Shards && element.GetRawText() == "0" =>
            RunProcesses.UsualShards.ToString(CultureInfo.InvariantCulture),
        _ => Print(element),
    };

    private static string Print(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Object or JsonValueKind.Array => "settings",
        _ => element.GetRawText(),
    };

    // Datasets, and other files that rewards read.
    private static IEnumerable<string> Files(Recipe recipe) => recipe.Stages.SelectMany(stage => stage.Files)
        .Concat(recipe.Evaluation is { } evaluation ? [evaluation.Data] : [])
        .Concat((recipe.Evaluation?.Rewards ?? []).SelectMany(reward => reward.Files))
        .Distinct()
        .Where(File.Exists);

    // What others made and the run only reads: the model that it starts from, teachers, and reward models of other runs.
    private static IEnumerable<string> ModelFolders(RunRequest request)
    {
        Recipe recipe = request.Recipe;
        string start = request.ModelFolder.Length > 0 ? request.ModelFolder : recipe.Model.From;
        IEnumerable<string> teachers =
            from item in recipe.Stages.Index()
            let taught = item.Item as ITaughtStage
            where taught is not null && !StageModels.TryFindStage(recipe.Stages, taught.Teacher, item.Index, out _)
            select taught.Teacher;
        return teachers
            .Concat(recipe.Rewards.OfType<RewardSettings.Learnt>().Where(reward => reward.IsFolder).Select(reward => reward.From))
            .Prepend(start)
            .Where(Directory.Exists);
    }

    // Runs of before these were kept have none.
    private static IEnumerable<InputProblem> ChangedModels(JsonElement root) =>
        (root.TryGetProperty(Models, out JsonElement models) && models.ValueKind == JsonValueKind.Object
            ? models.EnumerateObject()
            : default)
            .Where(file => !File.Exists(file.Name) || file.Value.GetString() != FileDigest.Sha256Of(file.Name))
            .Select(file => new InputProblem(
                file.Name,
                0,
                "",
                File.Exists(file.Name) ? "different content from when the run began" : "no such file",
                "the file of a model that the run began with, as the run is being continued"));

    private static void WriteHashes(Utf8JsonWriter writer, string name, IEnumerable<string> files)
    {
        writer.WriteStartObject(name);
        foreach (string file in files)
        {
            writer.WriteString(file, FileDigest.Sha256Of(file));
        }

        writer.WriteEndObject();
    }
}
