namespace RlCore.Trainers.Models;

/// <summary>Keys of config.json that say nothing about a model's mathematics as it is used here.</summary>
internal static class ConfigDefaults
{
    // They describe files, defaults of generation, how a computation is split, or dropout, which reinforcement learning switches off.
    private static readonly string[] Harmless =
    [
        "architectures", "attention_dropout", "attn_pdrop", "bos_token_id", "chunk_size_feed_forward", "decoder_start_token_id", "dtype",
        "embd_pdrop", "eos_token_id", "finetuning_task", "gradient_checkpointing", "id2label", "is_decoder", "is_llama_config", "label2id",
        "library_name", "license", "max_window_layers", "n_ctx", "name_or_path", "output_attentions", "output_hidden_states",
        "pad_token_id", "pretraining_tp", "problem_type", "reorder_and_upcast_attn", "resid_pdrop", "return_dict",
        "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
        "task_specific_params", "tokenizer_class", "torch_dtype", "transformers.js_config", "transformers_version", "unk_token_id",
        "unsloth_fixed", "unsloth_version", "use_cache",
    ];

    /// <summary>Skips them.</summary>
    /// <param name="keys">The keys of a config.json.</param>
    public static void SkipHarmless(ConfigKeys keys) => keys.Skip(Harmless);
}
