using System.Text.Json.Nodes;
using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Search;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Recipes;

/// <summary>
/// Recipes from JSON. Comments and trailing commas are allowed; keys are those of <see cref="Recipe"/> in camelCase; a stage
/// names its case as <c>"type"</c> (sft, dpo, or the name of an on-policy algorithm), and its other settings override the defaults;
/// so does a reward, and a plain string stands for a reward with its defaults.
/// </summary>
public static class RecipeReader
{
    private const string Model = "model";
    private const string From = "from";
    private static readonly string[] BroughtByModel = ["characters", "tokenizer"];

    /// <summary>
    /// Reads a recipe's file. Datasets and the model to start from become full paths: they are searched for in the
    /// working directory, then beside the recipe, then beside the recipe's folder, then among the shipped datasets.
    /// </summary>
    /// <param name="file">The file; searched for in the same places.</param>
    /// <param name="settings">Settings as <c>key=value</c>; later ones win: <c>seed=3</c>, <c>stages.grpo.steps=50</c> by a
    /// stage's name, <c>stages.1.optimizer.learningRate=1e-3</c> by its index.</param>
    /// <param name="registry">The names available to the recipe; null for the built-in names.</param>
    /// <param name="model">The model to start from, in place of the recipe's model and its characters; empty for the recipe's.</param>
    /// <exception cref="InputException">With every problem of the file and the settings.</exception>
    public static Recipe Read(string file, IReadOnlyList<string> settings, Registry? registry = null, string model = "")
    {
        ArgumentNullException.ThrowIfNull(model);
        string full = InputFiles.Resolve(file);
        if (!File.Exists(full))
        {
            throw new InputException(InputFiles.Missing(full, "a recipe"));
        }

        string folder = Path.GetDirectoryName(full) ?? full;
        JsonObject root = ParseRoot(File.ReadAllText(full), full);
        if (model.Length > 0)
        {
            BroughtByModel.ToList().ForEach(key => root.Remove(key));
            root[Model] = new JsonObject { [From] = model };
        }

        return Locate(
            Read(root, full, Typed(settings), registry),
            path => InputFiles.Resolve(path, folder, Path.GetDirectoryName(folder) ?? folder));
    }

    /// <summary>Reads a recipe from text; paths stay as they are.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="settings">Settings as <c>key=value</c>.</param>
    /// <param name="registry">The names available to the recipe; null for the built-in names.</param>
    /// <exception cref="InputException">With every problem of the text and the settings.</exception>
    public static Recipe Parse(string json, string source, IReadOnlyList<string> settings, Registry? registry = null) =>
        Read(ParseRoot(json, source), source, Typed(settings), registry);

    /// <summary>Reads a list of rewards: a reward's name, a reward's JSON, or a JSON list of them. Their files become full paths.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <exception cref="InputException">With every problem of the text.</exception>
    public static IReadOnlyList<RewardSettings> ParseRewards(string text, string source)
    {
        var problems = new List<InputProblem>();
        RewardSettings[] rewards = ParseList<RewardSettings>(text, source, "a reward", problems);
        if (problems.Count == 0)
        {
            RewardList.Check(
                rewards,
                RewardErrors.Stop,
                (key, found, expected) => problems.Add(new InputProblem(source, 0, key, found, expected)));
        }

        return problems.Count == 0
            ? [.. rewards.Select(reward => reward.Locate(path => InputFiles.Resolve(path)))]
            : throw new InputException(problems);
    }

    /// <summary>Reads strategies of search from an option: names separated by commas, or JSON.</summary>
    /// <param name="text">The option's value.</param>
    /// <param name="source">The option.</param>
    /// <exception cref="InputException">With every problem.</exception>
    internal static IReadOnlyList<SearchSettings> ParseSearches(string text, string source)
    {
        var problems = new List<InputProblem>();
        string[] names = text.StartsWith('{') || text.StartsWith('[') ? [text] : text.Split(',', StringSplitOptions.TrimEntries);
        SearchSettings[] searches = [.. names.SelectMany(name => ParseList<SearchSettings>(name, source, "a search", problems))];
        return problems.Count == 0 ? searches : throw new InputException(problems);
    }

