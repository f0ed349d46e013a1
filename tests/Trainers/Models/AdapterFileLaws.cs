using System.Text.Json.Nodes;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

using Architecture = RlCore.Trainers.Models.Architecture;

/// <summary>What adapters are made of, drop, and are called in PEFT's files.</summary>
public sealed class AdapterFileLaws
{
    private static readonly LoraSettings Unusual = new()
    {
        Rank = 4, Alpha = 6, RankStabilized = true, Dropout = 0.25, Targets = "c_attn,c_fc", Biases = true, Embeddings = true,
    };

    [Fact]
    public void The_scale_is_alpha_by_rank_or_by_its_root()
    {
        Assert.Equal(1.5, (Unusual with { RankStabilized = false }).Scale);
        Assert.Equal(3, Unusual.Scale);
    }

    [Fact]
    public void Settings_that_are_written_are_read()
    {
        string text = PeftConfig.Print(Plan("gpt2", Unusual), Architecture.Gpt2, "../model");
        Assert.Equal(new PeftConfig("../model", Unusual), PeftConfig.Read(text, "adapter_config.json"));
        JsonNode gpt2 = JsonNode.Parse(text)!;
        Assert.True((bool)gpt2["fan_in_fan_out"]!, "GPT-2 stores [inputs, outputs].");
        Assert.Equal(["wte"], gpt2["modules_to_save"]!.AsArray().Select(name => (string?)name));
        AdapterPlan llama = Plan("llama", new LoraSettings { Embeddings = true });
        JsonNode other = JsonNode.Parse(PeftConfig.Print(llama, Architecture.Llama, ""))!;
        Assert.False((bool)other["fan_in_fan_out"]!);
        Assert.Equal(["embed_tokens", "lm_head"], other["modules_to_save"]!.AsArray().Select(name => (string?)name));
    }

    [Fact]
    public void Tensors_have_the_names_that_peft_gives_them()
    {
        using var folder = new TemporaryFolder();
        ModelFolder model = ModelFolder.Load(RandomModels.Write(folder.Path, "llama"));
        AdapterPlan plan = Plan("llama", new LoraSettings { Targets = "k_proj", Biases = true, Embeddings = true });
        var files = PeftWeights.Save(plan, model.Pretrained!.Config, plan.Initial(1, model.Parameters));
        const string Layer = "base_model.model.model.layers.1.self_attn";
        Assert.Superset(
            new HashSet<string>
            {
                $"{Layer}.k_proj.lora_A.weight", $"{Layer}.k_proj.lora_B.weight", $"{Layer}.k_proj.base_layer.bias", $"{Layer}.q_proj.bias",
                "base_model.model.model.embed_tokens.weight", "base_model.model.lm_head.weight",
            },
            files.Keys.ToHashSet());
    }

