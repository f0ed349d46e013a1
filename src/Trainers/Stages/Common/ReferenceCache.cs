using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using RlCore.Engines;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Log-probs under a reference, kept in <c>reference-HASH.safetensors</c>: computed once, and reused by a resumed run and by
/// other stages over the same data. The hash covers everything that the numbers depend on; a damaged file is computed again.
/// </summary>
/// <param name="folder">The folder of the files; created when needed.</param>
/// <param name="identity">What the numbers depend on besides the sequences: the reference, and how it is computed.</param>
/// <param name="compute">Computes them from the sequences and their number; called in all processes or in none.</param>
/// <param name="parallel">The processes, of which one keeps the file; null for one.</param>
internal sealed class ReferenceCache(
    string folder,
    string identity,
    Func<IEnumerable<TokenSequence>, int, float[]> compute,
    DataParallel? parallel = null)
    : IReferenceLogProbs
{
    private const string Sum = "log_probs";
    private const string Checksum = "sha256";

    /// <summary>A hash of parameters: names, shapes and values.</summary>
    /// <param name="parameters">The parameters.</param>
    public static string Hash(IReadOnlyDictionary<string, TensorData> parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}[{string.Join(',', tensor.Shape)}]"));
            tensor.ForEachPiece(hash.AppendData);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public float[] Sums(IEnumerable<TokenSequence> sequences)
    {
        var (key, count) = Key(sequences);
        string file = Path.Combine(folder, $"reference-{key}.safetensors");
        DataParallel processes = parallel ?? DataParallel.Alone;
        byte[] kept = processes.FromRoot(() => TryRead(file, count, out float[] read) ? [1, .. MemoryMarshal.AsBytes<float>(read)] : [0]);
        if (kept[0] == 1)
        {
            return MemoryMarshal.Cast<byte, float>(kept.AsSpan(1)).ToArray();
        }

        float[] sums = compute(sequences, count);
        processes.AtRoot(() =>
        {
            DurableFiles.CreateFolder(folder);
            DurableFiles.DeleteTemporaries(folder);
            DurableFiles.WriteFile(file, stream => Safetensors.Write(stream, new SafetensorsContent(
                new Dictionary<string, TensorData> { [Sum] = new SafetensorsTensor([sums.Length], sums) },
                new Dictionary<string, string> { [Checksum] = Hash(sums) })));
        });
        return sums;
    }

    private static bool TryRead(string file, int count, out float[] sums)
    {
        sums = [];
        if (!File.Exists(file))
        {
            return false;
        }

        try
        {
            SafetensorsContent content = Safetensors.Read(file);
            sums = content.Tensors.TryGetValue(Sum, out var tensor) ? tensor.ToArray() : [];
            return sums.Length == count && content.Metadata.TryGetValue(Checksum, out string? checksum) && checksum == Hash(sums);
        }
        catch (InputException)
        {
            return false; // Damaged, so computed again.
        }
    }

    // Lengths are hashed too, so that two different lists of sequences never give the same bytes.
    private (string Key, int Count) Key(IEnumerable<TokenSequence> sequences)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        int count = 0;
        byte[] lengths = new byte[3 * sizeof(int)];
        foreach (TokenSequence sequence in sequences)
        {
            BinaryPrimitives.WriteInt32LittleEndian(lengths, sequence.PromptLength);
            BinaryPrimitives.WriteInt32LittleEndian(lengths.AsSpan(sizeof(int)), sequence.Tokens.Length);
            BinaryPrimitives.WriteInt32LittleEndian(lengths.AsSpan(2 * sizeof(int)), sequence.Interludes.Count);
            hash.AppendData(lengths);
            hash.AppendData(MemoryMarshal.AsBytes<int>(sequence.Tokens));
            hash.AppendData(MemoryMarshal.AsBytes<TokenRange>([.. sequence.Interludes]));
            count++;
        }

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), count);
    }

    private static string Hash(float[] values) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(values)));
}
