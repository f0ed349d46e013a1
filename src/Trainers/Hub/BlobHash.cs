using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace RlCore.Trainers.Hub;

/// <summary>
/// The hash that a blob's name states: SHA-256 of the content for files in large-file storage (64 hexadecimal digits), else the
/// identifier that Git gives a blob (40 digits), which is the SHA-1 of <c>"blob " + size + "\0" + content</c>. Names of other
/// forms, which some mirrors use, state no hash.
/// </summary>
/// <param name="etag">Name of the blob.</param>
/// <param name="size">Its size in bytes.</param>
internal sealed class BlobHash(string etag, long size) : IDisposable
{
    private readonly IncrementalHash? _hash = Begin(etag, size);

    /// <summary>Adds bytes of the content, in order.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Append(ReadOnlySpan<byte> bytes) => _hash?.AppendData(bytes);

    /// <summary>Whether the bytes so far are the blob's content. Ends the computation.</summary>
    public bool Matches() => _hash is null || Convert.ToHexStringLower(_hash.GetHashAndReset()) == etag;

    /// <inheritdoc/>
    public void Dispose() => _hash?.Dispose();

    private static IncrementalHash? Begin(string etag, long size)
    {
        if (!etag.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        IncrementalHash? hash = etag.Length switch
        {
            64 => IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
            40 => IncrementalHash.CreateHash(HashAlgorithmName.SHA1),
            _ => null,
        };
        if (etag.Length == 40)
        {
            hash?.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
        }

        return hash;
    }
}
