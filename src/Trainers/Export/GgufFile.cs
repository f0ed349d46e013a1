using System.Buffers.Binary;
using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Export;

/// <summary>
/// The GGUF format, version 3, little-endian: metadata, a table of tensors, then their elements, each tensor at a multiple of 32 bytes.
/// Tensors are read while they are written, so that no second copy of a model is in memory. Source: ggml, docs/gguf.md.
/// </summary>
internal static class GgufFile
{
    /// <summary>The version that is written.</summary>
    public const uint Version = 3;

    /// <summary>Tensors begin at multiples of this many bytes, unless <see cref="AlignmentKey"/> says otherwise.</summary>
    public const int Alignment = 32;

    /// <summary>The key of another alignment.</summary>
    public const string AlignmentKey = "general.alignment";

    // Numbers that are read and converted at a time; at least a row.
    private const int ChunkNumbers = 1 << 18;

    /// <summary>The first bytes of a file.</summary>
    public static ReadOnlySpan<byte> Magic => "GGUF"u8;

    /// <summary>Writes a file's content.</summary>
    /// <param name="stream">Where to write.</param>
    /// <param name="metadata">The metadata.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="source">The checkpoint, for messages.</param>
    /// <param name="advanced">Called with the bytes of elements that are written, and their total.</param>
    /// <exception cref="InputException">A number of the checkpoint is too large for its type in the file.</exception>
    public static void Write(
        Stream stream,
        GgufMetadata metadata,
        IReadOnlyList<GgufTensor> tensors,
        string source,
        Action<long, long>? advanced)
    {
        byte[] header = Header(metadata, tensors);
        stream.Write(header);
        long total = tensors.Sum(tensor => tensor.Bytes);
        long done = 0;
        foreach (GgufTensor tensor in tensors)
        {
            WriteElements(stream, tensor, source, bytes => advanced?.Invoke(done += bytes, total));
            stream.Write(new byte[PaddingOf(tensor.Bytes)]);
        }
    }

    private static void WriteElements(Stream stream, GgufTensor tensor, string source, Action<long> advanced)
    {
        int rows = Math.Max(1, ChunkNumbers / tensor.RowLength);
        var numbers = new float[Math.Min(tensor.Data.Count, (long)rows * tensor.RowLength)];
        var bytes = new byte[tensor.Type.BytesOf(numbers.Length)];
        for (long first = 0; first < tensor.Data.Count; first += numbers.Length)
        {
            Span<float> chunk = numbers.AsSpan(0, (int)Math.Min(numbers.Length, tensor.Data.Count - first));
            tensor.Data.Read(first, chunk);
            RequireRepresentable(chunk, tensor, source);
            Span<byte> encoded = bytes.AsSpan(0, (int)tensor.Type.BytesOf(chunk.Length));
            GgufEncoding.Encode(chunk, tensor.Type, encoded);
            stream.Write(encoded);
            advanced(encoded.Length);
        }
    }

    private static void RequireRepresentable(ReadOnlySpan<float> chunk, GgufTensor tensor, string source)
    {
        float largest = MathF.Abs(TensorPrimitives.MaxMagnitude(chunk));
        if (!(largest <= GgufEncoding.LargestOf(tensor.Type)))
        {
            throw new InputException(new InputProblem(
                source,
                0,
                tensor.Source,
                string.Create(CultureInfo.InvariantCulture, $"the number {largest}"),
                float.IsFinite(largest)
                    ? string.Create(
                        CultureInfo.InvariantCulture, $"at most {GgufEncoding.LargestOf(tensor.Type)} in this type; bf16 and f32 hold more")
                    : "finite numbers"));
        }
    }

    private static byte[] Header(GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        using var stream = new MemoryStream();
        stream.Write(Magic);
        WriteNumber(stream, Version);
        WriteNumber(stream, (ulong)tensors.Count);
        WriteNumber(stream, (ulong)metadata.Pairs.Count);
        foreach (var (key, value) in metadata.Pairs)
        {
            WriteText(stream, key);
            WriteValue(stream, value);
        }

        long offset = 0;
        foreach (GgufTensor tensor in tensors)
        {
            WriteText(stream, tensor.Name);
            WriteNumber(stream, (uint)tensor.Data.Shape.Count);

            // The fastest dimension comes first.
            foreach (int extent in tensor.Data.Shape.Reverse())
            {
                WriteNumber(stream, (ulong)extent);
            }

            WriteNumber(stream, (uint)tensor.Type);
            WriteNumber(stream, (ulong)offset);
            offset += tensor.Bytes + PaddingOf(tensor.Bytes);
        }

        stream.Write(new byte[PaddingOf(stream.Length)]);
        return stream.ToArray();
    }

    private static void WriteValue(MemoryStream stream, object value)
    {
        switch (value)
        {
            case string text:
                WriteType(stream, GgufValueType.Text);
                WriteText(stream, text);
                break;
            case uint number:
                WriteType(stream, GgufValueType.UInt32);
                WriteNumber(stream, number);
                break;
            case float number:
                WriteType(stream, GgufValueType.Float32);
                WriteNumber(stream, BitConverter.SingleToUInt32Bits(number));
                break;
            case bool flag:
                WriteType(stream, GgufValueType.Bool);
                stream.WriteByte(flag ? (byte)1 : (byte)0);
                break;
            case IReadOnlyList<string> texts:
                WriteList(stream, GgufValueType.Text, texts, text => WriteText(stream, text));
                break;
            case IReadOnlyList<float> numbers:
                WriteList(stream, GgufValueType.Float32, numbers, number => WriteNumber(stream, BitConverter.SingleToUInt32Bits(number)));
                break;
            case IReadOnlyList<int> numbers:
                WriteList(stream, GgufValueType.Int32, numbers, number => WriteNumber(stream, unchecked((uint)number)));
                break;
            default:
                throw new ArgumentException($"A value of {value.GetType()} has no place in the metadata.", nameof(value));
        }
    }

    private static void WriteList<T>(MemoryStream stream, GgufValueType type, IReadOnlyList<T> values, Action<T> write)
    {
        WriteType(stream, GgufValueType.List);
        WriteType(stream, type);
        WriteNumber(stream, (ulong)values.Count);
        foreach (T value in values)
        {
            write(value);
        }
    }

    private static void WriteText(MemoryStream stream, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteNumber(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void WriteType(MemoryStream stream, GgufValueType type) => WriteNumber(stream, (uint)type);

    private static void WriteNumber(MemoryStream stream, uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        stream.Write(bytes);
    }

    private static void WriteNumber(MemoryStream stream, ulong number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        stream.Write(bytes);
    }

    private static long PaddingOf(long bytes) => (Alignment - (bytes % Alignment)) % Alignment;
}
