using FsCheck.Fluent;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

using Architecture = RlCore.Trainers.Models.Architecture;

/// <summary>Models in Hugging Face's layout come in and go out.</summary>
public sealed class PretrainedLaws
{
    public static TheoryData<string, NumberType> Cases
    {
        get
        {
            var cases = new TheoryData<string, NumberType>();
            foreach (string architecture in RandomModels.Shapes.Keys)
            {
                cases.Add(architecture, NumberType.F32);
                cases.Add(architecture, NumberType.F16);
                cases.Add(architecture, NumberType.BF16);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_model_that_is_read_and_written_has_the_same_tensors_byte_for_byte(string architecture, NumberType type)
    {
        using var folder = new TemporaryFolder();
        string source = RandomModels.Write(Path.Combine(folder.Path, "source"), architecture, type, mostBytes: 5000);
        Assert.True(File.Exists(Path.Combine(source, "model.safetensors.index.json")));
        ModelFolder model = ModelFolder.Load(source);
        Assert.Equal(RandomModels.Shapes[architecture], model.Model);
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> decoder = model.Stored.Open(engine, isTrained: true);
        string written = Path.Combine(folder.Path, "written");
        DurableFiles.WriteFolder(
            written, ModelFiles.Of(model.Pretrained!, model.Tokenizer, decoder.Parameters.Export(engine), type));
        IReadOnlyDictionary<string, TensorData> before = ShardedSafetensors.Open(source), after = ShardedSafetensors.Open(written);
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        Assert.All(before, tensor => Assert.Equal(Bytes(tensor.Value), Bytes(after[tensor.Key])));
        foreach (string text in (string[])["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"])
        {
            Assert.Equal(File.ReadAllText(Path.Combine(source, text)), File.ReadAllText(Path.Combine(written, text)));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_frozen_model_computes_what_a_trained_one_does(string architecture, NumberType type)
    {
        using var folder = new TemporaryFolder();
        ModelFolder model = ModelFolder.Load(RandomModels.Write(folder.Path, architecture, type));
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> trained = model.Stored.Open(engine, isTrained: true);
        using Decoder<ManagedTensor> frozen = model.Stored.Open(engine, isTrained: false);
        Assert.Empty(frozen.Parameters);
        Assert.Equal(Hidden(engine, trained), Hidden(engine, frozen));
    }

    [Theory]
    [InlineData("num_hidden_layers", "null", "num_hidden_layers: found null; expected a whole number of at least 1.")]
    [InlineData("num_hidden_layers", "2000000000", "num_hidden_layers: found 2000000000; expected at most 10000.")]
    [InlineData("hidden_size", "2147483647", "fewer than 2³¹ numbers in each")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act: found \"gelu\"; expected \"silu\" or \"swish\", as nothing else is supported.")]
    [InlineData("rope_scaling", "{\"rope_type\":\"longrope\"}", "rope_scaling.rope_type: found \"longrope\"; expected default, linear")]
    [InlineData("rope_scaling", "{\"rope_type\":\"linear\",\"factor\":2,\"by\":1}", "rope_scaling.by: found 1; expected no such key")]
    [InlineData("attn_logit_softcapping", "50", "attn_logit_softcapping: found 50; expected no such key")]
    [InlineData(
        "model_type", "\"gemma3_text\"",
        "model_type: found \"gemma3_text\"; expected one of gpt2, llama, mistral, qwen2, qwen3; Gemma")]
    [InlineData("head_dim", "9", "heads of width 9; expected heads of an even width")]
    [InlineData("num_key_value_heads", "3", "num_key_value_heads")]
    public void A_key_that_changes_the_mathematics_is_refused_by_name(string key, string value, string message)
    {
        string error = Assert.Throws<InputException>(() => PretrainedConfig.Read(Config("llama", key, value), "config.json")).Message;
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sliding_window_limits_the_context_as_it_changes_nothing_up_to_there()
    {
        PretrainedConfig mistral = PretrainedConfig.Read(Config("mistral", "sliding_window", "20"), "config.json");
        Assert.Equal((20, 20), (mistral.SlidingWindow, mistral.Shape.Context));
        Assert.Equal(64, PretrainedConfig.Read(Config("qwen2", "sliding_window", "20"), "config.json").Shape.Context);
    }

    [Fact]
    public void Scaled_rotary_angles_are_those_of_their_formulas_at_the_ends()
    {
        double[] llama = new RotaryScaling.Llama3(8, 1, 4, 32).Angles(16, 10_000);
        Assert.Equal(1, llama[0], 12);
        Assert.Equal(0.01 / 8, llama[4], 12);
        Assert.All(llama.Skip(3), (angle, i) => Assert.Equal(Math.Pow(10_000, -2.0 * (i + 3) / 16) / 8, angle, 12));
        var yarn = new RotaryScaling.Yarn(4, 32);
        Assert.Equal((0.1 * Math.Log(4)) + 1, yarn.Magnitude, 12);
        double[] angles = yarn.Angles(16, 10_000);
        Assert.Equal(Math.Pow(10_000, -14.0 / 16) / 4, angles[7], 12);
        Assert.Equal(
            new RotaryScaling.None().Angles(16, 10_000).Select(angle => angle / 3),
            new RotaryScaling.Linear(3).Angles(16, 10_000));
    }

    [Fact]
    public void Tensors_that_config_does_not_name_or_that_are_missing_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string source = RandomModels.Write(folder.Path, "qwen3");
        string file = Path.Combine(source, "model.safetensors");
        var tensors = Safetensors.Read(file).Tensors.ToDictionary();
        tensors.Remove("model.layers.1.self_attn.k_norm.weight");
        tensors["model.layers.0.mlp.up_proj.weight"] = new SafetensorsTensor([3], new float[3]);
        tensors["model.layers.2.extra"] = new SafetensorsTensor([1], [1]);
        tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = new SafetensorsTensor([1], [1]);
        using (FileStream stream = File.Create(file))
        {
            Safetensors.Write(stream, new SafetensorsContent(tensors, new Dictionary<string, string>()));
        }

        string[] errors = Assert.Throws<InputException>(() => ModelFolder.Load(source)).Message.Split('\n');
        Assert.Equal(3, errors.Length);
        Assert.Contains("up_proj.weight: found F32 [3]; expected [40, 24] of F32, F16 or BF16", errors[0], StringComparison.Ordinal);
        Assert.Contains("k_norm.weight: found nothing; expected [10]", errors[1], StringComparison.Ordinal);
        Assert.Contains("model.layers.2.extra: found a tensor; expected none of that name", errors[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_gpt2_has_one_of_its_two_names()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(RandomModels.Write(folder.Path, "gpt2"), "model.safetensors");
        var whole = Safetensors.Read(file).Tensors;
        var published = whole.ToDictionary(tensor => tensor.Key["transformer.".Length..], tensor => tensor.Value);
        float[] expected = ModelFolder.Load(folder.Path).Parameters[ParameterPlan.Embedding].ToArray();
        Write(published);
        Assert.Equal(expected, ModelFolder.Load(folder.Path).Parameters[ParameterPlan.Embedding].ToArray());
        Write(published.Append(whole.First(tensor => tensor.Key == "transformer.wte.weight")).ToDictionary());
        string error = Assert.Throws<InputException>(() => ModelFolder.Load(folder.Path)).Message;
        Assert.Contains("transformer.wte.weight: found the tensor with and without transformer.", error, StringComparison.Ordinal);

        void Write(IReadOnlyDictionary<string, TensorData> tensors)
        {
            using FileStream stream = File.Create(file);
            Safetensors.Write(stream, new SafetensorsContent(tensors, new Dictionary<string, string>()));
        }
    }

    [Fact]
    public void An_index_that_leads_astray_is_refused() => Laws.Hold(
        Gen.Elements("../model.safetensors", "/etc/passwd", "a\\b.safetensors", "model.bin", ""),
        name =>
        {
            using var folder = new TemporaryFolder();
            RandomModels.Write(folder.Path, "gpt2", mostBytes: 5000);
            string index = Path.Combine(folder.Path, "model.safetensors.index.json");
            string text = File.ReadAllText(index);
            string escaped = name.Replace("\\", "\\\\", StringComparison.Ordinal);
            File.WriteAllText(index, text.Replace("model-00001-of", "?", StringComparison.Ordinal)
                .Replace(text[text.IndexOf("model-00001-of", StringComparison.Ordinal)..][..32], escaped, StringComparison.Ordinal));
            return Assert.Throws<InputException>(() => ModelFolder.Load(folder.Path)).Message.Length > 0;
        },
        count: 5);

    private static string Config(string architecture, string key, string value)
    {
        var root = System.Text.Json.Nodes.JsonNode.Parse(PretrainedConfigWriter.Print(
            new PretrainedConfig(
                Architecture.All.First(known => known.ModelType == architecture),
                RandomModels.Shapes[architecture],
                RandomModels.VocabularySize),
            null,
            256))!.AsObject();
        root[key] = System.Text.Json.Nodes.JsonNode.Parse(value);
        return root.ToJsonString();
    }

    private static byte[] Bytes(TensorData tensor)
    {
        var bytes = new byte[tensor.Count * tensor.Type.SizeOf()];
        tensor.ReadBytes(0, bytes);
        return bytes;
    }

    private static float[] Hidden(ManagedEngine engine, Decoder<ManagedTensor> model)
    {
        using var scope = engine.Scope();
        int[] tokens = [.. Enumerable.Range(0, 20).Select(i => i * 11)];
        ManagedTensor hidden = model.Hidden(tokens, [10, 7], 10);
        ManagedTensor logits = ManagedTensor.Linear(hidden, model.Head);
        var values = new float[logits.Rows * logits.Columns];
        engine.Read(logits, values);
        return [.. values.Take(17 * logits.Columns)];
    }
}
