using System.Collections;
using System.Globalization;
using System.Numerics;

namespace RlCore;

/// <summary>
/// Immutable numbers, compared by content, so that records that contain them are compared by content too.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Values<T> : IReadOnlyList<T>, IEquatable<Values<T>>
    where T : unmanaged, INumber<T>
{
    private readonly T[] _numbers;

    // The array is not copied: the caller gives up ownership.
    internal Values(T[] numbers) => _numbers = numbers;

    /// <summary>How many.</summary>
    public int Count => _numbers.Length;

    /// <summary>One of them.</summary>
    /// <param name="index">From 0.</param>
    public T this[int index] => _numbers[index];

    /// <summary>The numbers in place.</summary>
    public ReadOnlySpan<T> AsSpan() => _numbers;

    /// <summary>A copy.</summary>
    public T[] ToArray() => [.. _numbers];

    /// <inheritdoc/>
    public bool Equals(Values<T>? other) => other is not null && _numbers.AsSpan().SequenceEqual(other._numbers);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Values<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (T number in _numbers)
        {
            hash.Add(number);
        }

        return hash.ToHashCode();
    }

    /// <summary>The first numbers, in the invariant culture.</summary>
    public override string ToString()
    {
        const int Shown = 8;
        string shown = string.Join(", ", _numbers.Take(Shown).Select(number => number.ToString(null, CultureInfo.InvariantCulture)));
        return _numbers.Length <= Shown ? $"[{shown}]" : $"[{shown}, … {_numbers.Length} in all]";
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_numbers).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _numbers.GetEnumerator();
}
