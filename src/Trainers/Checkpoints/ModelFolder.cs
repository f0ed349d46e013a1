using System.Text.Json;
using RlCore.Trainers.Files;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Checkpoints;

/// <summary>
/// A model stored in a folder: in this program's layout or in Hugging Face's (config.json, model.safetensors, tokenizer.json), or as
/// adapters of another model in PEFT's.
/// </summary>
/// <param name="Folder">The folder that was read.</param>
/// <param name="Model">Shape of the model.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Parameters">Parameters by the decoder's names, which are read when they are asked for.</param>
public sealed record ModelFolder(
    string Folder,
    ModelSettings Model,
    ITokenizer Tokenizer,
    IReadOnlyDictionary<string, TensorData> Parameters)
{
    /// <summary>Name of the file of parameters.</summary>
    public const string ParametersFile = ShardedSafetensors.SingleFile;

    /// <summary>Name of the file of a reward model's parameters.</summary>
    public const string RewardFile = TrainerState.Reward + CheckpointStore.ModelSuffix;

    /// <summary>Name of the file of the model's shape.</summary>
    public const string SettingsFile = PretrainedConfig.FileName;

    /// <summary>What the folder keeps in Hugging Face's layout; null for a model of this program's own.</summary>
    internal PretrainedIdentity? Pretrained { get; init; }

    /// <summary>Adapters of the model; null for none.</summary>
    internal StoredAdapter? Adapter { get; init; }

    /// <summary>Where the steps end that the reward model scores; null if it scores whole completions.</summary>
    internal StepEnd? StepEnd { get; init; }

    /// <summary>A short name of a model: the last part of the folder, or of the name on a hub, that it was asked for by.</summary>
    /// <param name="from">The folder or the name.</param>
    internal static string NameOf(string from)
    {
        string name = Path.GetFileName(from.TrimEnd('/', '\\'));
        return name.Length > 0 ? name : "model";
    }

    /// <summary>The model as files hold it.</summary>
    internal StoredModel Stored => new(Model, Tokenizer.VocabularySize, Parameters) { Adapter = Adapter };

    /// <summary>Reads a model. The folder of a run means its latest checkpoint.</summary>
    /// <param name="folder">A checkpoint's folder, a run's, or one in Hugging Face's or PEFT's layout.</param>
    /// <param name="tokenizers">Kinds of tokenizers that it may have; null for what is shipped.</param>
    /// <exception cref="InputException">The folder is missing or contains no such model; every problem is listed.</exception>
    public static ModelFolder Load(string folder, TokenizerKinds? tokenizers = null) =>
        Read(Whole(Find(folder, SettingsFile, PeftConfig.FileName)), tokenizers, shared: null);

    /// <summary>Reads a model with adapters of another folder, whatever model these name as their own.</summary>
    /// <param name="folder">The model, as for <see cref="Load"/>.</param>
    /// <param name="adapters">A folder in PEFT's layout, or a run's or a checkpoint's that has trained adapters.</param>
    /// <exception cref="InputException">One of them is missing, or the adapters do not fit the model.</exception>
    internal static ModelFolder LoadAdapted(string folder, string adapters)
    {
        ModelFolder model = Load(folder);
        if (model is not { Pretrained: not null, Adapter: null })
        {
            throw new InputException(new InputProblem(
                model.Folder,
                0,
                "",
                model.Adapter is null ? "a model in this program's own layout" : "a model with adapters of its own",
                "a model in Hugging Face's layout, without adapters"));
        }

        string full = Whole(Find(adapters, PeftConfig.FileName));
        return File.Exists(Path.Combine(full, PeftConfig.FileName))
            ? ReadAdapter(full, tokenizers: null, model)
            : throw new InputException(new InputProblem(
                full, 0, "", $"no {PeftConfig.FileName}", "LoRA adapters in PEFT's layout, or a run that has trained them"));
    }

    /// <summary>Reads the model of a checkpoint.</summary>
    /// <param name="checkpoint">Its folder.</param>
    /// <param name="shared">What it has in common with the other checkpoints of its run.</param>
    /// <exception cref="InputException">It is missing, cut off or damaged.</exception>
    internal static ModelFolder LoadCheckpoint(string checkpoint, RunModels shared) => Read(checkpoint, tokenizers: null, shared);

    /// <summary>
    /// Reads a reward model: parameters of its trunk and its head, beside the shape and the tokenizer of the policy that it judges.
    /// The folder of a run means its latest checkpoint that contains one.
    /// </summary>
    /// <param name="folder">A checkpoint's folder, or a run's.</param>
    /// <param name="tokenizers">Kinds of tokenizers that it may have; null for what is shipped.</param>
    /// <exception cref="InputException">The folder is missing or contains no reward model; every problem is listed.</exception>
    public static ModelFolder LoadReward(string folder, TokenizerKinds? tokenizers = null)
    {
        string full = Whole(Find(folder, RewardFile));
        string file = Path.Combine(full, RewardFile);
        if (!File.Exists(file))
        {
            throw new InputException(new InputProblem(
                full, 0, "", $"no {RewardFile}", "a checkpoint of a run that has trained a reward model, or the run's folder"));
        }

        ModelFolder policy = Read(full, tokenizers, shared: null);
        IReadOnlyDictionary<string, TensorData> tensors = Safetensors.Open(file).Tensors;
        IEnumerable<PlannedParameter> plan = policy.Adapter is { } adapter
            ? [.. adapter.Plan.OfTrunk.Parameters, .. ParameterPlan.CreateHead(policy.Model)]
            : ParameterPlan.CreateScalar(policy.Model, policy.Tokenizer.VocabularySize);
        CheckParameters(tensors, plan, file);
        ModelFolder reward = policy with { StepEnd = StepSettings.ReadFrom(full) };
        return reward.Adapter is { } shared
            ? reward with { Adapter = shared with { Plan = shared.Plan.OfTrunk, Tensors = tensors } }
            : reward with { Parameters = tensors };
    }

    /// <summary>
    /// The files of a model: those that it needs, a reward model's beside them, and those of the model that adapters change.
    /// </summary>
    /// <param name="folder">As for <see cref="Load"/>.</param>
    /// <exception cref="InputException">The folder is missing.</exception>
    internal static IReadOnlyList<string> FilesOf(string folder)
    {
        string full = Find(folder, SettingsFile, PeftConfig.FileName);
        string adapter = Path.Combine(full, PeftConfig.FileName);
        string adapted = File.Exists(adapter) && PeftConfig.Read(File.ReadAllText(adapter), adapter) is { Base.Length: > 0 } peft
            ? Find(BaseOf(peft, full), SettingsFile)
            : "";
        return
        [
            .. RepositoryFiles.In(full).Concat([RewardFile, StepSettings.FileName])
                .Select(name => Path.Combine(full, name))
                .Where(File.Exists),
            .. RepositoryFiles.In(adapted).Select(name => Path.Combine(adapted, name)),
        ];
    }

    private static string Find(string folder, params ReadOnlySpan<string> files)
    {
        string full = ModelName.IsMeant(folder)
            ? ModelHub.OfSystem.Resolve(folder, observer: null, CancellationToken.None)
            : Path.GetFullPath(folder);
        if (!Directory.Exists(full))
        {
            throw new InputException(new InputProblem(
                full, 0, "", "no such folder", "the folder of a model, of a checkpoint or of a run; or a model on a hub, as org/name"));
        }

        foreach (string file in files)
        {
            if (File.Exists(Path.Combine(full, file)))
            {
                return full;
            }
        }

        return CheckpointStore.TryFindLatest(full, files, out string latest) ? latest : full;
    }

    // Checkpoints list their files; what other programs made does not.
    private static string Whole(string folder)
    {
        if (Manifest.IsIn(folder))
        {
            Manifest.Check(folder);
        }

        return folder;
    }

    private static ModelFolder Read(string folder, TokenizerKinds? tokenizers, RunModels? shared)
    {
        if (File.Exists(Path.Combine(folder, PeftConfig.FileName)))
        {
            return ReadAdapter(folder, tokenizers, shared?.Start);
        }

        if (PretrainedFolder.IsOne(folder))
        {
            PretrainedFolder stored = PretrainedFolder.Open(folder);
            PretrainedConfig config = stored.Identity.Config;
            ITokenizer own = shared?.Tokenizer ?? TokenizerFile.ReadFolder(folder, config.VocabularySize, tokenizers);
            return new ModelFolder(folder, config.Shape, own, stored.Parameters) { Pretrained = stored.Identity };
        }

        string settings = Path.Combine(folder, SettingsFile);
        ModelSettings model = ModelSettings.Read(ReadText(settings, "the shape of a model"), settings);
        ITokenizer tokenizer = shared?.Tokenizer ?? TokenizerFile.Read(Path.Combine(folder, TokenizerFile.FileName), tokenizers);
        string parameters = Path.Combine(folder, ParametersFile);
        var tensors = Safetensors.Open(parameters).Tensors;
        CheckParameters(tensors, ParameterPlan.Create(model, tokenizer.VocabularySize), parameters);
        return new ModelFolder(folder, model, tokenizer, tensors);
    }

    private static ModelFolder ReadAdapter(string folder, TokenizerKinds? tokenizers, ModelFolder? known)
    {
        string file = Path.Combine(folder, PeftConfig.FileName);
        PeftConfig peft = PeftConfig.Read(ReadText(file, "the configuration of an adapter"), file);
        if (peft.Base.Length == 0 && known is null)
        {
            throw new InputException(new InputProblem(file, 0, "base_model_name_or_path", "nothing", "the model that is adapted"));
        }

        ModelFolder? adapted = known is not null ? known with { Adapter = null } : ReadBase(peft, folder, tokenizers);
        if (adapted is not { Pretrained: { } files })
        {
            throw new InputException(new InputProblem(
                file, 0, "base_model_name_or_path", Characters.Quote(peft.Base), "a model in Hugging Face's layout, without adapters"));
        }

        string weights = Path.Combine(folder, PeftWeights.FileName);
        AdapterPlan plan = AdapterPlan.Create(
            peft.Settings, files.Config.Architecture, adapted.Model, adapted.Tokenizer.VocabularySize, (file, PeftConfig.Targets));
        IReadOnlyDictionary<string, TensorData> tensors = PeftWeights.Load(plan, files.Config, Safetensors.Open(weights).Tensors, weights);
        return adapted with { Folder = folder, Adapter = new StoredAdapter(plan, peft.Base, tensors) };
    }

    // Adapters of adapters are not opened: they may lead back to where they began.
    private static ModelFolder? ReadBase(PeftConfig peft, string folder, TokenizerKinds? tokenizers)
    {
        string found = Whole(Find(BaseOf(peft, folder), SettingsFile, PeftConfig.FileName));
        return File.Exists(Path.Combine(found, PeftConfig.FileName)) ? null : Read(found, tokenizers, shared: null);
    }

    // A folder is found from where the adapters are.
    private static string BaseOf(PeftConfig peft, string folder)
    {
        string beside = Path.GetFullPath(peft.Base, folder);
        return Directory.Exists(beside) ? beside : peft.Base;
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
        IReadOnlyDictionary<string, TensorData> tensors,
        IEnumerable<PlannedParameter> parameters,
        string file)
    {
        var plan = parameters.ToDictionary(parameter => parameter.Name, parameter => $"[{parameter.Rows}, {parameter.Columns}]");
        var problems = new List<InputProblem>();
        foreach (var (name, shape) in plan)
        {
            string found = tensors.TryGetValue(name, out TensorData? tensor) ? $"[{string.Join(", ", tensor.Shape)}]" : "nothing";
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
