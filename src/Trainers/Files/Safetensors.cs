using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Files;

/// <summary>
/// The safetensors format: 8 bytes of header length (little-endian), a JSON header, then the values. Writes 32-bit floats,
/// tensors in ordinal order of their names, the header padded with spaces to a multiple of 8 bytes, so that equal contents
/// are equal bytes. Source: huggingface/safetensors, "Format".
/// </summary>
internal static class Safetensors
{
    internal const string MetadataName = "__metadata__";

    private const int LengthBytes = 8;
    private const int ChunkValues = 1 << 14;

    /// <summary>Writes a file's content.</summary>
    /// <param name="stream">Where to write.</param>
    /// <param name="content">What.</param>
    public static void Write(Stream stream, SafetensorsContent content)
    {
        KeyValuePair<string, SafetensorsTensor>[] tensors = [.. content.Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal)];
        byte[] header = Header(tensors, content.Metadata);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        var chunk = new byte[ChunkValues * sizeof(float)];
        foreach (var (_, tensor) in tensors)
        {
            foreach (float[] values in tensor.Values.Chunk(ChunkValues))
            {
                for (int i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(chunk.AsSpan(i * sizeof(float)), values[i]);
                }

                stream.Write(chunk, 0, values.Length * sizeof(float));
            }
        }
    }

    /// <summary>Reads a file and checks every statement of its header against its bytes.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">The file is missing, cut off or damaged, or contains values other than 32-bit floats.</exception>
    public static SafetensorsContent Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new InputException(InputFiles.Missing(file, "a safetensors file"));
        }

        using FileStream stream = File.OpenRead(file);
        return Read(stream, file);
    }

    /// <summary>Reads a seekable stream from beginning to end.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <exception cref="InputException">The content is cut off or damaged, or contains values other than 32-bit floats.</exception>
    public static SafetensorsContent Read(Stream stream, string source)
    {
        long length = stream.Length;
        Span<byte> prefix = stackalloc byte[LengthBytes];
        Require(length >= LengthBytes, source, $"a file of {length} bytes", $"at least 8 bytes of header length; the file is cut off");
        stream.ReadExactly(prefix);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        long most = Math.Min(length - LengthBytes, SafetensorsHeader.MostBytes);
        Require(
            headerLength <= (ulong)most,
            source,
            $"a file of {length} bytes whose first 8 announce a header of {headerLength}",
            $"a header of at most {most} bytes; the file is cut off or is no safetensors file");
        var json = new byte[headerLength];
        stream.ReadExactly(json);
        SafetensorsHeader header = SafetensorsHeader.Parse(json, source);
        long announced = header.Entries.Count == 0 ? 0 : header.Entries[^1].End;
        long present = length - LengthBytes - (long)headerLength;
        Require(
            announced == present,
            source,
            $"{present} bytes of values",
            $"{announced}, as the header says{(present < announced ? "; the file is cut off" : "")}");
        return new SafetensorsContent(
            header.Entries.ToDictionary(
                entry => entry.Name,
                entry => new SafetensorsTensor(entry.Shape, ReadValues(stream, entry)),
                StringComparer.Ordinal),
            header.Metadata);
    }

    internal static void Require(bool condition, string source, FormattableString found, FormattableString expected)
    {
        if (!condition)
        {
            throw new InputException(new InputProblem(
                source, 0, "", found.ToString(CultureInfo.InvariantCulture), expected.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static float[] ReadValues(Stream stream, SafetensorsEntry entry)
    {
        var values = new float[(entry.End - entry.Begin) / sizeof(float)];
        var chunk = new byte[Math.Min(values.Length, ChunkValues) * sizeof(float)];
        for (int start = 0; start < values.Length; start += ChunkValues)
        {
            int count = Math.Min(ChunkValues, values.Length - start);
            stream.ReadExactly(chunk, 0, count * sizeof(float));
            for (int i = 0; i < count; i++)
            {
                values[start + i] = BinaryPrimitives.ReadSingleLittleEndian(chunk.AsSpan(i * sizeof(float)));
            }
        }

        return values;
    }

    private static byte[] Header(KeyValuePair<string, SafetensorsTensor>[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            if (metadata.Count > 0)
            {
                writer.WriteStartObject(MetadataName);
                foreach (var (name, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    writer.WriteString(name, value);
                }

                writer.WriteEndObject();
            }

            WriteEntries(writer, tensors);
            writer.WriteEndObject();
        }

        while (stream.Length % LengthBytes != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.ToArray();
    }

    private static void WriteEntries(Utf8JsonWriter writer, KeyValuePair<string, SafetensorsTensor>[] tensors)
    {
        long offset = 0;
        foreach (var (name, tensor) in tensors)
        {
            if (name == MetadataName)
            {
                throw new ArgumentException($"A tensor may not be called {MetadataName}.", nameof(tensors));
            }

            writer.WriteStartObject(name);
            writer.WriteString("dtype", SafetensorsHeader.Float32);
            writer.WriteStartArray("shape");
            foreach (int extent in tensor.Shape)
            {
                writer.WriteNumberValue(extent);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("data_offsets");
            writer.WriteNumberValue(offset);
            writer.WriteNumberValue(offset += (long)tensor.Values.Length * sizeof(float));
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }
}
