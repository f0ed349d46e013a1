using RlCore.Trainers.Export;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>What exported files say where no text that a model generates would show it.</summary>
public sealed class GgufMetadataLaws
{
    private const string Tokenizer = "tokenizer_config.json";
    private const string Generation = "generation_config.json";

    [Theory]
    [InlineData("bos", "9", Generation, "bos_token_id", "9", "config.json", "bos_token_id", "11")]
    [InlineData("bos", "11", "config.json", "bos_token_id", "11")]
    [InlineData("bos", SmallTokenizer.End, Generation, "bos_token_id", "-1")]
    [InlineData("bos", SmallTokenizer.Tool, Tokenizer, "bos_token", "\"<tool>\"", Generation, "bos_token_id", "9")]
    [InlineData("padding", "7", Generation, "pad_token_id", "7", "config.json", "pad_token_id", "8")]
    [InlineData("padding", SmallTokenizer.Tool, Tokenizer, "pad_token", """{ "content": "<tool>" }""", Generation, "pad_token_id", "7")]
    [InlineData("padding", "", "config.json", "pad_token_id", "-1")]
    [InlineData("eos", SmallTokenizer.End, Generation, "eos_token_id", "[7, END]")]
    [InlineData("eot", "7", Generation, "eos_token_id", "[7, END]")]
    [InlineData("eos", "7", Generation, "eos_token_id", "7")]
    public void A_special_token_is_the_one_of_the_first_file_that_names_it(string role, string token, params string[] settings)
    {
        using var folder = new TemporaryFolder();
        string model = ModelCopies.Make("qwen2", folder.In("model"));
        string[] texts = TokensOf(Export(model, folder, GgufType.F16));
        string end = Array.IndexOf(texts, SmallTokenizer.End).ToString(System.Globalization.CultureInfo.InvariantCulture);
        ModelCopies.Set(Path.Combine(model, Tokenizer), "bos_token", "null");
        foreach (string[] setting in settings.Chunk(3))
        {
            ModelCopies.Set(Path.Combine(model, setting[0]), setting[1], setting[2].Replace("END", end, StringComparison.Ordinal));
        }

        var metadata = Export(model, folder, GgufType.F16).Metadata;
        string[] names = metadata.TryGetValue($"tokenizer.ggml.{role}_token_id", out object? id) ? [$"{id}", texts[(uint)id]] : [""];
        Assert.Contains(token, names);
    }

    [Fact]
    public void Templates_of_several_names_keep_them_and_a_file_of_its_own_goes_first()
    {
        using var folder = new TemporaryFolder();
        string model = ModelCopies.Make("qwen2", folder.In("model"));
        ModelCopies.Set(
            Path.Combine(model, Tokenizer),
            "chat_template",
            """[{ "name": "tool_use", "template": "T" }, { "name": "default", "template": "D" }]""");
        var several = Export(model, folder, GgufType.F16).Metadata;
        Assert.Equal("D", several["tokenizer.chat_template"]);
        Assert.Equal("T", several["tokenizer.chat_template.tool_use"]);
        Assert.Equal(["tool_use"], (string[])several["tokenizer.chat_templates"]);
        File.WriteAllText(Path.Combine(model, "chat_template.jinja"), "F");
        var own = Export(model, folder, GgufType.F16).Metadata;
        Assert.Equal("F", own["tokenizer.chat_template"]);
        Assert.DoesNotContain("tokenizer.chat_templates", own.Keys);
    }

    [Fact]
    public void Tokens_are_of_the_kinds_that_tokenizer_json_gives_them()
    {
        using var folder = new TemporaryFolder();
        GgufContent stories = Export(ModelCopies.Make(ModelCopies.Stories, folder.In("stories")), folder, GgufType.F16);
        var kinds = (int[])stories.Metadata["tokenizer.ggml.token_type"];
        TokenKind[] first = [TokenKind.Unknown, TokenKind.Control, TokenKind.Control, TokenKind.Byte];
        Assert.Equal(first, kinds.Take(4).Select(kind => (TokenKind)kind));
        Assert.Equal((TokenKind.Byte, TokenKind.Normal), ((TokenKind)kinds[258], (TokenKind)kinds[259]));
        GgufContent qwen2 = Export(ModelCopies.Make("qwen2", folder.In("qwen2")), folder, GgufType.F16);
        int tool = Array.IndexOf(TokensOf(qwen2), SmallTokenizer.Tool);
        Assert.Equal(TokenKind.UserDefined, (TokenKind)((int[])qwen2.Metadata["tokenizer.ggml.token_type"])[tool]);
    }

    [Theory]
    [InlineData("never", false)]
    [InlineData("first", true)]
    public void A_space_goes_before_text_as_the_pre_tokenizer_says(string scheme, bool adds)
    {
        using var folder = new TemporaryFolder();
        string model = ModelCopies.Make(ModelCopies.Stories, folder.In("model"));
        string file = Path.Combine(model, "tokenizer.json");
        ModelCopies.Set(file, "normalizer", "null");
        ModelCopies.Set(
            file,
            "pre_tokenizer",
            $$"""{ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": false }""");
        Assert.Equal(adds, Export(model, folder, GgufType.F16).Metadata["tokenizer.ggml.add_space_prefix"]);
    }

    [Fact]
    public void Learned_positions_have_32_bits_in_every_file()
    {
        using var folder = new TemporaryFolder();
        GgufContent file = Export(ModelCopies.Make("gpt2", folder.In("model")), folder, GgufType.F16);
        Assert.Equal("F32", file.Tensors.Single(tensor => tensor.Name == "position_embd.weight").Encoding.Name);
        Assert.Equal("F16", file.Tensors.Single(tensor => tensor.Name == "token_embd.weight").Encoding.Name);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_number_that_is_not_finite_is_refused(float number)
    {
        using var folder = new TemporaryFolder();
        string model = SmallModel.All[0].Write(folder.In("model"), first: number);
        var failure = Assert.Throws<Trainers.Inputs.InputException>(() => Export(model, folder, GgufType.F32));
        Assert.Equal("finite numbers", failure.Problems[0].Expected);
    }

    [Fact]
    public void Halves_are_rounded_away_from_zero_in_blocks()
    {
        var numbers = new float[GgufTypes.BlockNumbers];
        ReadOnlySpan<float> first = [127, 0.5f, 1.5f, 2.5f, -0.5f, -2.5f];
        first.CopyTo(numbers);
        var bytes = new byte[GgufType.Q80.BytesOf(numbers.Length)];
        GgufEncoding.Encode(numbers, GgufType.Q80, bytes);
        Assert.Equal((Half)1, BitConverter.ToHalf(bytes));
        Assert.Equal([127, 1, 2, 3, -1, -3, 0], bytes[2..9].Select(value => (sbyte)value));
    }

    private static string[] TokensOf(GgufContent file) => (string[])file.Metadata["tokenizer.ggml.tokens"];

    private static GgufContent Export(string model, TemporaryFolder folder, GgufType type)
    {
        GgufExport.Write(model, folder.In("model.gguf"), type);
        return GgufContent.Open(folder.In("model.gguf"));
    }
}
