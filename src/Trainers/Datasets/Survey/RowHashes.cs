using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RlCore.Trainers.Datasets;

/// <summary>Rows, and their prompts, by the first 64 bits of their SHA-256.</summary>
internal sealed class RowHashes : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The hash of a row's first cell, and that of all its cells. Every character is hashed once.</summary>
    /// <param name="row">The row.</param>
    public (ulong Prompt, ulong Row) Of(TableRow row)
    {
        Span<byte> prompt = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(row.Cells[0].AsSpan()), prompt);
        _hash.AppendData(prompt);
        foreach (string cell in row.Cells.AsSpan(1))
        {
            Append(cell);
        }

        foreach (string cell in row.Others)
        {
            Append(cell);
        }

        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(whole);
        return (TextHashes.First(prompt), TextHashes.First(whole));
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    // A cell contains no NUL, so cells that are divided in another way have another hash.
    private void Append(string cell)
    {
        _hash.AppendData(MemoryMarshal.AsBytes(cell.AsSpan()));
        _hash.AppendData([0, 0]);
    }
}
