using System.Text.Json;
using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

/// <summary>A real, trained Llama against another implementation of it: golden.json was made with llama2.c.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class StoriesLaws<T>
    where T : struct, ITensor<T>
{
    private const string Model = "stories260K";

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Logits_at_the_end_of_a_prompt_are_those_of_another_implementation(bool isTrained)
    {
        string folder = TestModels.Require(Model);
        using var engine = CreateEngine();
        using Decoder<T> model = Open(engine, folder, isTrained);
        foreach (Golden golden in Read(folder))
        {
            using var scope = engine.Scope();
            int time = golden.Ids.Length;
            T hidden = model.Hidden(golden.Ids, [time], time);
            T last = T.Linear(T.GatherRows(hidden, [time - 1]), model.Head);
            var logits = new float[last.Columns];
            engine.Read(last, logits);
            Assert.InRange(golden.LastLogits.Zip(logits, (expected, found) => Math.Abs(expected - found)).Max(), 0, 1e-4);
        }
    }

    [Fact]
    public void Greedy_continuations_are_those_of_another_implementation()
    {
        string folder = TestModels.Require(Model);
        using var engine = CreateEngine();
        using Decoder<T> model = Open(engine, folder, isTrained: false);
        foreach (Golden golden in Read(folder))
        {
            Assert.Equal(golden.Greedy, Continue(engine, model, golden));
        }
    }

    protected abstract IEngine<T> CreateEngine();

    private static Decoder<T> Open(IEngine<T> engine, string folder, bool isTrained)
    {
        PretrainedFolder stored = PretrainedFolder.Open(folder);
        return Decoder<T>.Load(engine, stored.Identity.Config.Shape, stored.Identity.Config.VocabularySize, stored.Parameters, isTrained);
    }

    private static int[] Continue(IEngine<T> engine, Decoder<T> model, Golden golden)
    {
        var tokens = new List<int>();
        using var quiet = engine.NoGradient();
        using var cache = model.CreateCache(1, golden.Ids.Length + golden.Greedy.Length);
        int[] next = golden.Ids;
        while (tokens.Count < golden.Greedy.Length)
        {
            using var scope = engine.Scope();
            T hidden = model.Continue(next, [next.Length], next.Length, cache);
            var drawn = new int[1];
            engine.Sample(T.GatherRows(hidden, [next.Length - 1]), model.Head, SamplingOptions.Greedy, [0], drawn, new float[1]);
            tokens.Add(drawn[0]);
            next = drawn;
        }

        return [.. tokens];
    }

    private static Golden[] Read(string folder) => JsonSerializer.Deserialize<Golden[]>(
        File.ReadAllText(Path.Combine(folder, "golden.json")), Options)!;

    private sealed record Golden(string Prompt, int[] Ids, int[] Greedy, float[] LastLogits);
}
