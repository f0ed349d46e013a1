using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

/// <summary>What must hold of the decoder on every engine, for GPT-2, Llama and Qwen2 shapes.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class DecoderLaws<T>
    where T : struct, ITensor<T>
{
    private const int Vocabulary = 11;

    public static TheoryData<string, ulong> Cases
    {
        get
        {
            var cases = new TheoryData<string, ulong>();
            foreach (string shape in ModelShapes.Names)
            {
                for (ulong seed = 1; seed <= 8; seed++)
                {
                    cases.Add(shape, seed);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cached_decoding_equals_the_full_forward(string shape, ulong seed)
    {
        using var engine = CreateEngine();
        var random = new Random((int)seed);
        using var model = Decoder<T>.Create(engine, ModelShapes.Of(shape), Vocabulary, seed);
        int batch = random.Next(1, 5);
        int time = random.Next(2, 11);
        int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(1, time + 1))];
        int[] tokens = [.. Enumerable.Range(0, batch * time).Select(_ => random.Next(Vocabulary))];
        using var noGradient = engine.NoGradient();
        using var scope = engine.Scope();
        float[] full = Read(engine, model.Hidden(tokens, lengths, time));

        using var cache = model.CreateCache(batch, time);
        int prefill = random.Next(1, time);
        int[] first = [.. lengths.Select(l => Math.Min(l, prefill))];
        float[] start = Read(engine, model.Continue(Columns(tokens, batch, time, 0, prefill), first, prefill, cache));
        AssertRowsAgree(full, start, model.Settings.Width, time, prefill, 0, first);
        for (int t = prefill; t < time; t++)
        {
            int[] step = [.. lengths.Select(l => t < l ? 1 : 0)];
            float[] next = Read(engine, model.Continue(Columns(tokens, batch, time, t, 1), step, 1, cache));
            AssertRowsAgree(full, next, model.Settings.Width, time, 1, t, step);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Padding_changes_nothing(string shape, ulong seed)
    {
        using var engine = CreateEngine();
        var random = new Random((int)seed);
        using var model = Decoder<T>.Create(engine, ModelShapes.Of(shape), Vocabulary, seed);
        int length = random.Next(1, 8);
        int[] tokens = [.. Enumerable.Range(0, length).Select(_ => random.Next(Vocabulary))];
        int[] padded = [.. tokens, .. Enumerable.Range(0, 4).Select(_ => random.Next(Vocabulary))];
        using var scope = engine.Scope();
        float[] alone = Read(engine, model.Hidden(tokens, [length], length));
        float[] beside = Read(engine, model.Hidden(padded, [length], length + 4));
        for (int i = 0; i < alone.Length; i++)
        {
            Assert.Equal(alone[i], beside[i], 1e-4f);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_token_never_sees_the_future(string shape, ulong seed)
    {
        using var engine = CreateEngine();
        var random = new Random((int)seed);
        using var model = Decoder<T>.Create(engine, ModelShapes.Of(shape), Vocabulary, seed);
        int[] tokens = [.. Enumerable.Range(0, 8).Select(_ => random.Next(Vocabulary))];
        int[] changed = [.. tokens[..^1], (tokens[^1] + 1) % Vocabulary];
        using var scope = engine.Scope();
        float[] before = Read(engine, model.Hidden(tokens, [8], 8));
        float[] after = Read(engine, model.Hidden(changed, [8], 8));
        int width = model.Settings.Width;
        Assert.Equal(before[..(7 * width)], after[..(7 * width)]);
        Assert.NotEqual(before[(7 * width)..], after[(7 * width)..]);
    }

    [Fact]
    public void Weights_survive_export_and_load()
    {
        using var engine = CreateEngine();
        foreach (string shape in ModelShapes.Names)
        {
            using var model = Decoder<T>.Create(engine, ModelShapes.Of(shape), Vocabulary, 3);
            var weights = model.Export();
            using var copy = Decoder<T>.Load(engine, model.Settings, Vocabulary, weights);
            Assert.Equal(weights, copy.Export());
            var broken = weights.ToDictionary(w => w.Key, w => w.Value);
            broken[ParameterPlan.Embedding] = [1, 2];
            Assert.Contains(
                ParameterPlan.Embedding,
                Assert.Throws<ArgumentException>(() => Decoder<T>.Load(engine, model.Settings, Vocabulary, broken)).Message,
                StringComparison.Ordinal);
        }
    }

    protected abstract IEngine<T> CreateEngine();

    private static float[] Read(IEngine<T> engine, T x)
    {
        var values = new float[x.Rows * x.Columns];
        engine.Read(x, values);
        return values;
    }

    private static int[] Columns(int[] tokens, int batch, int time, int first, int count) =>
        [.. Enumerable.Range(0, batch).SelectMany(b => tokens.AsSpan((b * time) + first, count).ToArray())];

    private static void AssertRowsAgree(float[] full, float[] part, int width, int time, int partTime, int first, int[] counts)
    {
        for (int b = 0; b < counts.Length; b++)
        {
            for (int t = 0; t < counts[b]; t++)
            {
                for (int i = 0; i < width; i++)
                {
                    Assert.Equal(full[((((b * time) + first + t) * width) + i)], part[(((b * partTime) + t) * width) + i], 1e-4f);
                }
            }
        }
    }
}
