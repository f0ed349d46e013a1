namespace RlCore.Fuzz;

/// <summary>Good inputs in JSON.</summary>
internal static class JsonTexts
{
    public const string Lines = """
        {"prompt":"a","completion":"b"}
        {"prompt":"1+1=","completion":"2","extra":{"n":[1,2.5,null,true]}}
        """;

    public const string List = """
        [{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}]},
         {"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}],"id":7}]
        """;

    public const string Instructions = """
        [{"instruction":"Add.","input":"1 1","output":"2","history":[["a","b"]]},{"instruction":"Say.","output":"x"}]
        """;

    public const string Recipe = """
        { // A comment.
          "characters": "abc", "seed": 3,
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
          "stages": [
            { "type": "sft", "data": "sft.csv", "steps": 2, "batchSize": 2, "optimizer": { "learningRate": 1e-2 } },
            { "type": "grpo", "data": "q.csv", "steps": 1, "maxCompletionTokens": 4,
              "rewards": ["exact", { "type": "regex", "pattern": "a+", "weight": 0.5 }] },
            { "type": "dpo", "data": "p.csv", "steps": 1, "loss": "sigmoid", "beta": 0.2 },
          ],
          "checkpoints": { "every": 2 }
        }
        """;

    public const string Llama = """
        {"model_type":"llama","architectures":["LlamaForCausalLM"],"hidden_size":64,"num_hidden_layers":2,"num_attention_heads":4,
         "num_key_value_heads":2,"intermediate_size":160,"rms_norm_eps":1e-5,"rope_theta":10000.0,"max_position_embeddings":256,
         "hidden_act":"silu","vocab_size":100,"tie_word_embeddings":false,
         "rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
         "original_max_position_embeddings":64}}
        """;

    public const string Gpt2 = """
        {"model_type":"gpt2","n_layer":2,"n_embd":8,"n_head":2,"n_positions":16,"vocab_size":10,"activation_function":"gelu_new"}
        """;

    public const string Adapter = """
        {"peft_type":"LORA","base_model_name_or_path":"../base","r":4,"lora_alpha":8,"target_modules":["q_proj","v_proj"],
         "lora_dropout":0.0,"bias":"none","fan_in_fan_out":false,"use_rslora":false,"modules_to_save":null}
        """;

    public const string Index = """
        {"metadata":{"total_size":28},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}
        """;

    public const string Listing = """
        {"sha":"0123456789012345678901234567890123456789",
         "siblings":[{"rfilename":"config.json","blobId":"abc","size":10},{"rfilename":"m.safetensors","lfs":{"sha256":"ff"},"size":3}]}
        """;

    public const string Schema = """
        {"$defs":{"t":{"type":["object","array"],"items":{"$ref":"#/$defs/t"}}},"type":"object","required":["a"],
         "properties":{"a":{"type":"integer","minimum":0,"multipleOf":2},"b":{"pattern":"^(a|b)+$","maxLength":9},
         "c":{"oneOf":[{"const":1},{"enum":["x",null]}]},"d":{"$ref":"#/$defs/t","uniqueItems":true}},
         "patternProperties":{"^x-":{"format":"date"}},"additionalProperties":false}
        """;

    public const string Character = """
        {"type":"character","tokens":["<eos>","a","b","c"]}
        """;

    public const string Configuration = """
        {"eos_token":"<|end|>","bos_token":{"content":"<|end|>"},"add_bos_token":true,"tokenizer_class":"LlamaTokenizerFast",
         "chat_template":"{% for m in messages %}{{ m.role }}: {{ m['content'] | trim }}{{ eos_token }}{% endfor %}"}
        """;

    public const string Generation = """
        {"eos_token_id":[0,1],"temperature":0.6}
        """;
}
