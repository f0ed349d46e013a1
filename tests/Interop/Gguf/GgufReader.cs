using System.Text;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>A tensor of a GGUF file as it is stored.</summary>
/// <param name="Type">The format's number of its type.</param>
/// <param name="Shape">Its sizes, the fastest first.</param>
/// <param name="Bytes">From its first byte to the next tensor's.</param>
internal sealed record StoredGgufTensor(uint Type, IReadOnlyList<ulong> Shape, byte[] Bytes);

/// <summary>Reads GGUF files with code that shares nothing with the writer's.</summary>
internal sealed class GgufReader
{
    private const int Alignment = 32;

    private GgufReader(Dictionary<string, object> metadata, Dictionary<string, StoredGgufTensor> tensors)
    {
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>The metadata.</summary>
    public IReadOnlyDictionary<string, object> Metadata { get; }

    /// <summary>The tensors.</summary>
    public IReadOnlyDictionary<string, StoredGgufTensor> Tensors { get; }

    /// <summary>Reads a file.</summary>
    public static GgufReader Read(string file)
    {
        byte[] content = File.ReadAllBytes(file);
        using var reader = new BinaryReader(new MemoryStream(content));
        Assert.Equal("GGUF"u8.ToArray(), reader.ReadBytes(4));
        Assert.Equal(3u, reader.ReadUInt32());
        ulong tensorCount = reader.ReadUInt64();
        ulong pairCount = reader.ReadUInt64();
        var metadata = new Dictionary<string, object>();
        for (ulong i = 0; i < pairCount; i++)
        {
            metadata.Add(ReadText(reader), ReadValue(reader, reader.ReadUInt32()));
        }

        var entries = new List<(string Name, uint Type, ulong[] Shape, long Offset)>();
        for (ulong i = 0; i < tensorCount; i++)
        {
            string name = ReadText(reader);
            ulong[] shape = [.. Enumerable.Range(0, (int)reader.ReadUInt32()).Select(_ => reader.ReadUInt64())];
            entries.Add((name, reader.ReadUInt32(), shape, (long)reader.ReadUInt64()));
        }

        long begin = (reader.BaseStream.Position + Alignment - 1) / Alignment * Alignment;
        Assert.All(entries, entry => Assert.Equal(0, entry.Offset % Alignment));
        var ends = entries.Skip(1).Select(entry => begin + entry.Offset).Append(content.Length);
        return new GgufReader(
            metadata,
            entries.Zip(ends).ToDictionary(
                entry => entry.First.Name,
                entry => new StoredGgufTensor(
                    entry.First.Type,
                    entry.First.Shape,
                    content[(int)(begin + entry.First.Offset)..(int)entry.Second])));
    }

    private static object ReadValue(BinaryReader reader, uint type) => type switch
    {
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadBoolean(),
        8 => ReadText(reader),
        9 => ReadList(reader),
        10 => reader.ReadUInt64(),
        _ => throw new InvalidDataException($"The metadata has a value of the type {type}."),
    };

    private static object[] ReadList(BinaryReader reader)
    {
        uint type = reader.ReadUInt32();
        ulong count = reader.ReadUInt64();
        return [.. Enumerable.Range(0, (int)count).Select(_ => ReadValue(reader, type))];
    }

    private static string ReadText(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));
}
