using System.Text.Json.Nodes;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

using Architecture = RlCore.Trainers.Models.Architecture;

/// <summary>What config.json means, key by key, and what rotary scaling makes of it.</summary>
public sealed class ConfigLaws
{
    private const string Llama = """
        { "model_type": "llama", "hidden_size": 64, "num_attention_heads": 8, "num_hidden_layers": 2, "intermediate_size": 96,
          "max_position_embeddings": 128, "vocab_size": 100 }
        """;

    private const string Gpt2 = """{ "model_type": "gpt2", "n_layer": 1, "n_embd": 8, "n_head": 2, "vocab_size": 9 }""";

    [Fact]
    public void Absent_keys_mean_what_transformers_takes_them_for()
    {
        ModelSettings llama = Read(Llama).Shape;
        Assert.Equal(new(8, 8, 8), llama.HeadLayout);
        Assert.Equal((1e-6, 10_000, 0.02), (llama.NormEpsilon, llama.RotaryTheta, llama.InitStd));
        Assert.Equal((false, BiasKind.None, new RotaryScaling.None()), (llama.TiedHead, llama.Biases, llama.RotaryScaling));
        Assert.Equal(128, Read(With(Llama, "model_type", "\"qwen3\"")).Shape.HeadLayout.Size);
        ModelSettings gpt2 = Read(Gpt2).Shape;
        Assert.Equal((1024, 32, 1e-5, true), (gpt2.Context, gpt2.ResolvedMlpWidth, gpt2.NormEpsilon, gpt2.TiedHead));
    }

    [Fact]
    public void Rotary_parameters_of_transformers_5_are_base_and_scaling_in_one()
    {
        ModelSettings shape = Read(With(Llama, "rope_parameters", """
            { "rope_type": "yarn", "rope_theta": 1e6, "factor": 4, "mscale": 1, "mscale_all_dim": 0.5, "beta_fast": 16 }
            """)).Shape;
        Assert.Equal(1e6, shape.RotaryTheta);
        var yarn = Assert.IsType<RotaryScaling.Yarn>(shape.RotaryScaling);
        Assert.Equal((4, 128, 16, 1), (yarn.RotaryFactor, yarn.OriginalContext, yarn.BetaFast, yarn.BetaSlow));
        Assert.Equal(((0.1 * Math.Log(4)) + 1) / ((0.05 * Math.Log(4)) + 1), yarn.Magnitude, 12);
    }

    // Source: transformers' modeling_rope_utils, computed with its formulas in Python's doubles.
    [Fact]
    public void Scaled_rotary_angles_are_those_of_transformers()
    {
        Expect(
            new RotaryScaling.Llama3(8, 1, 4, 512), 16,
            [1, 0.316227766017, 0.1, 0.0184966754014, 0.00125, 0.000395284707521, 0.000125, 3.95284707521e-05]);
        Expect(
            new RotaryScaling.Yarn(4, 2048), 16,
            [1, 0.316227766017, 0.1, 0.0256935059889, 0.00625, 0.00138349647632, 0.00025, 7.90569415042e-05]);
        Expect(
            new RotaryScaling.Yarn(4, 2048), 32,
            [
                1, 0.56234132519, 0.316227766017, 0.177827941004, 0.1, 0.050209046892, 0.0248464673299, 0.0120668959967, 0.00571428571429,
                0.00261087043838, 0.00112938487863, 0.00044456985251, 0.00025, 0.000140585331298, 7.90569415042e-05, 4.4456985251e-05,
            ]);
        Expect(new RotaryScaling.Yarn(2, 64, 8, 3), 8, [1, 0.05, 0.005, 0.0005]);
        Assert.Equal(1.25, new RotaryScaling.Yarn(4, 32, AttentionFactor: 1.25).Magnitude);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData(2, false)]
    public void Gpt2_is_no_architecture_of_shared_heads(int keyValueHeads, bool isOne)
    {
        var shape = new ModelSettings { Heads = 4, KeyValueHeads = keyValueHeads };
        Assert.Equal(isOne, Architecture.TryFind(shape, out Architecture? found));
        if (found is not null)
        {
            ModelSettings read = Read(PretrainedConfigWriter.Print(new PretrainedConfig(found, shape, 9), null, 0)).Shape;
            Assert.Equal(shape.HeadLayout, read.HeadLayout);
        }
    }

    private static void Expect(RotaryScaling scaling, int size, double[] expected)
    {
        double[] angles = scaling.Angles(size, 10_000);
        Assert.Equal(expected.Length, angles.Length);
        Assert.All(expected.Zip(angles), pair => Assert.InRange(pair.Second / pair.First, 1 - 1e-10, 1 + 1e-10));
    }

    private static PretrainedConfig Read(string json) => PretrainedConfig.Read(json, "config.json");

    private static string With(string json, string key, string value)
    {
        JsonObject root = JsonNode.Parse(json)!.AsObject();
        root[key] = JsonNode.Parse(value);
        return root.ToJsonString();
    }
}
