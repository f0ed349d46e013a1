using System.Runtime.InteropServices;

namespace RlCore.Trainers.Files;

/// <summary>A tensor of 32-bit numbers in memory. Equal by content, bit by bit.</summary>
public sealed class SafetensorsTensor : TensorData, IEquatable<SafetensorsTensor>
{
    /// <summary>A tensor.</summary>
    /// <param name="shape">Sizes, each at least 0; none for a scalar.</param>
    /// <param name="values">Values in row-major order; held, not copied.</param>
    /// <exception cref="ArgumentException">The number of values is not the product of the sizes.</exception>
    public SafetensorsTensor(IReadOnlyList<int> shape, float[] values)
        : base(Checked(shape, values), NumberType.F32) => Values = values;

    /// <summary>Values in row-major order.</summary>
    public float[] Values { get; }

    /// <inheritdoc/>
    public override void Read(long first, Span<float> destination) =>
        Values.AsSpan(checked((int)first), destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public override float[] ToArray() => Values;

    /// <inheritdoc/>
    public bool Equals(SafetensorsTensor? other) => other is not null
        && Shape.SequenceEqual(other.Shape)
        && MemoryMarshal.AsBytes<float>(Values).SequenceEqual(MemoryMarshal.AsBytes<float>(other.Values));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SafetensorsTensor);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Shape.Count, Values.Length, Values.Length > 0 ? Values[0] : 0f);

    private static IReadOnlyList<int> Checked(IReadOnlyList<int> shape, float[] values)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(values);
        long size = shape.All(extent => extent >= 0) ? shape.Aggregate(1L, (product, extent) => checked(product * extent)) : -1;
        return size == values.Length
            ? shape
            : throw new ArgumentException($"The shape [{string.Join(", ", shape)}] does not hold {values.Length} values.", nameof(values));
    }
}

/// <summary>The content of a safetensors file.</summary>
/// <param name="Tensors">By name.</param>
/// <param name="Metadata">Strings by name.</param>
internal sealed record SafetensorsContent(
    IReadOnlyDictionary<string, TensorData> Tensors,
    IReadOnlyDictionary<string, string> Metadata);