    private static TUnion[] ParseList<TUnion>(string text, string source, string what, List<InputProblem> problems)
    {
        JsonNode? node = text.StartsWith('{') || text.StartsWith('[') ? SettingsJson.Parse(text, source, what) : JsonValue.Create(text);
        var binder = new SettingsBinder(source, new SettingOverrides(problems), problems, Registry.Default);
        return (TUnion[])binder.BindList(node, Registry.Default.UnionOf(typeof(TUnion))!, typeof(TUnion), "");
    }

    /// <summary>Reads names of columns from an option: <c>prompt=question,completion=response</c>.</summary>
    /// <param name="typed">The text as typed; empty for the defaults.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <exception cref="InputException">With every problem of the text.</exception>
    public static ColumnNames ParseColumns(string typed, string source)
    {
        var problems = new List<InputProblem>();
        var root = new JsonObject();
        foreach (string part in typed.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] sides = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (sides.Length < 2 || !root.TryAdd(sides[0], sides[1]))
            {
                problems.Add(new InputProblem(
                    source, 0, "", Characters.Quote(part), "role=column, each role once, such as prompt=question,completion=response"));
            }
        }

        return SettingsJson.Bind(root, source, new ColumnNames(), problems);
    }

    /// <summary>Reads a recipe from JSON.</summary>
    /// <param name="root">The JSON; the settings are inserted into it.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="settings">Settings as <c>key=value</c>, each with the option as typed.</param>
    /// <param name="registry">The names available to the recipe; null for the built-in names.</param>
    internal static Recipe Read(
        JsonObject root,
        string source,
        IReadOnlyList<(string Setting, string Typed)> settings,
        Registry? registry = null)
    {
        var problems = new List<InputProblem>();
        var overrides = new SettingOverrides(problems);
        double[] steps = WarmupScaling.StepsOf(root);
        foreach (var (setting, typed) in settings)
        {
            overrides.Apply(root, setting, typed);
        }

        IReadOnlyList<string> notes = WarmupScaling.Apply(root, steps, overrides);

        Registry names = registry ?? Registry.Default;
        if (root["convention"] is JsonValue named
            && named.TryGetValue(out string? name)
            && ConventionDefaults.ByName.TryGetValue(name, out Conventions? convention))
        {
            names = names.Under(convention);
        }

        var recipe = (Recipe)new SettingsBinder(source, overrides, problems, names).BindRecord(root, new Recipe(), "");
        if (recipe.Model.From.Length > 0)
        {
            IEnumerable<string> shape = root[Model] is JsonObject model
                ? model.Select(setting => setting.Key).Where(key => key != From).Select(key => SettingsSchema.Join(Model, key))
                : [];
            problems.AddRange(BroughtByModel.Where(key => root.ContainsKey(key) && root[key]?.ToString() != RecipeCharacters.OfDatasets)
                .Concat(shape).Select(key => new InputProblem(
                overrides.TryFind(key, out string option) ? option : source, 0, key, "a setting", "none, as model.from determines it")));
        }

        return problems.Count == 0 ? recipe with { Notes = notes } : throw new InputException(problems);
    }

    private static JsonObject ParseRoot(string json, string source) =>
        SettingsJson.ParseRoot(json, source, "a recipe: { \"stages\": [ … ] }");

    private static (string Setting, string Typed)[] Typed(IReadOnlyList<string> settings) =>
        [.. settings.Select(setting => (setting, $"--set {setting}"))];

    // A folder if there is one; else it may be a name on a hub.
    private static string LocateModel(string from, Func<string, string> resolve)
    {
        string place = resolve(from);
        return !Directory.Exists(place) && ModelName.IsMeant(from) ? from : place;
    }

    /// <summary>The recipe with full paths.</summary>
    internal static Recipe Locate(Recipe recipe, Func<string, string> resolve) => recipe with
    {
        Model = recipe.Model.From.Length == 0 ? recipe.Model : recipe.Model with { From = LocateModel(recipe.Model.From, resolve) },
        Stages = [.. recipe.Stages.Select(
            (stage, index) =>
                stage.Locate(
                    path => StageModels.TryFindStage(recipe.Stages, path, index, out _) && !File.Exists(path) ? path : resolve(path)))],
        Evaluation = recipe.Evaluation is { } evaluation
            ? evaluation with
            {
                Data = resolve(evaluation.Data),
                Rewards = [.. evaluation.Rewards.Select(reward => reward.Locate(resolve))],
            }
            : null,
    };
}
