using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Models;

namespace RlCore.Worker.Tests.Serving;

/// <summary>A model that says one whole text, and ends.</summary>
internal sealed class ScriptedModel : ILanguageModel<ManagedTensor>
{
    private const float Sure = 50;

    private readonly ManagedEngine _engine;

    public ScriptedModel(ManagedEngine engine, int vocabulary)
    {
        (_engine, VocabularySize) = (engine, vocabulary);
        var identity = new float[vocabulary * vocabulary];
        for (int i = 0; i < vocabulary; i++)
        {
            identity[(i * vocabulary) + i] = 1;
        }

        Head = engine.Parameter(vocabulary, vocabulary, identity);
    }

    public int VocabularySize { get; }

    public int Context => 100_000;

    public IReadOnlyList<NamedParameter<ManagedTensor>> Parameters => [];

    public ManagedTensor Head { get; }

    public ManagedTensor Hidden(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time)
    {
        var states = new float[tokens.Length * VocabularySize];
        for (int i = 0; i < tokens.Length; i++)
        {
            states[(i * VocabularySize) + (tokens[i] == ByteTokenizer.Whole ? ByteTokenizer.End : ByteTokenizer.Whole)] = Sure;
        }

        return _engine.Constant(tokens.Length, VocabularySize, states);
    }

    public ManagedTensor Continue(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time, IKeyValueCache cache) =>
        Hidden(tokens, lengths, time);

    public IKeyValueCache CreateCache(int batch, int capacity) => new NoCache();

    public void Dispose() => _engine.Release(Head);

    private sealed class NoCache : IKeyValueCache
    {
        public ReadOnlySpan<int> Lengths => [];

        public int Capacity => int.MaxValue;

        public void Advance(ReadOnlySpan<int> newTokens)
        {
        }

        public void Keep(ReadOnlySpan<int> rows)
        {
        }

        public void Append(IKeyValueCache source, ReadOnlySpan<int> rows)
        {
        }

        public void Dispose()
        {
        }
    }
}
