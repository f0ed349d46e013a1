namespace RlCore.Engines;

/// <summary>Keys and values of the tokens already seen, for each row of a decoding batch and each layer.</summary>
public interface IKeyValueCache : IDisposable
{
    /// <summary>Tokens that each row holds now.</summary>
    ReadOnlySpan<int> Lengths { get; }

    /// <summary>Maximum tokens per row.</summary>
    int Capacity { get; }

    /// <summary>Advances each row by its number of new tokens, after every layer has appended them.</summary>
    /// <param name="newTokens">One count a row.</param>
    void Advance(ReadOnlySpan<int> newTokens);

    /// <summary>
    /// Keeps the named rows, in this order, and drops the others; a row may be named several times (one prompt, many
    /// completions) as long as the count does not exceed the batch the cache was made for.
    /// </summary>
    /// <param name="rows">Rows to keep.</param>
    void Keep(ReadOnlySpan<int> rows);

    /// <summary>
    /// Adds copies of rows of another cache after the last row, so that sequences join those that are being decoded, or go on from where
    /// another one stands.
    /// </summary>
    /// <param name="source">A cache of the same model and engine.</param>
    /// <param name="rows">
    /// Its rows, in this order; one may be named several times. They fit: no more rows in all than the batch that this cache was made for,
    /// and none longer than its capacity.
    /// </param>
    /// <exception cref="ArgumentException">They do not fit, a row is not there, or the caches are not alike.</exception>
    void Append(IKeyValueCache source, ReadOnlySpan<int> rows);
}
