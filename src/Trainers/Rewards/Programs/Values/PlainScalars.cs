using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>The values that are written as they are. The order is that of their codes.</summary>
internal static class PlainScalars
{
    private static readonly Scalar[] All =
    [
        Of((writer, value) => writer.Write(value), reader => reader.ReadBoolean()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadByte()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadSByte()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadInt16()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadUInt16()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadInt32()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadUInt32()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadInt64()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadUInt64()),
        Of(
            (writer, value) => Write(writer, (ulong)(value >> 64), (ulong)value),
            reader => (Int128)(((UInt128)reader.ReadUInt64() << 64) | reader.ReadUInt64())),
        Of(
            (writer, value) => Write(writer, (ulong)(value >> 64), (ulong)value),
            reader => ((UInt128)reader.ReadUInt64() << 64) | reader.ReadUInt64()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadHalf()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadSingle()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadDouble()),
        Of((writer, value) => writer.Write(value), reader => reader.ReadDecimal()),
        Of((writer, value) => writer.Write((ushort)value), reader => (char)reader.ReadUInt16()),
        Of(WriteText, ReadText),
        Of((writer, value) => WriteBytes(writer, value.ToByteArray()), reader => new BigInteger(ReadBytes(reader))),
        Of(
            (writer, value) => Write(writer, BitConverter.DoubleToUInt64Bits(value.Real), BitConverter.DoubleToUInt64Bits(value.Imaginary)),
            reader => new Complex(reader.ReadDouble(), reader.ReadDouble())),
        Of((writer, value) => writer.Write(value.ToBinary()), reader => DateTime.FromBinary(reader.ReadInt64())),
        Of(
            (writer, value) => Write(writer, (ulong)value.Ticks, (ulong)value.Offset.Ticks),
            reader => new DateTimeOffset(reader.ReadInt64(), new TimeSpan(reader.ReadInt64()))),
        Of((writer, value) => writer.Write(value.Ticks), reader => new TimeSpan(reader.ReadInt64())),
        Of((writer, value) => writer.Write(value.DayNumber), reader => DateOnly.FromDayNumber(reader.ReadInt32())),
        Of((writer, value) => writer.Write(value.Ticks), reader => new TimeOnly(reader.ReadInt64())),
        Of((writer, value) => writer.Write(value.ToByteArray()), reader => new Guid(reader.ReadBytes(16))),
        Of((writer, value) => writer.Write(value.Value), reader => new Rune(reader.ReadInt32())),
        Of((writer, value) => writer.Write((int)value), reader => (DayOfWeek)reader.ReadInt32()),
        Of((writer, value) => WriteText(writer, value.ToString()), reader => new StringBuilder(ReadText(reader))),
    ];

    private static readonly Dictionary<Type, int> Codes = All.Select((scalar, code) => (scalar.Type, code))
        .ToDictionary(pair => pair.Type, pair => pair.code);

    /// <summary>Their types.</summary>
    public static IEnumerable<Type> Types => All.Select(scalar => scalar.Type);

    /// <summary>The code of a type.</summary>
    public static bool TryGetCode(Type type, out int code) => Codes.TryGetValue(type, out code);

    /// <summary>The type of a code.</summary>
    public static Type TypeOf(int code) => code >= 0 && code < All.Length ? All[code].Type : throw new InvalidDataException("no such type");

    /// <summary>Writes a value of a type.</summary>
    public static void Write(BinaryWriter writer, int code, object value) => All[code].Write(writer, value);

    /// <summary>Reads a value of a type.</summary>
    public static object Read(BinaryReader reader, int code) =>
        code >= 0 && code < All.Length ? All[code].Read(reader) : throw new InvalidDataException("no such type");

    private static Scalar Of<T>(Action<BinaryWriter, T> write, Func<BinaryReader, T> read)
        where T : notnull => new(typeof(T), (writer, value) => write(writer, (T)value), reader => read(reader));

    private static void Write(BinaryWriter writer, ulong first, ulong second)
    {
        writer.Write(first);
        writer.Write(second);
    }

    // UTF-16, as a string may hold half of a surrogate pair.
    private static void WriteText(BinaryWriter writer, string text) =>
        WriteBytes(writer, MemoryMarshal.AsBytes(text.AsSpan()).ToArray());

    private static string ReadText(BinaryReader reader) => new(MemoryMarshal.Cast<byte, char>(ReadBytes(reader)));

    private static void WriteBytes(BinaryWriter writer, byte[] bytes)
    {
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader)
    {
        int count = reader.Read7BitEncodedInt();
        return count >= 0 && count <= reader.BaseStream.Length - reader.BaseStream.Position
            ? reader.ReadBytes(count)
            : throw new EndOfStreamException();
    }

    private sealed record Scalar(Type Type, Action<BinaryWriter, object> Write, Func<BinaryReader, object> Read);
}
