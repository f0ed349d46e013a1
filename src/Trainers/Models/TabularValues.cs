using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Models;

/// <summary>A separate value for every prefix: the exact critic for a <see cref="TabularPolicy{T}"/>. It is initialized to zero.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class TabularValues<T> : IValueModel<T>, IDisposable
    where T : struct, ITensor<T>
{
    /// <summary>Name of the table.</summary>
    public const string TableName = "values.weight";

    private readonly IEngine<T> _engine;
    private readonly int _vocabularySize;

    /// <summary>A table over all prefixes.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="context">Maximum tokens per sequence.</param>
    public TabularValues(IEngine<T> engine, int vocabularySize, int context)
    {
        _engine = engine;
        _vocabularySize = vocabularySize;
        int prefixes = PrefixTable.Count(vocabularySize, context);
        Parameters = [new(TableName, engine.Parameter(prefixes, 1, new float[prefixes]), Decays: false)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<NamedParameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public T Values(TokenBatch batch) => T.Reshape(
        T.GatherRows(
            Parameters[0].Value,
            PrefixTable.RowsOf(batch.Inputs, batch.Lengths, batch.Columns, _vocabularySize)), batch.Rows, batch.Columns);

    /// <inheritdoc/>
    public void Dispose() => _engine.Release(Parameters[0].Value);
}