    [Fact]
    public void Each_layer_begins_with_an_even_spread_of_its_own()
    {
        using var folder = new TemporaryFolder();
        ModelFolder model = ModelFolder.Load(RandomModels.Write(folder.Path, "llama"));
        AdapterPlan plan = Plan("llama", new LoraSettings { Rank = 40 });
        var tensors = plan.Initial(1, model.Parameters);
        var drawn = new HashSet<float>();
        foreach (AdaptedLayer layer in plan.Layers)
        {
            float[] down = tensors[layer.Down].ToArray();
            double bound = 1 / Math.Sqrt(layer.Inputs);
            Assert.InRange(down.Max(), 0.98 * bound, bound);
            Assert.InRange(down.Min(), -bound, -0.98 * bound);
            Assert.True(drawn.Add(down[0]), "Two layers begin with the same numbers.");
            Assert.All(tensors[layer.Up].ToArray(), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void Dropout_keeps_the_mean_and_differs_from_pass_to_pass_and_layer_to_layer()
    {
        const int Count = 20_000;
        var dropout = new AdapterDropout(0.25, Seed: 1, Step: 2, Pass: 3);
        float[] factors = dropout.Factors(5, Count);
        Assert.Equal([0, (float)(1 / 0.75)], factors.Distinct().Order());
        Assert.InRange(factors.Average(), 0.98, 1.02);
        Assert.Equal(factors, dropout.Factors(5, Count));
        Assert.NotEqual(factors, dropout.Factors(4, Count));
        Assert.NotEqual(factors, (dropout with { Pass = 4 }).Factors(4, Count));
        Assert.NotEqual(factors, (dropout with { Pass = 4 }).Factors(5, Count));
        Assert.NotEqual(factors, (dropout with { Step = 3 }).Factors(5, Count));
    }

    [Fact]
    public void A_trunk_has_no_head_to_adapt()
    {
        AdapterPlan plan = Plan("llama", new LoraSettings { Embeddings = true });
        Assert.Equal([ParameterPlan.Embedding, ParameterPlan.Head], plan.Replaced.Select(planned => planned.Name));
        Assert.Equal([ParameterPlan.Embedding], plan.OfTrunk.Replaced.Select(planned => planned.Name));
        Assert.Equal(plan.Layers, plan.OfTrunk.Layers);
    }

    [Fact]
    public void Any_piece_of_a_merged_tensor_is_that_of_the_whole()
    {
        const int Columns = 5;
        var weight = new SafetensorsTensor([6, Columns], [.. Enumerable.Range(0, 6 * Columns).Select(i => (float)i)]);
        var layer = new AdaptedLayer("parameter", "module", FirstOutput: 2, Outputs: 3, Columns);
        float[] down = [1, 2, 3, 4, 5, -1, 1, -2, 2, -3];
        float[] up = [1, 0, 0, 1, 2, -1];
        var merged = new MergedTensor(weight, [new LayerChange(layer, 2, down, up)], 0.5);
        float[] whole = merged.ToArray();
        for (int row = 0; row < 6; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                float change = row is >= 2 and < 5
                    ? 0.5f * ((up[(row - 2) * 2] * down[column]) + (up[((row - 2) * 2) + 1] * down[Columns + column]))
                    : 0;
                Assert.Equal((row * Columns) + column + change, whole[(row * Columns) + column]);
            }
        }

        for (int first = 0; first < whole.Length; first += 3)
        {
            var piece = new float[Math.Min(7, whole.Length - first)];
            merged.Read(first, piece);
            Assert.Equal(whole[first..(first + piece.Length)], piece);
        }
    }

    [Theory]
    [InlineData(".")]
    [InlineData("../adapter")]
    [InlineData("../second")]
    public void Adapters_of_adapters_are_refused(string adapted)
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, from) in new[] { ("adapter", adapted), ("second", "../adapter") })
        {
            Directory.CreateDirectory(folder.In(name));
            string file = Path.Combine(folder.In(name), PeftConfig.FileName);
            File.WriteAllText(file, PeftConfig.Print(Plan("llama", new LoraSettings()), Architecture.Llama, from));
        }

        string error = Assert.Throws<InputException>(() => ModelFolder.Load(folder.In("adapter"))).Message;
        Assert.Contains(
            $"base_model_name_or_path: found \"{adapted}\"; expected a model in Hugging Face's layout, without adapters",
            error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[\"q_proj\", \"w_proj\"]", "found \"w_proj\"; expected q_proj, k_proj")]
    [InlineData("[]", "found none; expected names of linear layers")]
    [InlineData("[1]", "found a list; expected a list of texts")]
    public void Targets_that_are_no_layers_are_refused_with_the_file_that_names_them(string targets, string message)
    {
        using var folder = new TemporaryFolder();
        RandomModels.Write(folder.In("model"), "llama");
        JsonNode config = JsonNode.Parse(PeftConfig.Print(Plan("llama", new LoraSettings()), Architecture.Llama, "model"))!;
        config["target_modules"] = JsonNode.Parse(targets);
        string file = folder.Write(PeftConfig.FileName, config.ToJsonString());
        string error = Assert.Throws<InputException>(() => ModelFolder.Load(folder.Path)).Message;
        Assert.Contains($"{file}, target_modules: {message}", error, StringComparison.Ordinal);
    }

    private static AdapterPlan Plan(string architecture, LoraSettings settings) => AdapterPlan.Create(
        settings,
        Architecture.All.Single(known => known.ModelType == architecture),
        RandomModels.Shapes[architecture],
        RandomModels.VocabularySize);
}
