using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Export;

/// <summary>What a GGUF file holds, by its own account.</summary>
/// <param name="Metadata">
/// Values by key, in the order of the file: texts, numbers and truth values of .NET's types, and arrays of them.
/// </param>
/// <param name="Tensors">The tensors, in the order of the file.</param>
internal sealed record GgufContent(IReadOnlyDictionary<string, object> Metadata, IReadOnlyList<GgufEntry> Tensors)
{
    /// <summary>How the names of such files end.</summary>
    public const string Suffix = ".gguf";

    /// <summary>Whether a file is one, by its name or by its first bytes.</summary>
    /// <param name="file">A file that exists.</param>
    public static bool IsOne(string file)
    {
        using FileStream stream = File.OpenRead(file);
        Span<byte> first = stackalloc byte[GgufFile.Magic.Length];
        return file.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase)
            || (stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && first.SequenceEqual(GgufFile.Magic));
    }

    /// <summary>Reads everything but the elements, and checks every statement of it against the file's length.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">The file is missing, cut off or damaged.</exception>
    public static GgufContent Open(string file)
    {
        using FileStream stream = File.Exists(file)
            ? File.OpenRead(file)
            : throw new InputException(InputFiles.Missing(file, "a GGUF file"));
        return new GgufReader(stream, file).Read();
    }
}

/// <summary>Where a tensor lies in a GGUF file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Encoding">How its elements are stored.</param>
/// <param name="Shape">Its sizes, the fastest last, as safetensors has them and not as GGUF does.</param>
/// <param name="Begin">Its first byte in the file.</param>
internal sealed record GgufEntry(string Name, GgufBlock Encoding, IReadOnlyList<long> Shape, long Begin)
{
    /// <summary>Number of elements.</summary>
    public long Count { get; } = Shape.Aggregate(1L, (product, extent) => checked(product * extent));

    /// <summary>Bytes in the file, without padding.</summary>
    public long Bytes => Encoding.BytesOf(Count);

    /// <summary>Type and shape.</summary>
    public override string ToString() => $"{Encoding.Name} [{string.Join(", ", Shape)}]";
}
