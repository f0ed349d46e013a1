namespace RlCore.Trainers.Models;

/// <summary>Keys of config.json that say nothing about a model's mathematics as it is used here.</summary>
internal static class HarmlessKeys
{
    /// <summary>
    /// They describe files, defaults of generation, how a computation is split, or the model's own dropout, which is not applied.
    /// </summary>
    public static IReadOnlyList<string> All { get; } =
    [
        ConfigKey.Architectures, ConfigKey.Gpt2AttentionDropout, ConfigKey.BosTokenId, ConfigKey.Type, ConfigKey.Gpt2EmbeddingDropout,
        ConfigKey.EosTokenId, ConfigKey.PadTokenId, ConfigKey.Gpt2ResidualDropout, ConfigKey.TorchType,
        "attention_dropout", "chunk_size_feed_forward", "decoder_start_token_id", "finetuning_task", "gradient_checkpointing",
        "id2label", "is_decoder", "is_llama_config", "label2id", "library_name", "license", "max_window_layers", "n_ctx",
        "name_or_path", "output_attentions", "output_hidden_states", "pretraining_tp", "problem_type", "reorder_and_upcast_attn",
        "return_dict", "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
        "task_specific_params", "tokenizer_class", "transformers.js_config", "transformers_version", "unk_token_id", "unsloth_fixed",
        "unsloth_version", "use_cache",
    ];
}
