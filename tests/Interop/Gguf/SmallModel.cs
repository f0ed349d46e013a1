using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Files;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>A small model with random weights, as a folder in Hugging Face's layout.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Config">The keys of config.json that are the case's own.</param>
/// <param name="Expression">How its tokenizer cuts words.</param>
/// <param name="Begins">Whether its tokenizer begins texts with a token.</param>
internal sealed record SmallModel(string Name, string Config, string Expression, bool Begins)
{
    public const string Template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}";

    private const int Layers = 2;

    private const string Llama = """
        "model_type": "llama", "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 160,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "max_position_embeddings": 256
        """;

    private const string Qwen2 = """
        "model_type": "qwen2", "hidden_size": 96, "num_attention_heads": 6, "num_key_value_heads": 2, "intermediate_size": 128,
        "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "max_position_embeddings": 256
        """;

    /// <summary>The cases.</summary>
    public static IReadOnlyList<SmallModel> All { get; } =
    [
        new("llama", Llama, SmallTokenizer.Llama3, true),
        new("llama-biases", Llama + """, "attention_bias": true, "mlp_bias": true, "head_dim": 24 """, SmallTokenizer.Llama3, true),
        new(
            "llama3",
            Llama + """
                , "rope_scaling": { "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64 }
                """,
            SmallTokenizer.Llama3,
            true),
        new("llama-linear", Llama + """, "rope_scaling": { "type": "linear", "factor": 2.5 } """, SmallTokenizer.Llama3, false),
        new("mistral", Llama.Replace("\"llama\"", "\"mistral\"", StringComparison.Ordinal), SmallTokenizer.Llama3, true),
        new("qwen2", Qwen2 + """, "tie_word_embeddings": true """, SmallTokenizer.Qwen2, false),
        new(
            "qwen2-yarn",
            Qwen2 + """, "rope_scaling": { "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64 } """,
            SmallTokenizer.Qwen2,
            false),
        new(
            "qwen2-yarn-attention",
            Qwen2 + """
                , "rope_scaling": { "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "attention_factor": 1.6 }
                """,
            SmallTokenizer.Qwen2,
            false),
        new(
            "qwen3",
            """
            "model_type": "qwen3", "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32,
            "intermediate_size": 96, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "max_position_embeddings": 256
            """,
            SmallTokenizer.Qwen2,
            false),
        new(
            "gpt2",
            """
            "model_type": "gpt2", "n_embd": 64, "n_head": 4, "n_inner": null, "n_layer": 2, "n_positions": 256,
            "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"
            """,
            SmallTokenizer.GptWords,
            false),
    ];

    /// <summary>Rows of the embedding; a few more than the tokenizer has tokens.</summary>
    public int Vocabulary { get; init; } = 480;

    /// <summary>A model with rows for the tokens of another tokenizer.</summary>
    public static SmallModel With(int vocabulary) => new(
        "vocabulary", Llama + """, "tie_word_embeddings": true """, SmallTokenizer.Llama3, false) { Vocabulary = vocabulary };

    /// <summary>Writes the model's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="first">The first number of the embedding, if it is not 0.</param>
    public string Write(string folder, float first = 0)
    {
        Directory.CreateDirectory(folder);
        JsonObject config = JsonNode.Parse($"{{ {Config} }}")!.AsObject();
        config["vocab_size"] = Vocabulary;
        config[IsGpt2 ? "n_layer" : "num_hidden_layers"] = Layers;
        var tensors = Tensors(config).Index().ToDictionary(
            tensor => tensor.Item.Name,
            TensorData (tensor) => Random(tensor.Item.Shape, tensor.Item.Name, seed: 100 + tensor.Index));
        if (first != 0)
        {
            ((SafetensorsTensor)tensors["model.embed_tokens.weight"]).Values[0] = first;
        }

        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), SmallTokenizer.Create(Expression, Begins));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(new
        {
            bos_token = SmallTokenizer.Beginning,
            eos_token = SmallTokenizer.End,
            chat_template = Template,
        }));
        foreach (var (name, write) in ShardedSafetensors.Files(tensors, mostBytes: 100_000))
        {
            using FileStream stream = File.Create(Path.Combine(folder, name));
            write(stream);
        }

        return folder;
    }

    private bool IsGpt2 => Config.Contains("gpt2", StringComparison.Ordinal);

    // Norms near one, biases that matter, and embeddings large enough that the most probable token is far ahead of the next; smaller ones
    // for GPT-2, as llama.cpp looks its activation up in a table of 16-bit numbers.
    private static SafetensorsTensor Random(int[] shape, string name, int seed)
    {
        var random = new Random(seed);
        bool isGpt2Table = name.StartsWith("wte", StringComparison.Ordinal);
        bool isNorm = shape.Length == 1 && name.EndsWith("weight", StringComparison.Ordinal);
        bool isTable = name.Contains("embed", StringComparison.Ordinal) || name.Contains("lm_head", StringComparison.Ordinal);
        double scale = isTable ? 0.5 : isGpt2Table ? 0.05 : shape.Length == 1 ? 0.2 : 1.5 / Math.Sqrt(shape[^1]);
        var values = new float[shape.Aggregate(1, (product, extent) => product * extent)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)((isNorm ? 1 : 0) + (scale * ((2 * random.NextDouble()) - 1) * Math.Sqrt(3)));
        }

        return new SafetensorsTensor(shape, values);
    }

    private IEnumerable<(string Name, int[] Shape)> Tensors(JsonObject config) => IsGpt2 ? Gpt2Tensors(config) : RotaryTensors(config);

    private IEnumerable<(string Name, int[] Shape)> RotaryTensors(JsonObject config)
    {
        int width = (int)config["hidden_size"]!;
        int heads = (int)config["num_attention_heads"]!;
        int size = config["head_dim"] is { } own ? (int)own : width / heads;
        int keys = (int)config["num_key_value_heads"]! * size;
        int inner = (int)config["intermediate_size"]!;
        bool isQwen2 = (string)config["model_type"]! == "qwen2";
        bool biased = config["attention_bias"] is { } bias && (bool)bias;
        yield return ("model.embed_tokens.weight", [Vocabulary, width]);
        for (int layer = 0; layer < Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            (string Name, int Rows, int Columns, bool Bias)[] matrices =
            [
                ("self_attn.q_proj", heads * size, width, biased || isQwen2),
                ("self_attn.k_proj", keys, width, biased || isQwen2),
                ("self_attn.v_proj", keys, width, biased || isQwen2),
                ("self_attn.o_proj", width, heads * size, biased),
                ("mlp.gate_proj", inner, width, biased),
                ("mlp.up_proj", inner, width, biased),
                ("mlp.down_proj", width, inner, biased),
            ];
            foreach (var (name, rows, columns, hasBias) in matrices)
            {
                yield return ($"{prefix}{name}.weight", [rows, columns]);
                if (hasBias)
                {
                    yield return ($"{prefix}{name}.bias", [rows]);
                }
            }

            yield return ($"{prefix}input_layernorm.weight", [width]);
            yield return ($"{prefix}post_attention_layernorm.weight", [width]);
            if ((string)config["model_type"]! == "qwen3")
            {
                yield return ($"{prefix}self_attn.q_norm.weight", [size]);
                yield return ($"{prefix}self_attn.k_norm.weight", [size]);
            }
        }

        yield return ("model.norm.weight", [width]);
        if (config["tie_word_embeddings"] is not { } tied || !(bool)tied)
        {
            yield return ("lm_head.weight", [Vocabulary, width]);
        }
    }

    // Published GPT-2 checkpoints have no prefix before these names.
    private IEnumerable<(string Name, int[] Shape)> Gpt2Tensors(JsonObject config)
    {
        int width = (int)config["n_embd"]!;
        yield return ("wte.weight", [Vocabulary, width]);
        yield return ("wpe.weight", [(int)config["n_positions"]!, width]);
        for (int layer = 0; layer < Layers; layer++)
        {
            string prefix = $"h.{layer}.";
            (string Name, int Inputs, int Outputs)[] matrices =
            [
                ("attn.c_attn", width, 3 * width), ("attn.c_proj", width, width), ("mlp.c_fc", width, 4 * width),
                ("mlp.c_proj", 4 * width, width),
            ];
            foreach (var (name, inputs, outputs) in matrices)
            {
                yield return ($"{prefix}{name}.weight", [inputs, outputs]);
                yield return ($"{prefix}{name}.bias", [outputs]);
            }

            foreach (string norm in new[] { "ln_1", "ln_2" })
            {
                yield return ($"{prefix}{norm}.weight", [width]);
                yield return ($"{prefix}{norm}.bias", [width]);
            }
        }

        yield return ("ln_f.weight", [width]);
        yield return ("ln_f.bias", [width]);
    }
}
