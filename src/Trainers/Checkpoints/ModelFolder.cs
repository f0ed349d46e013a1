using System.Text.Json;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Checkpoints;

/// <summary>A model as a folder holds it: model.safetensors, config.json, tokenizer.json.</summary>
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

    /// <summary>Name of the file of the model's shape.</summary>
    public const string SettingsFile = "config.json";

    /// <summary>Reads a model. A run's folder stands for its latest checkpoint.</summary>
    /// <param name="folder">A checkpoint's folder, or a run's.</param>
    /// <exception cref="InputException">The folder is missing or holds no such model; every problem is listed.</exception>
    public static ModelFolder Load(string folder)
    {
        string full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
        {
            throw new InputException(new InputProblem(full, 0, "", "no such folder", "the folder of a checkpoint or of a run"));
        }

        if (!File.Exists(Path.Combine(full, SettingsFile)) && CheckpointStore.TryFindLatest(full, out string latest))
        {
            full = latest;
        }

        string settings = Path.Combine(full, SettingsFile);
        ModelSettings model = RecipeReader.ParseModel(ReadText(settings, "the shape of a model"), settings);
        ITokenizer tokenizer = TokenizerFile.Read(Path.Combine(full, TokenizerFile.FileName));
        string parameters = Path.Combine(full, ParametersFile);
        var tensors = Safetensors.Read(parameters).Tensors;
        CheckParameters(tensors, model, tokenizer, parameters);
        return new ModelFolder(full, model, tokenizer, tensors);
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
            throw new InputException(new InputProblem(file, (error.LineNumber ?? 0) + 1, error.Path ?? "", "text that cannot be read", $"{what}; the file is cut off or damaged"));
        }
    }

    private static string ReadText(string file, string what) =>
        File.Exists(file) ? File.ReadAllText(file) : throw new InputException(InputFiles.Missing(file, what));

    private static void CheckParameters(IReadOnlyDictionary<string, SafetensorsTensor> tensors, ModelSettings model, ITokenizer tokenizer, string file)
    {
        var plan = ParameterPlan.Create(model, tokenizer.VocabularySize).ToDictionary(parameter => parameter.Name, parameter => $"[{parameter.Rows}, {parameter.Columns}]");
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
