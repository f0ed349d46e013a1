using System.Diagnostics.CodeAnalysis;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Export;

/// <summary>An architecture as llama.cpp names it, and what it calls the tensors of a Hugging Face checkpoint.</summary>
/// <param name="Source">The architecture of the checkpoint.</param>
/// <param name="Name">The value of <c>general.architecture</c>.</param>
/// <param name="Blocks">Beginning of the checkpoint's names of a block's tensors, before the block's index.</param>
/// <param name="Stems">Names without the block and without <c>.weight</c> or <c>.bias</c>.</param>
internal sealed record GgufArchitecture(
    Architecture Source,
    string Name,
    string Blocks,
    IReadOnlyDictionary<string, string> Stems)
{
    private const string Query = "self_attn.q_proj";
    private const string Key = "self_attn.k_proj";

    private static readonly Dictionary<string, string> RotaryStems = new(StringComparer.Ordinal)
    {
        ["model.embed_tokens"] = "token_embd",
        ["input_layernorm"] = "attn_norm",
        [Query] = "attn_q",
        [Key] = "attn_k",
        ["self_attn.v_proj"] = "attn_v",
        ["self_attn.q_norm"] = "attn_q_norm",
        ["self_attn.k_norm"] = "attn_k_norm",
        ["self_attn.o_proj"] = "attn_output",
        ["post_attention_layernorm"] = "ffn_norm",
        ["mlp.gate_proj"] = "ffn_gate",
        ["mlp.up_proj"] = "ffn_up",
        ["mlp.down_proj"] = "ffn_down",
        ["model.norm"] = "output_norm",
        ["lm_head"] = "output",
    };

    private static readonly Dictionary<string, string> Gpt2Stems = new(StringComparer.Ordinal)
    {
        ["transformer.wte"] = "token_embd",
        ["transformer.wpe"] = "position_embd",
        ["ln_1"] = "attn_norm",
        ["attn.c_attn"] = "attn_qkv",
        ["attn.c_proj"] = "attn_output",
        ["ln_2"] = "ffn_norm",
        ["mlp.c_fc"] = "ffn_up",
        ["mlp.c_proj"] = "ffn_down",
        ["transformer.ln_f"] = "output_norm",
        ["lm_head"] = "output",
    };

    private static readonly GgufArchitecture[] All =
    [
        new(Architecture.Gpt2, "gpt2", "transformer.h.", Gpt2Stems),
        new(Architecture.Llama, "llama", "model.layers.", RotaryStems),
        new(Architecture.Mistral, "llama", "model.layers.", RotaryStems),
        new(Architecture.Qwen2, "qwen2", "model.layers.", RotaryStems),
        new(Architecture.Qwen3, "qwen3", "model.layers.", RotaryStems),
    ];

    /// <summary>Whether llama.cpp rotates neighbouring rows of a head as pairs, and not those of its two halves.</summary>
    public bool RotatesNeighbours => Name == "llama";

    /// <summary>Whether the file may hold factors of the rotary frequencies.</summary>
    public bool HasRotaryFactors => Name == "llama";

    /// <summary>Finds the architecture of a checkpoint.</summary>
    /// <param name="source">The checkpoint's.</param>
    /// <param name="architecture">llama.cpp's.</param>
    public static bool TryFind(Architecture source, [NotNullWhen(true)] out GgufArchitecture? architecture)
    {
        architecture = Array.Find(All, known => known.Source == source);
        return architecture is not null;
    }

    /// <summary>What llama.cpp calls a tensor.</summary>
    /// <param name="name">The checkpoint's name.</param>
    public string NameOf(string name)
    {
        (string block, string stem, string kind) = Split(name);
        return $"{block}{Stems[stem]}{kind}";
    }

    /// <summary>Whether a tensor's rows are those of queries or keys, head after head.</summary>
    /// <param name="name">The checkpoint's name.</param>
    public bool IsRotated(string name) => Split(name).Stem is Query or Key;

    // "model.layers.3.mlp.up_proj.weight" is "blk.3.", "mlp.up_proj" and ".weight".
    private (string Block, string Stem, string Kind) Split(string name)
    {
        int kind = name.LastIndexOf('.');
        if (!name.StartsWith(Blocks, StringComparison.Ordinal))
        {
            return ("", name[..kind], name[kind..]);
        }

        int index = name.IndexOf('.', Blocks.Length);
        return ($"blk.{name[Blocks.Length..index]}.", name[(index + 1)..kind], name[kind..]);
    }
}
