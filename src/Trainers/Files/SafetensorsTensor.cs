namespace RlCore.Trainers.Files;

/// <summary>A named tensor's content: shape and values in row-major order. Equal by content, bit by bit.</summary>
public sealed class SafetensorsTensor : IEquatable<SafetensorsTensor>
{
    private readonly int[] _shape;

    /// <summary>A tensor.</summary>
    /// <param name="shape">Sizes, each at least 0; none for a scalar.</param>
    /// <param name="values">Values in row-major order; held, not copied.</param>
    /// <exception cref="ArgumentException">The number of values is not the product of the sizes.</exception>
    public SafetensorsTensor(IReadOnlyList<int> shape, float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _shape = [.. shape];
        Values = values;
        long size = Array.TrueForAll(_shape, extent => extent >= 0)
            ? _shape.Aggregate(1L, (product, extent) => checked(product * extent))
            : -1;
        if (size != values.Length)
        {
            throw new ArgumentException($"The shape [{string.Join(", ", _shape)}] does not hold {values.Length} values.", nameof(values));
        }
    }

    /// <summary>Sizes; none for a scalar.</summary>
    public IReadOnlyList<int> Shape => _shape;

    /// <summary>Values in row-major order.</summary>
    public float[] Values { get; }

    /// <inheritdoc/>
    public bool Equals(SafetensorsTensor? other) => other is not null
        && _shape.AsSpan().SequenceEqual(other._shape)
        && System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(Values)
            .SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(other.Values));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SafetensorsTensor);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_shape.Length, Values.Length, Values.Length > 0 ? Values[0] : 0f);
}

/// <summary>The content of a safetensors file.</summary>
/// <param name="Tensors">By name.</param>
/// <param name="Metadata">Strings by name.</param>
internal sealed record SafetensorsContent(
    IReadOnlyDictionary<string, SafetensorsTensor> Tensors,
    IReadOnlyDictionary<string, string> Metadata);
