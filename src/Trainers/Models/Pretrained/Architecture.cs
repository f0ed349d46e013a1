namespace RlCore.Trainers.Models;

/// <summary>
/// An architecture as Hugging Face names it: how its config.json describes the one decoder, and what its checkpoints call the decoder's
/// parameters.
/// </summary>
/// <param name="ModelType">The <c>model_type</c> of config.json.</param>
/// <param name="ClassName">The class in the <c>architectures</c> of config.json.</param>
/// <param name="Names">What checkpoints call the decoder's parameters.</param>
internal sealed record Architecture(string ModelType, string ClassName, IReadOnlyList<WeightName> Names)
{
    private const string Block = "blocks.{0}.";
    private const string Layer = "model.layers.{0}.";

    private static readonly WeightName[] RotaryNames =
    [
        new(ParameterPlan.Embedding, "model.embed_tokens.weight"),
        new(Block + "attention_norm.gain", Layer + "input_layernorm.weight"),
        new(Block + "attention.qkv.weight", Attention("q_proj.weight"), Attention("k_proj.weight"), Attention("v_proj.weight")),
        new(Block + "attention.qkv.bias", Attention("q_proj.bias"), Attention("k_proj.bias"), Attention("v_proj.bias")),
        new(Block + "attention.query_norm.gain", Attention("q_norm.weight")),
        new(Block + "attention.key_norm.gain", Attention("k_norm.weight")),
        new(Block + "attention.output.weight", Attention("o_proj.weight")),
        new(Block + "attention.output.bias", Attention("o_proj.bias")),
        new(Block + "mlp_norm.gain", Layer + "post_attention_layernorm.weight"),
        new(Block + "mlp.up.weight", Layer + "mlp.gate_proj.weight", Layer + "mlp.up_proj.weight"),
        new(Block + "mlp.up.bias", Layer + "mlp.gate_proj.bias", Layer + "mlp.up_proj.bias"),
        new(Block + "mlp.down.weight", Layer + "mlp.down_proj.weight"),
        new(Block + "mlp.down.bias", Layer + "mlp.down_proj.bias"),
        new("final_norm.gain", "model.norm.weight"),
        new(ParameterPlan.Head, "lm_head.weight"),
    ];

    private static readonly WeightName[] Gpt2Names =
    [
        new(ParameterPlan.Embedding, "transformer.wte.weight"),
        new(ParameterPlan.Positions, "transformer.wpe.weight"),
        new(Block + "attention_norm.gain", "transformer.h.{0}.ln_1.weight"),
        new(Block + "attention_norm.bias", "transformer.h.{0}.ln_1.bias"),
        new(Block + "attention.qkv.weight", "transformer.h.{0}.attn.c_attn.weight") { IsTransposed = true },
        new(Block + "attention.qkv.bias", "transformer.h.{0}.attn.c_attn.bias"),
        new(Block + "attention.output.weight", "transformer.h.{0}.attn.c_proj.weight") { IsTransposed = true },
        new(Block + "attention.output.bias", "transformer.h.{0}.attn.c_proj.bias"),
        new(Block + "mlp_norm.gain", "transformer.h.{0}.ln_2.weight"),
        new(Block + "mlp_norm.bias", "transformer.h.{0}.ln_2.bias"),
        new(Block + "mlp.up.weight", "transformer.h.{0}.mlp.c_fc.weight") { IsTransposed = true },
        new(Block + "mlp.up.bias", "transformer.h.{0}.mlp.c_fc.bias"),
        new(Block + "mlp.down.weight", "transformer.h.{0}.mlp.c_proj.weight") { IsTransposed = true },
        new(Block + "mlp.down.bias", "transformer.h.{0}.mlp.c_proj.bias"),
        new("final_norm.gain", "transformer.ln_f.weight"),
        new("final_norm.bias", "transformer.ln_f.bias"),
        new(ParameterPlan.Head, "lm_head.weight"),
    ];

    /// <summary>GPT-2.</summary>
    public static Architecture Gpt2 { get; } = new("gpt2", "GPT2LMHeadModel", Gpt2Names);

    /// <summary>Llama 2 and 3, and SmolLM2.</summary>
    public static Architecture Llama { get; } = new("llama", "LlamaForCausalLM", RotaryNames);

    /// <summary>Mistral.</summary>
    public static Architecture Mistral { get; } = new("mistral", "MistralForCausalLM", RotaryNames);

    /// <summary>Qwen2 and Qwen2.5.</summary>
    public static Architecture Qwen2 { get; } = new("qwen2", "Qwen2ForCausalLM", RotaryNames);

    /// <summary>Qwen3.</summary>
    public static Architecture Qwen3 { get; } = new("qwen3", "Qwen3ForCausalLM", RotaryNames);

    /// <summary>All that can be read and written.</summary>
    public static IReadOnlyList<Architecture> All { get; } = [Gpt2, Llama, Mistral, Qwen2, Qwen3];

    /// <summary>
    /// The architecture that a shape of this program's own is, so that its weights can be written under Hugging Face's names.
    /// </summary>
    /// <param name="shape">The shape.</param>
    /// <param name="architecture">The architecture; null if there is none.</param>
    public static bool TryFind(ModelSettings shape, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Architecture? architecture)
    {
        bool isRotary = shape is { Norm: NormKind.Rms, Positions: PositionKind.Rotary, Mlp: MlpKind.GatedSilu };
        architecture = shape switch
        {
            { Norm: NormKind.Layer, Positions: PositionKind.Learned, Mlp: MlpKind.Gelu, Biases: BiasKind.All, HeadNorm: false, HeadSize: 0 }
                when shape.HeadLayout.KeyValueHeads == shape.Heads => Gpt2,
            { HeadNorm: true, Biases: BiasKind.None or BiasKind.Attention } when isRotary => Qwen3,
            { HeadNorm: false, Biases: BiasKind.QueryKeyValue } when isRotary => Qwen2,
            { HeadNorm: false, Biases: not BiasKind.QueryKeyValue } when isRotary => Llama,
            _ => null,
        };
        return architecture is not null;
    }

    private static string Attention(string name) => $"{Layer}self_attn.{name}";
}

/// <summary>What checkpoints call a parameter; {0} stands for the index of the block.</summary>
/// <param name="Parameter">The decoder's name.</param>
/// <param name="Stored">The tensors whose rows, one after the other, are the parameter's.</param>
internal sealed record WeightName(string Parameter, params IReadOnlyList<string> Stored)
{
    /// <summary>Whether the tensor is stored as [inputs, outputs].</summary>
    public bool IsTransposed { get; init; }
}
