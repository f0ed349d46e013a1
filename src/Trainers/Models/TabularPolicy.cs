using RlCore.Engines;

namespace RlCore.Trainers.Models;

/// <summary>
/// The most expressive policy possible: a row of logits for every prefix. On a language small enough to be enumerated it can be
/// any distribution over completions, so the point that a trainer converges to is a property of the trainer and not of the model.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class TabularPolicy<T> : ILanguageModel<T>
    where T : struct, ITensor<T>
{
    /// <summary>Name of the table.</summary>
    public const string TableName = "table.weight";

    private readonly IEngine<T> _engine;
    private readonly T _table;

    /// <summary>A table over all prefixes.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="vocabularySize">Number of tokens, V.</param>
    /// <param name="context">Maximum tokens per sequence.</param>
    /// <param name="logits">[prefixes, V] row-major; see <see cref="PrefixTable"/>.</param>
    /// <exception cref="ArgumentException">The logits have the wrong size.</exception>
    public TabularPolicy(IEngine<T> engine, int vocabularySize, int context, ReadOnlySpan<float> logits)
    {
        _engine = engine;
        VocabularySize = vocabularySize;
        Context = context;
        int prefixes = PrefixTable.Count(vocabularySize, context);
        if (logits.Length != prefixes * vocabularySize)
        {
            throw new ArgumentException(
                $"{logits.Length} logits; {prefixes} prefixes of {vocabularySize} tokens need {prefixes * vocabularySize}.",
                nameof(logits));
        }

        _table = engine.Parameter(prefixes, vocabularySize, logits);
        var identity = new float[vocabularySize * vocabularySize];
        for (int token = 0; token < vocabularySize; token++)
        {
            identity[(token * vocabularySize) + token] = 1;
        }

        Head = engine.Parameter(vocabularySize, vocabularySize, identity);
        Parameters = [new(TableName, _table, Decays: false)];
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public int Context { get; }

    /// <summary>The table only.</summary>
    public IReadOnlyList<NamedParameter<T>> Parameters { get; }

    /// <summary>The identity, which no optimizer updates: hidden states are logits.</summary>
    public T Head { get; }

    /// <inheritdoc/>
    public T Hidden(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time) =>
        T.GatherRows(_table, PrefixTable.RowsOf(tokens, lengths, time, VocabularySize));

    /// <inheritdoc/>
    public T Continue(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time, IKeyValueCache cache)
    {
        int[] rows = ((PrefixCache)cache).Append(tokens, lengths, time, VocabularySize);
        cache.Advance(lengths);
        return T.GatherRows(_table, rows);
    }

    /// <inheritdoc/>
    public IKeyValueCache CreateCache(int batch, int capacity) => new PrefixCache(batch, capacity);

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Release(_table);
        _engine.Release(Head);
    }

    private sealed class PrefixCache(int batch, int capacity) : IKeyValueCache
    {
        private int[] _rows = [.. Enumerable.Repeat(-1, batch)];
        private int[] _lengths = new int[batch];

        public ReadOnlySpan<int> Lengths => _lengths;

        public int Capacity => capacity;

        public int[] Append(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time, int vocabularySize)
        {
            var rows = new int[tokens.Length];
            for (int sequence = 0; sequence < lengths.Length; sequence++)
            {
                for (int i = sequence * time; i < (sequence * time) + lengths[sequence]; i++)
                {
                    _rows[sequence] = PrefixTable.Next(_rows[sequence], tokens[i], vocabularySize);
                    rows[i] = _rows[sequence];
                }
            }

            return rows;
        }

        public void Advance(ReadOnlySpan<int> newTokens)
        {
            for (int sequence = 0; sequence < _lengths.Length; sequence++)
            {
                _lengths[sequence] += newTokens[sequence];
            }
        }

        public void Keep(ReadOnlySpan<int> rows)
        {
            var (kept, lengths) = (new int[rows.Length], new int[rows.Length]);
            for (int i = 0; i < rows.Length; i++)
            {
                (kept[i], lengths[i]) = (_rows[rows[i]], _lengths[rows[i]]);
            }

            (_rows, _lengths) = (kept, lengths);
        }

        public void Append(IKeyValueCache source, ReadOnlySpan<int> rows)
        {
            var other = (PrefixCache)source;
            int[] chosen = rows.ToArray();
            _rows = [.. _rows, .. chosen.Select(row => other._rows[row])];
            _lengths = [.. _lengths, .. chosen.Select(row => other._lengths[row])];
        }

        public void Dispose()
        {
            // There are no engine resources to free.
        }
    }
}
