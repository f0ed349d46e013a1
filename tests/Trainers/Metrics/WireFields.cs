using System.Buffers.Binary;
using System.Text;

namespace RlCore.Tests;

/// <summary>A protobuf message as its fields: a reader of the tests' own, which knows the wire format and no schema.</summary>
internal sealed class WireFields
{
    private readonly List<(int Number, ulong Value, byte[] Bytes)> _fields = [];

    private WireFields()
    {
    }

    public static WireFields Parse(ReadOnlySpan<byte> message)
    {
        var fields = new WireFields();
        while (!message.IsEmpty)
        {
            ulong tag = Varint(ref message);
            ulong value = 0;
            byte[] bytes = [];
            switch (tag & 7)
            {
                case 0:
                    value = Varint(ref message);
                    break;
                case 1:
                    value = BinaryPrimitives.ReadUInt64LittleEndian(message);
                    message = message[8..];
                    break;
                case 2:
                    int length = checked((int)Varint(ref message));
                    bytes = message[..length].ToArray();
                    message = message[length..];
                    break;
                case 5:
                    value = BinaryPrimitives.ReadUInt32LittleEndian(message);
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7} of field {tag >> 3}.");
            }

            fields._fields.Add(((int)(tag >> 3), value, bytes));
        }

        return fields;
    }

    public bool Has(int number) => _fields.Exists(field => field.Number == number);

    public long Long(int number) => (long)Of(number);

    public double Double(int number) => BitConverter.UInt64BitsToDouble(Of(number));

    public float Single(int number) => BitConverter.UInt32BitsToSingle((uint)Of(number));

    public string Hex(int number) => Convert.ToHexString(Bytes(number).LastOrDefault([]));

    public string Text(int number) => Texts(number).LastOrDefault("");

    public IEnumerable<string> Texts(int number) => Bytes(number).Select(new UTF8Encoding(false, true).GetString);

    /// <summary>The message in a field; an empty one if it is not there.</summary>
    public WireFields Message(int number) => Messages(number).LastOrDefault(new WireFields());

    public IEnumerable<WireFields> Messages(int number) => Bytes(number).Select(bytes => Parse(bytes));

    /// <summary>What follows a path of fields.</summary>
    public WireFields At(params ReadOnlySpan<int> path)
    {
        WireFields at = this;
        foreach (int number in path)
        {
            at = at.Message(number);
        }

        return at;
    }

    private IEnumerable<byte[]> Bytes(int number) => _fields.Where(field => field.Number == number).Select(field => field.Bytes);

    // The last one counts; one that is not there is 0.
    private ulong Of(int number) => _fields.LastOrDefault(field => field.Number == number).Value;

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
