using System.Numerics;
using System.Runtime.InteropServices;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>A quick hash of bytes, for tables within one process.</summary>
internal static class ContentHash
{
    private const ulong Factor = 0x9E3779B97F4A7C15;

    /// <summary>The hash.</summary>
    /// <param name="content">The bytes.</param>
    public static uint Of(ReadOnlySpan<byte> content)
    {
        ulong hash = (ulong)content.Length * Factor;
        while (content.Length >= 8)
        {
            hash = (BitOperations.RotateLeft(hash, 23) ^ MemoryMarshal.Read<ulong>(content)) * Factor;
            content = content[8..];
        }

        if (content.Length >= 4)
        {
            hash = (BitOperations.RotateLeft(hash, 23) ^ MemoryMarshal.Read<uint>(content)) * Factor;
            content = content[4..];
        }

        foreach (byte value in content)
        {
            hash = (BitOperations.RotateLeft(hash, 11) ^ value) * Factor;
        }

        return (uint)(hash >> 32);
    }
}
