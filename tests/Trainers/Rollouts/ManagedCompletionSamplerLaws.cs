using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Rollouts;

public sealed class ManagedCompletionSamplerLaws : CompletionSamplerLaws<ManagedTensor>
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(100, 5)]
    public void Prompts_are_drawn_as_many_at_a_time_as_a_quarter_of_the_memory_holds(int fitting, int expected)
    {
        const int Samples = 3;
        int[][] prompts = [[1, 2, 3], [4], [5, 6, 7, 8, 1], [2, 2], [3]];
        int[] all = Tokens(long.MaxValue, prompts, Samples, out _);

        // Keys and values of one layer of 8 numbers, for 5 + 6 tokens.
        long bytesOfPrompt = Samples * 11 * 2 * 8 * sizeof(float);
        Assert.Equal(all, Tokens(((fitting * bytesOfPrompt) + 1) * 4, prompts, Samples, out int[] batches));
        Assert.Equal(expected, batches.Max() / Samples);
        Assert.Equal(prompts.Length * Samples, batches.Sum());
        Assert.Equal(all, Tokens(1, prompts, Samples, out batches));
        Assert.All(batches, batch => Assert.Equal(Samples, batch));
    }

    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();

    private static int[] Tokens(long memory, int[][] prompts, int samples, out int[] batches)
    {
        using var engine = new ManagedEngine(new ManagedEngineOptions { MemoryBytes = memory });
        ModelSettings shape = ModelShapes.Of("gpt2") with { Layers = 1, Width = 8, Heads = 2, KeyValueHeads = 0, HeadSize = 0 };
        using var model = new CountingModel(Decoder<ManagedTensor>.Create(engine, shape, 9, 5));
        int[] tokens =
        [
            .. new CompletionSampler<ManagedTensor>(engine, model, [0])
                .Draw(prompts, samples, 6, new SamplingOptions(), new SamplingAddress(7, Algebra.RandomPurpose.Rollout, 3, FirstRow: 4))
                .SelectMany(drawn => drawn.Sequence.Tokens),
        ];
        batches = [.. model.Batches];
        return tokens;
    }

    private sealed class CountingModel(Decoder<ManagedTensor> model) : ILanguageModel<ManagedTensor>
    {
        public List<int> Batches { get; } = [];

        public int VocabularySize => model.VocabularySize;

        public int Context => model.Context;

        public long CacheNumbersPerToken => model.CacheNumbersPerToken;

        public IReadOnlyList<NamedParameter<ManagedTensor>> Parameters => model.Parameters;

        public ManagedTensor Head => model.Head;

        public ManagedTensor Hidden(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time) => model.Hidden(tokens, lengths, time);

        public ManagedTensor Continue(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time, IKeyValueCache cache) =>
            model.Continue(tokens, lengths, time, cache);

        public IKeyValueCache CreateCache(int batch, int capacity)
        {
            Batches.Add(batch);
            return model.CreateCache(batch, capacity);
        }

        public void Dispose() => model.Dispose();
    }
}
