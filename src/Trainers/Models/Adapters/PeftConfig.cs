using System.Text.Json.Nodes;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Models;

/// <summary>adapter_config.json, as PEFT reads and writes it.</summary>
/// <param name="Base">The model that is adapted: its folder, or its name on a hub, as org/name or org/name@revision.</param>
/// <param name="Settings">The settings.</param>
internal sealed record PeftConfig(string Base, LoraSettings Settings)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>The key of the layers that are adapted.</summary>
    public const string Targets = "target_modules";

    private const string BaseKey = "base_model_name_or_path";
    private const string RevisionKey = "revision";

    private const string Embedding = "embed_tokens";
    private const string Gpt2Embedding = "wte";
    private const string Head = "lm_head";

    // They say how adapters were initialized, or what program made them.
    private static readonly string[] Harmless =
    [
        "auto_mapping", "ensure_weight_tying", "inference_mode", "init_lora_weights", "loftq_config", "lora_ga_config", "megatron_config",
        "megatron_core", "peft_version", "qalora_group_size", "runtime_config", "task_type",
    ];

    // Each changes what adapters compute.
    private static readonly (string Key, string[] Supported)[] Plain =
    [
        ("alora_invocation_tokens", ["null"]), ("alpha_pattern", ["{}"]), ("arrow_config", ["null"]), ("corda_config", ["null"]),
        ("eva_config", ["null"]), ("exclude_modules", ["null", "[]"]), ("layer_replication", ["null"]), ("layers_pattern", ["null", "[]"]),
        ("layers_to_transform", ["null", "[]"]), ("lora_bias", ["false"]), ("rank_pattern", ["{}"]), ("target_parameters", ["null", "[]"]),
        ("trainable_token_indices", ["null"]), ("use_bdlora", ["null", "false"]), ("use_dora", ["false"]), ("use_qalora", ["false"]),
    ];

    /// <summary>Reads adapter_config.json.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Its file, for messages.</param>
    /// <exception cref="InputException">With every problem.</exception>
    public static PeftConfig Read(string json, string source)
    {
        var problems = new List<InputProblem>();
        var keys = new ConfigKeys(JsonPart.Parse(json, source, "the configuration of an adapter"), problems);
        keys.Require("peft_type", "nothing", "\"LORA\"");
        foreach (var (key, supported) in Plain)
        {
            keys.Require(key, supported[0], supported);
        }

        string bias = keys.Text("bias", "none");
        if (bias is not ("none" or "lora_only"))
        {
            keys.Add("bias", Characters.Quote(bias), "none or lora_only");
        }

        IReadOnlyList<string> saved = keys.Texts("modules_to_save");
        foreach (string module in saved.Where(module => module is not (Embedding or Gpt2Embedding or Head)))
        {
            keys.Add("modules_to_save", Characters.Quote(module), $"{Embedding} and {Head}, or none");
        }

        var settings = new LoraSettings
        {
            Rank = keys.Count("r"),
            Alpha = keys.Number("lora_alpha"),
            RankStabilized = keys.Flag("use_rslora", false),
            Dropout = keys.Fraction("lora_dropout", 0),
            Targets = string.Join(',', keys.Texts(Targets)),
            Biases = bias == "lora_only",
            Embeddings = saved.Count > 0,
        };
        string from = keys.Text(BaseKey, "");
        string revision = keys.Text(RevisionKey, "");
        keys.Skip([.. Harmless, "fan_in_fan_out"]);
        keys.Finish();
        ((Settings.ICheckedSettings)settings).Check((_, found, expected) => keys.Add(Targets, found, expected));
        string pinned = revision.Length > 0 && ModelName.IsMeant(from) ? $"{from}@{revision}" : from;
        return problems.Count == 0 ? new PeftConfig(pinned, settings) : throw new InputException(problems);
    }

    /// <summary>The text of adapter_config.json.</summary>
    /// <param name="plan">The adapters.</param>
    /// <param name="architecture">Architecture of the model.</param>
    /// <param name="from">The model that is adapted, as <see cref="Base"/>.</param>
    public static string Print(AdapterPlan plan, Architecture architecture, string from)
    {
        LoraSettings settings = plan.Settings;
        bool isNamed = ModelName.TryParse(from, out ModelName name) && ModelName.IsMeant(from);
        bool isPinned = isNamed && name.Revision != ModelName.DefaultRevision;
        bool isGpt2 = architecture == Architecture.Gpt2;
        string[] saved =
        [
            isGpt2 ? Gpt2Embedding : Embedding,
            .. plan.Replaced.Any(one => one.Name == ParameterPlan.Head) ? [Head] : (string[])[],
        ];
        string[] targets = [.. plan.Layers.Select(layer => layer.Module[(layer.Module.LastIndexOf('.') + 1)..]).Distinct()];
        var root = new JsonObject
        {
            ["alpha_pattern"] = new JsonObject(),
            [BaseKey] = isPinned ? name.Id : from,
            ["bias"] = settings.Biases ? "lora_only" : "none",
            ["fan_in_fan_out"] = isGpt2,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["lora_alpha"] = settings.Alpha,
            ["lora_dropout"] = settings.Dropout,
            ["modules_to_save"] = settings.Embeddings ? new JsonArray([.. saved.Select(name => JsonValue.Create(name))]) : null,
            ["peft_type"] = "LORA",
            ["r"] = settings.Rank,
            ["rank_pattern"] = new JsonObject(),
            [RevisionKey] = isPinned ? name.Revision : null,
            [Targets] = new JsonArray([.. targets.Select(name => JsonValue.Create(name))]),
            ["task_type"] = "CAUSAL_LM",
            ["use_dora"] = false,
            ["use_rslora"] = settings.RankStabilized,
        };
        return ConfigText.Print(root);
    }
}
