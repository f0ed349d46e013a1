using RlCore.Trainers.Files;

namespace RlCore.Trainers.Models;

/// <summary>The rows of several tensors of equal width, one after the other, as one tensor.</summary>
/// <param name="shape">Shape of the whole.</param>
/// <param name="parts">The tensors, all of one type.</param>
internal sealed class StackedTensor(IReadOnlyList<int> shape, IReadOnlyList<TensorData> parts) : TensorData(shape, parts[0].Type)
{
    /// <inheritdoc/>
    public override void Read(long first, Span<float> destination)
    {
        foreach (TensorData part in parts)
        {
            if (first < part.Count && destination.Length > 0)
            {
                int count = (int)Math.Min(part.Count - first, destination.Length);
                part.Read(first, destination[..count]);
                destination = destination[count..];
                first = part.Count;
            }

            first -= part.Count;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(long first, Span<byte> destination)
    {
        int size = Type.SizeOf();
        foreach (TensorData part in parts)
        {
            if (first < part.Count && destination.Length > 0)
            {
                int count = (int)Math.Min(part.Count - first, destination.Length / size);
                part.ReadBytes(first, destination[..(count * size)]);
                destination = destination[(count * size)..];
                first = part.Count;
            }

            first -= part.Count;
        }
    }
}

/// <summary>A run of a tensor's elements, in another shape.</summary>
/// <param name="shape">The shape.</param>
/// <param name="whole">The tensor.</param>
/// <param name="start">Index of the first element.</param>
internal sealed class TensorSlice(IReadOnlyList<int> shape, TensorData whole, long start) : TensorData(shape, whole.Type)
{
    /// <inheritdoc/>
    public override void Read(long first, Span<float> destination) => whole.Read(start + first, destination);

    /// <inheritdoc/>
    public override void ReadBytes(long first, Span<byte> destination) => whole.ReadBytes(start + first, destination);
}

/// <summary>
/// A matrix with rows and columns exchanged. The matrix is in memory while it is read from its first element to its last.
/// </summary>
/// <param name="matrix">The matrix.</param>
internal sealed class TransposedTensor(TensorData matrix) : TensorData([matrix.Shape[1], matrix.Shape[0]], matrix.Type)
{
    private float[]? _values;

    /// <inheritdoc/>
    public override void Read(long first, Span<float> destination)
    {
        float[] values = _values ??= matrix.ToArray();
        int columns = matrix.Shape[1];
        int rows = matrix.Shape[0];
        for (int i = 0; i < destination.Length; i++)
        {
            (long column, long row) = Math.DivRem(first + i, rows);
            destination[i] = values[(row * columns) + column];
        }

        if (first + destination.Length == Count)
        {
            _values = null;
        }
    }
}

/// <summary>A tensor whose elements are rounded to another type.</summary>
/// <param name="tensor">The tensor.</param>
/// <param name="type">The type.</param>
internal sealed class ConvertedTensor(TensorData tensor, NumberType type) : TensorData(tensor.Shape, type)
{
    /// <inheritdoc/>
    public override void Read(long first, Span<float> destination)
    {
        tensor.Read(first, destination);
        var bytes = new byte[destination.Length * Type.SizeOf()];
        NumberConversion.FromFloats(destination, Type, bytes);
        NumberConversion.ToFloats(bytes, Type, destination);
    }

    /// <inheritdoc/>
    public override void ReadBytes(long first, Span<byte> destination)
    {
        if (tensor.Type == Type)
        {
            tensor.ReadBytes(first, destination);
        }
        else
        {
            var numbers = new float[destination.Length / Type.SizeOf()];
            tensor.Read(first, numbers);
            NumberConversion.FromFloats(numbers, Type, destination);
        }
    }
}
