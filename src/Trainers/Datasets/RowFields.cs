using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace RlCore.Trainers.Datasets;

/// <summary>Cells of a row by column name; compared by content, in any order.</summary>
internal sealed class RowFields : IReadOnlyDictionary<string, string>, IEquatable<RowFields>
{
    private readonly string[] _names;
    private readonly string[] _values;

    public RowFields(IReadOnlyDictionary<string, string> fields)
        : this([.. fields.Keys], [.. fields.Values])
    {
    }

    /// <summary>All rows of a file share the names; there are few, so a linear search is enough.</summary>
    public RowFields(string[] names, string[] values)
    {
        _names = names;
        _values = values;
    }

    public static RowFields None { get; } = new([], []);

    public int Count => _names.Length;

    public IEnumerable<string> Keys => _names;

    public IEnumerable<string> Values => _values;

    public string this[string key] => TryGetValue(key, out string? value)
        ? value
        : throw new KeyNotFoundException(
            $"There is no column \"{key}\"; there are {string.Join(", ", _names.Select(name => $"\"{name}\""))}.");

    public bool ContainsKey(string key) => Array.IndexOf(_names, key) >= 0;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        int place = Array.IndexOf(_names, key);
        value = place < 0 ? null : _values[place];
        return place >= 0;
    }

    public bool Equals(RowFields? other) => other is not null && Count == other.Count
        && this.All(field => other.TryGetValue(field.Key, out string? value) && value == field.Value);

    public override bool Equals(object? obj) => Equals(obj as RowFields);

    public override int GetHashCode() => this.Aggregate(Count, (hash, field) => hash ^ HashCode.Combine(field.Key, field.Value));

    public override string ToString() => $"{{ {string.Join(", ", this.Select(field => $"{field.Key} = {field.Value}"))} }}";

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        _names.Select((name, place) => KeyValuePair.Create(name, _values[place])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
