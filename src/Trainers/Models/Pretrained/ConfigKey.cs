namespace RlCore.Trainers.Models;

/// <summary>Names of keys of config.json, for what reads them, writes them and names them in messages.</summary>
internal static class ConfigKey
{
    // Keys of every architecture.
    public const string Architectures = "architectures";
    public const string ModelType = "model_type";
    public const string BosTokenId = "bos_token_id";
    public const string EosTokenId = "eos_token_id";
    public const string PadTokenId = "pad_token_id";
    public const string InitializerRange = "initializer_range";
    public const string TieWordEmbeddings = "tie_word_embeddings";
    public const string TorchType = "torch_dtype";
    public const string Type = "dtype";
    public const string VocabularySize = "vocab_size";

    // Keys of GPT-2.
    public const string ActivationFunction = "activation_function";
    public const string Gpt2AttentionDropout = "attn_pdrop";
    public const string Gpt2EmbeddingDropout = "embd_pdrop";
    public const string Gpt2ResidualDropout = "resid_pdrop";
    public const string LayerNormEpsilon = "layer_norm_epsilon";
    public const string Gpt2Width = "n_embd";
    public const string Gpt2Heads = "n_head";
    public const string Gpt2MlpWidth = "n_inner";
    public const string Gpt2Layers = "n_layer";
    public const string Gpt2Context = "n_positions";

    // Keys of Llama and its kin.
    public const string AttentionBias = "attention_bias";
    public const string HeadSize = "head_dim";
    public const string HiddenActivation = "hidden_act";
    public const string HiddenSize = "hidden_size";
    public const string IntermediateSize = "intermediate_size";
    public const string MaxPositionEmbeddings = "max_position_embeddings";
    public const string MlpBias = "mlp_bias";
    public const string NumAttentionHeads = "num_attention_heads";
    public const string NumHiddenLayers = "num_hidden_layers";
    public const string NumKeyValueHeads = "num_key_value_heads";
    public const string RmsNormEpsilon = "rms_norm_eps";

    // Keys of rotary positions.
    public const string RopeParameters = "rope_parameters";
    public const string RopeScaling = "rope_scaling";
    public const string RopeTheta = "rope_theta";
    public const string RopeType = "rope_type";
    public const string Factor = "factor";
    public const string LowFrequencyFactor = "low_freq_factor";
    public const string HighFrequencyFactor = "high_freq_factor";
    public const string OriginalMaxPositionEmbeddings = "original_max_position_embeddings";
    public const string BetaFast = "beta_fast";
    public const string BetaSlow = "beta_slow";
    public const string AttentionFactor = "attention_factor";
}
