namespace RlCore.Trainers.Files;

/// <summary>What a file holds, or is to hold, of a tensor: its shape, its number type, and its elements when they are asked for.</summary>
public abstract class TensorData
{
    // A piece that fits the cache, so that reading a tensor never needs a second copy of it.
    private const int PieceElements = 1 << 18;

    private readonly int[] _shape;

    /// <summary>A tensor.</summary>
    /// <param name="shape">Sizes, each at least 0; none for a scalar.</param>
    /// <param name="type">Type of the elements.</param>
    internal TensorData(IReadOnlyList<int> shape, NumberType type)
    {
        _shape = [.. shape];
        Type = type;
        Count = _shape.Aggregate(1L, (product, extent) => checked(product * extent));
    }

    /// <summary>Sizes; none for a scalar.</summary>
    public IReadOnlyList<int> Shape => _shape;

    /// <summary>Type of the elements.</summary>
    public NumberType Type { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Reads elements in row-major order as 32-bit numbers.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="destination">As many as there is room for.</param>
    public abstract void Read(long first, Span<float> destination);

    /// <summary>Reads elements in row-major order as a file stores them, little-endian.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="destination">Room for whole elements.</param>
    public virtual void ReadBytes(long first, Span<byte> destination)
    {
        var numbers = new float[destination.Length / Type.SizeOf()];
        Read(first, numbers);
        NumberConversion.FromFloats(numbers, Type, destination);
    }

    /// <summary>All elements in row-major order.</summary>
    /// <exception cref="OverflowException">There are more than an array holds.</exception>
    public virtual float[] ToArray()
    {
        var values = new float[checked((int)Count)];
        for (int first = 0; first < values.Length; first += PieceElements)
        {
            Read(first, values.AsSpan(first, Math.Min(PieceElements, values.Length - first)));
        }

        return values;
    }

    /// <summary>Hands over all elements as a file stores them, piece by piece.</summary>
    /// <param name="take">Takes a piece, which is overwritten afterwards.</param>
    internal void ForEachPiece(Action<ReadOnlySpan<byte>> take)
    {
        int size = Type.SizeOf();
        var piece = new byte[Math.Min(Count, PieceElements) * size];
        for (long first = 0; first < Count; first += PieceElements)
        {
            Span<byte> bytes = piece.AsSpan(0, (int)Math.Min(PieceElements, Count - first) * size);
            ReadBytes(first, bytes);
            take(bytes);
        }
    }

    /// <summary>The shape for messages.</summary>
    public override string ToString() => $"{Type.NameOf()} [{string.Join(", ", _shape)}]";
}
