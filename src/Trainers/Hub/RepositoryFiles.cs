using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Hub;

/// <summary>The files of a repository that are needed to load a model or an adapter.</summary>
/// <param name="Descriptions">The small files.</param>
/// <param name="Weights">The file with the weights, or the index that names such files.</param>
internal sealed record RepositoryFiles(IReadOnlyList<string> Descriptions, string Weights)
{
    private const string Config = "config.json";

    private const string TokenizerFile = "tokenizer.json";

    private const string SingleWeights = "model.safetensors";

    private const string IndexFile = "model.safetensors.index.json";

    private const string AdapterConfig = "adapter_config.json";

    private const string AdapterWeights = "adapter_model.safetensors";

    private static readonly string[] AllDescriptions =
    [
        Config, "generation_config.json", TokenizerFile, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "chat_template.jinja", "chat_template.json", AdapterConfig,
    ];

    private static readonly string[] OtherWeights =
    [
        "pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.bin", "tf_model.h5", "flax_model.msgpack",
        "consolidated.safetensors",
    ];

    private static readonly string[] OtherTokenizers = ["tokenizer.model", "spiece.model", "vocab.json", "vocab.txt"];

    /// <summary>Whether <see cref="Weights"/> names the files with the weights instead of containing them.</summary>
    public bool IsSharded => Weights == IndexFile;

    /// <summary>Chooses from the files of a repository.</summary>
    /// <param name="source">The repository, for messages.</param>
    /// <param name="names">The names of its files.</param>
    /// <exception cref="InputException">A file is missing that must be there.</exception>
    public static RepositoryFiles Select(string source, IReadOnlyCollection<string> names) =>
        TrySelect(names, out RepositoryFiles files, out string found, out string expected)
            ? files
            : throw new InputException(new InputProblem(source, 0, "", found, expected));

    /// <summary>The names of the files needed that a folder has; none if one of them is missing.</summary>
    /// <param name="folder">The folder, which may not exist.</param>
    public static IReadOnlyList<string> In(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        HashSet<string> names = [.. Directory.EnumerateFiles(folder).Where(HubCache.IsPresent).Select(file => Path.GetFileName(file))];
        if (!TrySelect(names, out RepositoryFiles files, out _, out _))
        {
            return [];
        }

        try
        {
            string[] needed =
            [
                .. files.Descriptions,
                files.Weights,
                .. files.IsSharded ? ShardIndex.Read(Path.Combine(folder, files.Weights)) : [],
            ];
            return needed.All(names.Contains) ? needed : [];
        }
        catch (InputException)
        {
            return [];
        }
    }

    private static bool TrySelect(
        IReadOnlyCollection<string> names,
        out RepositoryFiles files,
        out string found,
        out string expected)
    {
        bool Has(string name) => names.Contains(name);
        bool isAdapter = Has(AdapterConfig) && !Has(SingleWeights) && !Has(IndexFile);
        string weights = isAdapter ? AdapterWeights : Has(SingleWeights) ? SingleWeights : IndexFile;
        files = new RepositoryFiles([.. AllDescriptions.Where(Has)], weights);
        (found, expected) = !isAdapter && !Has(Config)
            ? ($"no {Config}", "the repository of a model that transformers can load")
            : !Has(weights)
                ? ($"no {(isAdapter ? AdapterWeights : SingleWeights)}{Only(OtherWeights, names)}",
                    $"safetensors files; convert it in Python with {(isAdapter ? "AutoPeftModelForCausalLM" : "AutoModelForCausalLM")}"
                        + ".from_pretrained(…).save_pretrained(DIR), and name that folder")
            : !isAdapter && !Has(TokenizerFile)
                ? ($"no {TokenizerFile}{Only(OtherTokenizers, names)}",
                    $"a {TokenizerFile}; make one in Python with AutoTokenizer.from_pretrained(…).save_pretrained(DIR), and name that "
                        + "folder with the model's other files in it")
            : ("", "");
        return found.Length == 0;
    }

    private static string Only(string[] others, IReadOnlyCollection<string> names) =>
        Array.Find(others, names.Contains) is { } other ? $", only {other}" : "";
}
