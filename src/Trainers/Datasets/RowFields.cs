using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace RlCore.Trainers.Datasets;

/// <summary>A row's cells by the names of their columns; equal to another by content. Rows share the names.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is a row's fields; that it is a dictionary of them is how they are read.")]
public sealed class RowFields : IReadOnlyDictionary<string, string>, IEquatable<RowFields>
{
    private readonly string[] _names;
    private readonly string[] _cells;

    /// <summary>Fields of a row.</summary>
    /// <param name="names">Names of the columns; of two of one name the first counts.</param>
    /// <param name="cells">A cell a name.</param>
    /// <exception cref="ArgumentException">There are not as many cells as names.</exception>
    public RowFields(string[] names, string[] cells)
    {
        if (names.Length != cells.Length)
        {
            throw new ArgumentException($"{cells.Length} cells do not fit {names.Length} columns.", nameof(cells));
        }

        (_names, _cells) = (names, cells);
    }

    /// <summary>No fields.</summary>
    public static RowFields None { get; } = new([], []);

    /// <inheritdoc/>
    public int Count => _names.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _names;

    /// <inheritdoc/>
    public IEnumerable<string> Values => _cells;

    /// <inheritdoc/>
    public string this[string key] => TryGetValue(key, out string? value) ? value : throw new KeyNotFoundException($"The row has no column \"{key}\"; it has {string.Join(", ", _names)}.");

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Array.IndexOf(_names, key) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        int place = Array.IndexOf(_names, key);
        value = place >= 0 ? _cells[place] : null;
        return place >= 0;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        _names.Zip(_cells, KeyValuePair.Create).GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(RowFields? other) =>
        other is not null && _names.AsSpan().SequenceEqual(other._names) && _cells.AsSpan().SequenceEqual(other._cells);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RowFields);

    /// <inheritdoc/>
    public override int GetHashCode() => _cells.Aggregate(_names.Length, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", this.Select(field => $"{field.Key} = {field.Value}"))}]";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
