using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RlCore.Trainers.Metrics;

/// <summary>
/// A message in the wire format of protocol buffers. Event files need six small messages, whose fields are named where they are written;
/// a package and generated code would be more to read than this.
/// </summary>
/// <remarks>Fields are written in the order of the calls, those with the value 0 too: a caller leaves these out where the format
/// does.</remarks>
internal sealed class WireMessage
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>Appends a whole number: int32, int64, bool or an enumeration.</summary>
    public WireMessage Add(int field, long value)
    {
        Tag(field, Varint);
        Append((ulong)value);
        return this;
    }

    /// <summary>Appends a double.</summary>
    public WireMessage Add(int field, double value)
    {
        Tag(field, Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes.GetSpan(sizeof(double)), value);
        _bytes.Advance(sizeof(double));
        return this;
    }

    /// <summary>Appends a float.</summary>
    public WireMessage Add(int field, float value)
    {
        Tag(field, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(_bytes.GetSpan(sizeof(float)), value);
        _bytes.Advance(sizeof(float));
        return this;
    }

    /// <summary>Appends a text. Halves of surrogate pairs become U+FFFD, as the format allows valid UTF-8 only.</summary>
    public WireMessage Add(int field, string text) => Add(field, Encoding.UTF8.GetBytes(text));

    /// <summary>Appends a message.</summary>
    public WireMessage Add(int field, WireMessage message) => Add(field, message.Bytes);

    /// <summary>Appends bytes.</summary>
    public WireMessage Add(int field, ReadOnlySpan<byte> bytes)
    {
        Tag(field, Delimited);
        Append((ulong)bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    private void Tag(int field, int type) => Append(((ulong)field << 3) | (uint)type);

    private void Append(ulong value)
    {
        const int Most = 10;
        Span<byte> bytes = _bytes.GetSpan(Most);
        int count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[count++] = (byte)(value | 0x80);
        }

        bytes[count++] = (byte)value;
        _bytes.Advance(count);
    }
}
