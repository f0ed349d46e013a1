using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Models;

/// <summary>A trunk with a scalar head, on an engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class ScalarModelLaws<T>
    where T : struct, ITensor<T>
{
    private const int Vocabulary = 11;

    private static readonly TokenSequence[] Sequences =
    [
        new([1, 2, 3, 4, 5], 2),
        new([6, 7, 8], 1),
        new([9, 10, 1, 3, 3, 2, 4], 4),
    ];

    /// <summary>A fresh engine.</summary>
    protected abstract IEngine<T> CreateEngine();

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("qwen2")]
    public void Without_a_head_every_score_starts_at_zero(string shape)
    {
        using var engine = CreateEngine();
        using var model = Create(engine, shape, head: false);
        using var scope = engine.Scope();
        Assert.All(engine.Read(model.Scores(Sequences)), score => Assert.Equal(0f, score));
        Assert.All(engine.Read(model.Values(TokenBatch.Create(Sequences))), value => Assert.Equal(0f, value));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void A_score_does_not_depend_on_the_sequences_beside_it(string shape)
    {
        using var engine = CreateEngine();
        using var model = Create(engine, shape, head: true);
        using var scope = engine.Scope();
        float[] together = engine.Read(model.Scores(Sequences));
        float[] alone = [.. Sequences.Select(sequence => engine.Read(model.Scores([sequence]))[0])];
        Assert.All(together.Zip(alone), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        Assert.Equal(Sequences.Length, together.Distinct().Count());
    }

    [Fact]
    public void The_value_before_an_action_is_the_score_of_what_was_seen_so_far()
    {
        using var engine = CreateEngine();
        using var model = Create(engine, "gpt2", head: true);
        using var scope = engine.Scope();
        var batch = TokenBatch.Create(Sequences);
        float[] values = engine.Read(model.Values(batch));
        for (int row = 0; row < Sequences.Length; row++)
        {
            for (int column = 0; column < Sequences[row].Tokens.Length - 1; column++)
            {
                float score = engine.Read(model.Scores([new TokenSequence(Sequences[row].Tokens[..(column + 1)], 1)]))[0];
                Assert.Equal(score, values[(row * batch.Columns) + column], 1e-5f);
            }
        }
    }

    [Fact]
    public void Exported_parameters_make_the_same_model()
    {
        using var engine = CreateEngine();
        using var model = Create(engine, "qwen2", head: true);
        using var copy = new ScalarModel<T>(engine, ModelShapes.Of("qwen2"), Vocabulary, model.Parameters.Read(engine));
        using var scope = engine.Scope();
        Assert.Equal(engine.Read(model.Scores(Sequences)), engine.Read(copy.Scores(Sequences)));
    }

    private static ScalarModel<T> Create(IEngine<T> engine, string shape, bool head)
    {
        ModelSettings settings = ModelShapes.Of(shape) with { InitStd = 0.2 };
        using var language = Decoder<T>.Create(engine, settings, Vocabulary, 3);
        var weights = language.Export().ToDictionary();
        if (head)
        {
            weights[ScalarHead<T>.WeightName] = [.. Enumerable.Range(0, settings.Width).Select(i => (float)Math.Cos(i))];
            weights[ScalarHead<T>.BiasName] = [0.25f];
        }

        return new ScalarModel<T>(engine, settings, Vocabulary, weights);
    }
}
