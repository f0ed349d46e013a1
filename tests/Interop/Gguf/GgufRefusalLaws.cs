using RlCore.Trainers.Export;
using RlCore.Trainers.Inputs;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>What llama.cpp cannot represent is refused by name, and nothing is written.</summary>
public sealed class GgufRefusalLaws
{
    private const string Llama3Scaling = """
        { "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64 }
        """;

    [Theory]
    [InlineData("qwen2", "config.json", "rope_scaling", Llama3Scaling, "rope_scaling")]
    [InlineData("qwen2-yarn", "config.json", "rope_scaling.beta_fast", "16", "rope_scaling.beta_fast")]
    [InlineData("qwen2-yarn", "config.json", "rope_scaling.beta_slow", "2", "rope_scaling.beta_slow")]
    [InlineData("qwen3", "config.json", "attention_bias", "true", "attention_bias")]
    [InlineData("qwen2", "config.json", "hidden_act", "\"gelu\"", "hidden_act")]
    [InlineData("qwen2", "tokenizer.json", "normalizer", """{ "type": "Lowercase" }""", "normalizer.type")]
    [InlineData("qwen2", "tokenizer.json", "model.type", "\"WordPiece\"", "model.type")]
    [InlineData("qwen2", "tokenizer.json", "model.ignore_merges", "true", "pre_tokenizer")]
    [InlineData("qwen2", "tokenizer.json", "model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix")]
    [InlineData("qwen2", "tokenizer.json", "pre_tokenizer", """{ "type": "Whitespace" }""", "pre_tokenizer.type")]
    [InlineData("qwen2", "tokenizer.json", "pre_tokenizer.pretokenizers.0.invert", "true", "pre_tokenizer.pretokenizers[0].invert")]
    [InlineData("gpt2", "tokenizer.json", "pre_tokenizer.add_prefix_space", "true", "pre_tokenizer.add_prefix_space")]
    [InlineData("gpt2", "tokenizer.json", "added_tokens.0.lstrip", "true", "added_tokens[0].lstrip")]
    [InlineData("gpt2", "tokenizer.json", "added_tokens.0.id", "480", "")]
    [InlineData("gpt2", "tokenizer.json", "added_tokens.0.id", "3", "")]
    [InlineData("gpt2", "tokenizer_config.json", "eos_token", "null", "eos_token")]
    [InlineData("gpt2", "tokenizer_config.json", "eos_token", "\"<nothing>\"", "eos_token")]
    [InlineData(ModelCopies.Stories, "tokenizer.json", "model.byte_fallback", "false", "normalizer.type")]
    [InlineData(ModelCopies.Stories, "tokenizer.json", "model.merges.0", "\"h e\"", "model")]
    [InlineData(
        ModelCopies.Stories,
        "tokenizer.json",
        "normalizer.normalizers.0",
        """{ "type": "NFKC" }""",
        "normalizer.normalizers[0].type")]
    [InlineData(ModelCopies.Stories, "generation_config.json", "eos_token_id", "[5, 6, 7, 8]", "eos_token_id")]
    [InlineData(ModelCopies.Stories, "generation_config.json", "eos_token_id", "[5, 512]", "eos_token_id[1]")]
    public void A_model_that_cannot_be_represented_is_refused_by_name(string name, string file, string key, string value, string refused)
    {
        using var folder = new TemporaryFolder();
        string model = ModelCopies.Make(name, folder.In("model"));
        string changed = Path.Combine(model, file);
        ModelCopies.Set(changed, key, value);
        string target = folder.In("out.gguf");
        var failure = Assert.Throws<InputException>(() => GgufExport.Write(model, target, GgufType.F32));
        Assert.Equal(refused, failure.Problems[0].Column);
        Assert.Equal(Path.GetFullPath(changed), Path.GetFullPath(failure.Problems[0].File));
        Assert.Equal([model], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_number_too_large_for_its_type_is_refused_and_fits_another()
    {
        using var folder = new TemporaryFolder();
        string model = SmallModel.All[0].Write(folder.In("model"), first: 70_000);
        var failure = Assert.Throws<InputException>(() => GgufExport.Write(model, folder.In("out.gguf"), GgufType.F16));
        Assert.Equal("model.embed_tokens.weight", failure.Problems[0].Column);
        Assert.Equal([model], Directory.GetFileSystemEntries(folder.Path));
        GgufExport.Write(model, folder.In("out.gguf"), GgufType.BF16);
    }

    [Fact]
    public void A_tokenizer_of_characters_is_refused()
    {
        using var folder = new TemporaryFolder();
        string model = SmallModel.All[0].Write(folder.In("model"));
        File.WriteAllText(Path.Combine(model, "tokenizer.json"), """{ "type": "character", "tokens": ["<eos>", "a"] }""");
        var failure = Assert.Throws<InputException>(() => GgufExport.Write(model, folder.In("out.gguf"), GgufType.F16));
        Assert.Equal(("type", "\"character\""), (failure.Problems[0].Column, failure.Problems[0].Found));
    }

    [Property(MaxTest = 100)]
    public void Damaged_files_are_read_right_or_refused(int seed)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(seed);
        string model = SmallModel.All[random.Next(SmallModel.All.Count)].Write(folder.In("model"));
        string[] texts = ["config.json", "tokenizer.json", "tokenizer_config.json"];
        string file = Path.Combine(model, texts[random.Next(texts.Length)]);
        File.WriteAllBytes(file, Damage(File.ReadAllBytes(file), random));
        try
        {
            GgufExport.Write(model, folder.In("out.gguf"), GgufType.F16);
        }
        catch (InputException refused)
        {
            Assert.NotEmpty(refused.Problems);
        }
    }

    private static byte[] Damage(byte[] content, Random random)
    {
        byte[] signs = [.. "0123456789-{}[]\",:\\u "u8, 0xFF];
        int at = random.Next(content.Length);
        int count = random.Next(1, Math.Min(40, content.Length - at + 1));
        byte[] other = [.. Enumerable.Range(0, random.Next(5)).Select(_ => signs[random.Next(signs.Length)])];
        return random.Next(4) switch
        {
            0 => content[..at],
            1 => [.. content[..at], .. content[(at + count)..]],
            2 => [.. content[..at], .. other, .. content[(at + other.Length < content.Length ? at + other.Length : at)..]],
            _ => [.. content[..at], .. content[at..(at + count)], .. content[at..]],
        };
    }
}
