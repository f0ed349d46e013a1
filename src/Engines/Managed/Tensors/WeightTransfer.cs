using System.Buffers;

namespace RlCore.Engines.Managed;

/// <summary>Moves the values of weights in and out, whatever type they are stored in.</summary>
internal static unsafe class WeightTransfer
{
    private const int DiscardedBits = 16;

    /// <summary>Bytes of a matrix.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="type">How it is stored.</param>
    public static long BytesOf(int rows, int columns, WeightType type) => (long)rows * type switch
    {
        WeightType.F32 => (long)columns * sizeof(float),
        WeightType.BF16 => (long)columns * sizeof(ushort),
        _ => Quantized8.Pitch(columns),
    };

    /// <summary>Reads values as float32.</summary>
    /// <param name="node">The node.</param>
    /// <param name="destination">Receives them, row by row.</param>
    public static void Read(Node node, Span<float> destination)
    {
        var lines = MatrixView.Of(node).Transposed;
        fixed (float* floats = destination)
        {
            for (int row = 0; row < node.Rows; row++)
            {
                lines.CopyLine(row, floats + ((long)row * node.Columns));
            }
        }
    }

    /// <summary>Fills a weight, a piece at a time.</summary>
    /// <param name="node">The node.</param>
    /// <param name="source">Where the values come from.</param>
    public static void Fill(Node node, WeightSource source)
    {
        bool isDirect = node.Type == WeightType.F32 || (node.Type == WeightType.BF16 && source.Type == WeightType.BF16);
        float[] floats = isDirect ? [] : ArrayPool<float>.Shared.Rent(Math.Min(node.Length, WeightSource.LargestPiece));
        try
        {
            for (long first = 0; first < node.Length; first += WeightSource.LargestPiece)
            {
                int count = (int)Math.Min(WeightSource.LargestPiece, node.Length - first);
                if (node.Type == WeightType.F32)
                {
                    source.Read(first, new Span<float>(node.Data + first, count));
                }
                else if (isDirect)
                {
                    source.ReadBFloat16(first, new Span<ushort>((ushort*)node.Data + first, count));
                }
                else
                {
                    source.Read(first, floats.AsSpan(0, count));
                    Store(node, first, floats.AsSpan(0, count));
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(floats);
        }
    }

    private static void Store(Node node, long first, ReadOnlySpan<float> numbers)
    {
        if (node.Type == WeightType.BF16)
        {
            ushort* target = (ushort*)node.Data + first;
            for (int i = 0; i < numbers.Length; i++)
            {
                target[i] = Rounded(numbers[i]);
            }

            return;
        }

        // A piece may end within a row, but never within a block.
        var lines = MatrixView.Of(node).Transposed;
        while (numbers.Length > 0)
        {
            int row = (int)(first / node.Columns);
            int column = (int)(first % node.Columns);
            int count = Math.Min(numbers.Length, node.Columns - column);
            Quantized8.Store(numbers[..count], (Quantized8*)lines.Line(row), column);
            numbers = numbers[count..];
            first += count;
        }
    }

    // To the nearest, and to even between two; the numbers are finite.
    private static ushort Rounded(float number)
    {
        uint bits = BitConverter.SingleToUInt32Bits(number);
        uint half = (1u << (DiscardedBits - 1)) - 1 + ((bits >> DiscardedBits) & 1);
        return (ushort)((bits + half) >> DiscardedBits);
    }
}
