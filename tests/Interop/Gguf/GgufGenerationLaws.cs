using RlCore.Trainers.Export;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>What llama.cpp makes of exported models, against this program's own decoder.</summary>
public sealed class GgufGenerationLaws(ITestOutputHelper output)
{
    private const int Steps = 64;
    private const string Stories = "stories260K";

    public static TheoryData<string> Models => [.. SmallModel.All.Select(model => model.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Greedy_tokens_and_log_probabilities_are_those_of_the_decoder(string name)
    {
        using var folder = new TemporaryFolder();
        string model = SmallModel.All.Single(known => known.Name == name).Write(folder.In(name));
        Check(model, folder.In("model.gguf"), Enumerable.Range(0, 20).Select(i => (i * 37) % 400));
    }

    [Fact]
    public void A_trained_model_tells_the_same_stories()
    {
        string model = TestModels.Require(Stories);
        using var folder = new TemporaryFolder();
        Check(model, folder.In("model.gguf"), [1, 403, 407, 261, 378]);
    }

    [Theory]
    [InlineData("f16", 1e-6)]
    [InlineData("bf16", 1e-4)]
    [InlineData("q8_0", 1e-3)]
    public void Narrower_types_give_nearly_the_same_probabilities(string type, double most)
    {
        string model = TestModels.Require(Stories);
        using var folder = new TemporaryFolder();
        int[] prompt = [1, 403, 407, 261, 378];
        using LlamaCpp exact = Export(model, folder.In("f32.gguf"), "f32");
        using LlamaCpp narrow = Export(model, folder.In("narrow.gguf"), type);
        (int[] tokens, float[][] logProbs) = exact.Continue(prompt, Steps);
        (int[] narrowTokens, float[][] narrowLogProbs) = narrow.Continue(prompt, Steps);
        int equal = tokens.Zip(narrowTokens).TakeWhile(pair => pair.First == pair.Second).Count();
        double divergence = Numbers.Divergence(logProbs[0], narrowLogProbs[0]);
        output.WriteLine($"{type}: the first {equal} of {Steps} greedy tokens are equal; divergence {divergence} nats");
        Assert.InRange(divergence, 0, most);
        Assert.True(new FileInfo(folder.In("narrow.gguf")).Length < new FileInfo(folder.In("f32.gguf")).Length * 0.6);
    }

    private static LlamaCpp Export(string model, string file, string type)
    {
        Assert.True(GgufTypes.TryFind(type, out GgufType? known));
        GgufExport.Write(model, file, known.Value);
        return LlamaCpp.Open(file);
    }

    private void Check(string model, string file, IEnumerable<int> prompt)
    {
        LlamaCpp.Require();
        int[] tokens = [.. prompt];
        using var own = new OwnDecoder(model);
        using LlamaCpp other = Export(model, file, "f32");
        (int[] expected, float[][] expectedLogProbs) = own.Continue(tokens, Steps);
        (int[] found, float[][] foundLogProbs) = other.Continue(tokens, Steps);
        output.WriteLine($"{Numbers.Difference(expectedLogProbs, foundLogProbs)}; {string.Join(' ', expected)}");
        Assert.Equal(expected, found);
        Assert.InRange(Numbers.Difference(expectedLogProbs, foundLogProbs), 0, 1e-3);
    }
}
