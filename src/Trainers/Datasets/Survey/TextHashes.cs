using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// Texts by the first 64 bits of their SHA-256: 8 bytes per text, however long. Among 20 million texts, the chance that two different
/// ones are taken for equal is 1 in 90,000.
/// </summary>
internal static class TextHashes
{
    public static ulong Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()), hash);
        return First(hash);
    }

    /// <summary>The first 64 bits of a hash.</summary>
    public static ulong First(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt64LittleEndian(hash);

    /// <summary>A prompt with case and white space normalized.</summary>
    public static string Normalize(string prompt) =>
        string.Join(' ', prompt.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant();
}
