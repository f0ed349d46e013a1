using System.Text.Json.Nodes;
using RlCore.Interop.Tests.Tokenizers;
using RlCore.Trainers.Export;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>llama.cpp's tokenizers on exported vocabularies, against this program's own.</summary>
public sealed class GgufTokenizerLaws
{
    private static readonly string[] Texts =
    [
        "Once upon a time, there was a little girl named Lily.",
        "the quick brown fox jumps over the lazy dog and then comes home again",
        "  two spaces,\n\n\tand a tab\r\nThey've told'LL don't 1234567 més",
        "日本語と ไทย and 👩‍👩‍👧 and e\u0301",
        "int main() { return 0; } // ▁",
        "before<tool>after <|end_of_text|>",
        "",
    ];

    public static TheoryData<string> Models => [.. SmallModel.All.Select(model => model.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Texts_have_the_same_tokens(string name)
    {
        using var folder = new TemporaryFolder();
        Check(SmallModel.All.Single(known => known.Name == name).Write(folder.In(name)), folder.In("model.gguf"));
    }

    [Fact]
    public void Texts_have_the_same_tokens_in_a_sentence_piece_vocabulary()
    {
        using var folder = new TemporaryFolder();
        Check(TestModels.Require("stories260K"), folder.In("model.gguf"));
    }

    [Theory]
    [InlineData("llama2", 32_000)]
    [InlineData("llama3_1", 128_256)]
    [InlineData("qwen3", 151_936)]
    public void Texts_have_the_same_tokens_in_the_vocabularies_of_real_models(string name, int rows)
    {
        string real = RealTokenizers.Folder(name);
        using var folder = new TemporaryFolder();
        string model = SmallModel.With(rows).Write(folder.In(name));
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json" })
        {
            File.Copy(Path.Combine(real, file), Path.Combine(model, file), overwrite: true);
        }

        Check(model, folder.In("model.gguf"));
    }

    [Theory]
    [InlineData("llama", "LlamaTokenizerFast", false)]
    [InlineData("llama", "PreTrainedTokenizerFast", false)]
    [InlineData("qwen2", "PreTrainedTokenizerFast", true)]
    public void Texts_begin_as_the_settings_of_the_tokenizer_say(string name, string type, bool adds)
    {
        using var folder = new TemporaryFolder();
        string model = SmallModel.All.Single(known => known.Name == name).Write(folder.In(name));
        string file = Path.Combine(model, "tokenizer_config.json");
        JsonNode root = JsonNode.Parse(File.ReadAllText(file))!;
        root["tokenizer_class"] = type;
        root["add_bos_token"] = adds;
        File.WriteAllText(file, root.ToJsonString());
        Check(model, folder.In("model.gguf"));
    }

    [Fact]
    public void The_chat_template_and_the_ends_are_those_of_the_folder()
    {
        using var folder = new TemporaryFolder();
        string model = SmallModel.All[0].Write(folder.In("llama"));
        File.WriteAllText(Path.Combine(model, "generation_config.json"), """{ "eos_token_id": [7, 477] }""");
        GgufExport.Write(model, folder.In("model.gguf"), GgufType.F32);
        using LlamaCpp other = LlamaCpp.Open(folder.In("model.gguf"));
        Assert.Equal(SmallModel.Template, other.Metadata("tokenizer.chat_template"));
        Assert.True(other.Ends(7));
        Assert.False(other.Ends(8));
    }

    private static void Check(string model, string file)
    {
        LlamaCpp.Require();
        GgufExport.Write(model, file, GgufType.F32);
        using LlamaCpp other = LlamaCpp.Open(file);
        ITokenizer own = TokenizerFile.ReadFolder(model, other.VocabularySize);

        // llama.cpp does not compose characters for the tokenizers that ask for it: it gets composed text.
        bool composes = File.ReadAllText(Path.Combine(model, "tokenizer.json")).Contains("\"NFC\"", StringComparison.Ordinal);
        foreach (string text in Texts.Select(text => composes ? text.Replace("e\u0301", "é", StringComparison.Ordinal) : text))
        {
            Assert.Equal(own.EncodePrompt(text), other.Tokenize(text, isWhole: true));
        }
    }
}
