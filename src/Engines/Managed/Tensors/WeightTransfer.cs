namespace RlCore.Engines.Managed;

/// <summary>Moves the values of weights in and out, whatever type they are stored in.</summary>
internal static unsafe class WeightTransfer
{
    /// <summary>Reads values as float32.</summary>
    /// <param name="node">The node.</param>
    /// <param name="destination">Receives them, row by row.</param>
    public static void Read(Node node, Span<float> destination)
    {
        if (node.Type == WeightType.BF16)
        {
            fixed (float* floats = destination)
            {
                Elements.Copy((BFloat16*)node.Data, floats, node.Length);
            }
        }
        else
        {
            new ReadOnlySpan<float>(node.Data, node.Length).CopyTo(destination);
        }
    }

    /// <summary>Fills a weight, a piece at a time.</summary>
    /// <param name="node">The node.</param>
    /// <param name="source">Where the values come from.</param>
    public static void Fill(Node node, WeightSource source)
    {
        for (long first = 0; first < node.Length; first += WeightSource.LargestPiece)
        {
            int count = (int)Math.Min(WeightSource.LargestPiece, node.Length - first);
            if (node.Type == WeightType.BF16)
            {
                source.ReadBFloat16(first, new Span<ushort>((ushort*)node.Data + first, count));
            }
            else
            {
                source.Read(first, new Span<float>(node.Data + first, count));
            }
        }
    }
}
