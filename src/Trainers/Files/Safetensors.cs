using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Files;

/// <summary>
/// The safetensors format: 8 bytes of header length (little-endian), a JSON header, then the elements. Writes tensors
/// in ordinal order of their names, the header padded with spaces to a multiple of 8 bytes, so that equal contents are equal
/// bytes. Source: huggingface/safetensors, "Format".
/// </summary>
internal static class Safetensors
{
    internal const string MetadataName = "__metadata__";

    private const int LengthBytes = 8;

    /// <summary>Writes a file's content.</summary>
    /// <param name="stream">Where to write.</param>
    /// <param name="content">What.</param>
    public static void Write(Stream stream, SafetensorsContent content)
    {
        KeyValuePair<string, TensorData>[] tensors = [.. content.Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal)];
        byte[] header = Header(tensors, content.Metadata);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var (_, tensor) in tensors)
        {
            tensor.ForEachPiece(stream.Write);
        }
    }

    /// <summary>
    /// Reads a file's header and checks every statement of it against the file's length. Elements are read when they are asked for.
    /// </summary>
    /// <param name="file">The file, which must not change while its tensors are used.</param>
    /// <exception cref="InputException">The file is missing, cut off or damaged.</exception>
    public static SafetensorsContent Open(string file)
    {
        using FileStream stream = OpenFile(file);
        SafetensorsHeader header = ReadHeader(stream, file);
        long begin = stream.Position;
        return new SafetensorsContent(
            header.Entries.ToDictionary(
                entry => entry.Name,
                TensorData (entry) => new StoredTensor(file, stream.Length, begin + entry.Begin, entry),
                StringComparer.Ordinal),
            header.Metadata);
    }

    /// <summary>Reads a file of 32-bit numbers into memory.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">The file is missing, cut off or damaged, or contains other types.</exception>
    public static SafetensorsContent Read(string file)
    {
        using FileStream stream = OpenFile(file);
        return Read(stream, file);
    }

    /// <summary>Reads a seekable stream of 32-bit numbers from beginning to end.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <exception cref="InputException">The content is cut off or damaged, or contains other types.</exception>
    public static SafetensorsContent Read(Stream stream, string source)
    {
        SafetensorsHeader header = ReadHeader(stream, source);
        return new SafetensorsContent(
            header.Entries.ToDictionary(
                entry => entry.Name,
                TensorData (entry) => ReadTensor(stream, source, entry),
                StringComparer.Ordinal),
            header.Metadata);
    }

    private static FileStream OpenFile(string file) =>
        File.Exists(file) ? File.OpenRead(file) : throw new InputException(InputFiles.Missing(file, "a safetensors file"));

    private static SafetensorsHeader ReadHeader(Stream stream, string source)
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
        return header;
    }

    internal static void Require(bool condition, string source, FormattableString found, FormattableString expected)
    {
        if (!condition)
        {
            throw new InputException(new InputProblem(
                source, 0, "", found.ToString(CultureInfo.InvariantCulture), expected.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static SafetensorsTensor ReadTensor(Stream stream, string source, SafetensorsEntry entry)
    {
        Require(entry.Type == NumberType.F32, source, $"tensor \"{entry.Name}\" of type {entry.Type.NameOf()}", $"F32");
        long count = (entry.End - entry.Begin) / sizeof(float);
        Require(count <= Array.MaxLength, source, $"tensor \"{entry.Name}\" of {count} elements", $"at most {Array.MaxLength}");
        var values = new float[count];
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return new SafetensorsTensor(entry.Shape, values);
    }

    private static byte[] Header(KeyValuePair<string, TensorData>[] tensors, IReadOnlyDictionary<string, string> metadata)
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

    private static void WriteEntries(Utf8JsonWriter writer, KeyValuePair<string, TensorData>[] tensors)
    {
        long offset = 0;
        foreach (var (name, tensor) in tensors)
        {
            if (name == MetadataName)
            {
                throw new ArgumentException($"A tensor may not be called {MetadataName}.", nameof(tensors));
            }

            writer.WriteStartObject(name);
            writer.WriteString("dtype", tensor.Type.NameOf());
            writer.WriteStartArray("shape");
            foreach (int extent in tensor.Shape)
            {
                writer.WriteNumberValue(extent);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("data_offsets");
            writer.WriteNumberValue(offset);
            writer.WriteNumberValue(offset += tensor.Count * tensor.Type.SizeOf());
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }
}
