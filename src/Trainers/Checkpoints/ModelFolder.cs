using System.Text.Json;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Checkpoints;

/// <summary>A model stored in a folder: model.safetensors, config.json, tokenizer.json.</summary>
/// <param name="Folder">The folder that was read.</param>
/// <param name="Model">Shape of the model.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Parameters">Parameters by name.</param>
public sealed record ModelFolder(
    string Folder,
    ModelSettings Model,
    ITokenizer Tokenizer,
    IReadOnlyDictionary<string, SafetensorsTensor> Parameters)
{
    /// <summary>Name of the file of parameters.</summary>
    public const string ParametersFile = "model.safetensors";

    /// <summary>Name of the file of a reward model's parameters.</summary>
    public const string RewardFile = TrainerState.Reward + CheckpointStore.ModelSuffix;

    /// <summary>Name of the file of the model's shape.</summary>
    public const string SettingsFile = "config.json";

    /// <summary>Reads a model. The folder of a run means its latest checkpoint.</summary>
    /// <param name="folder">A checkpoint's folder, or a run's.</param>
    /// <param name="tokenizers">Kinds of tokenizers that it may have; null for what is shipped.</param>
    /// <exception cref="InputException">The folder is missing or contains no such model; every problem is listed.</exception>
    public static ModelFolder Load(string folder, TokenizerKinds? tokenizers = null) =>
        Read(Find(folder, SettingsFile), ParametersFile, ParameterPlan.Create, tokenizers);

    /// <summary>
    /// Reads a reward model: parameters of its trunk and its head, beside the shape and the tokenizer of the policy that it judges.
    /// The folder of a run means its latest checkpoint that contains one.
    /// </summary>
    /// <param name="folder">A checkpoint's folder, or a run's.</param>
    /// <param name="tokenizers">Kinds of tokenizers that it may have; null for what is shipped.</param>
    /// <exception cref="InputException">The folder is missing or contains no reward model; every problem is listed.</exception>
    public static ModelFolder LoadReward(string folder, TokenizerKinds? tokenizers = null)
    {
        string full = Find(folder, RewardFile);
        return File.Exists(Path.Combine(full, RewardFile))
            ? Read(full, RewardFile, ParameterPlan.CreateScalar, tokenizers)
            : throw new InputException(new InputProblem(
                full, 0, "", $"no {RewardFile}", "a checkpoint of a run that has trained a reward model, or the run's folder"));
    }

    private static string Find(string folder, string file)
    {
        string full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
        {
            throw new InputException(new InputProblem(full, 0, "", "no such folder", "the folder of a checkpoint or of a run"));
        }

        return !File.Exists(Path.Combine(full, file)) && CheckpointStore.TryFindLatest(full, file, out string latest) ? latest : full;
    }

    private static ModelFolder Read(
        string folder, string file, Func<ModelSettings, int, IReadOnlyList<PlannedParameter>> plan, TokenizerKinds? tokenizers)
    {
        string settings = Path.Combine(folder, SettingsFile);
        ModelSettings model = ModelSettings.Read(ReadText(settings, "the shape of a model"), settings);
        ITokenizer tokenizer = TokenizerFile.Read(Path.Combine(folder, TokenizerFile.FileName), tokenizers);
        string parameters = Path.Combine(folder, file);
        var tensors = Safetensors.Read(parameters).Tensors;
        CheckParameters(tensors, plan(model, tokenizer.VocabularySize), parameters);
        return new ModelFolder(folder, model, tokenizer, tensors);
    }

    internal static T ReadJson<T>(string file, string what)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(ReadText(file, what), CheckpointJson.Options)
                ?? throw new InputException(new InputProblem(file, 0, "", "null", what));
        }
        catch (JsonException error)
        {
            throw new InputException(new InputProblem(
                file,
                (error.LineNumber ?? 0) + 1,
                error.Path ?? "",
                "text that cannot be read",
                $"{what}; the file is cut off or damaged"));
        }
    }

    private static string ReadText(string file, string what) =>
        File.Exists(file) ? File.ReadAllText(file) : throw new InputException(InputFiles.Missing(file, what));

    private static void CheckParameters(
        IReadOnlyDictionary<string, SafetensorsTensor> tensors,
        IReadOnlyList<PlannedParameter> parameters,
        string file)
    {
        var plan = parameters.ToDictionary(parameter => parameter.Name, parameter => $"[{parameter.Rows}, {parameter.Columns}]");
        var problems = new List<InputProblem>();
        foreach (var (name, shape) in plan)
        {
            string found = tensors.TryGetValue(name, out SafetensorsTensor? tensor) ? $"[{string.Join(", ", tensor.Shape)}]" : "nothing";
            if (found != shape)
            {
                problems.Add(new InputProblem(file, 0, name, found, $"{shape}, as {SettingsFile} and {TokenizerFile.FileName} say"));
            }
        }

        problems.AddRange(tensors.Keys.Where(name => !plan.ContainsKey(name)).Order(StringComparer.Ordinal)
            .Select(name => new InputProblem(file, 0, name, "a tensor", $"none of that name, as {SettingsFile} says")));
        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }
}
