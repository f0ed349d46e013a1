using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The values that are written as they are, by the codes of their types. One method writes them and one reads them, as each method costs a
/// program under test its compilation.
/// </summary>
internal static class PlainScalars
{
    /// <summary>Their types in the order of their codes.</summary>
    public static readonly Type[] Types =
    [
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(Int128), typeof(UInt128), typeof(Half), typeof(float), typeof(double), typeof(decimal), typeof(char), typeof(string),
        typeof(BigInteger), typeof(Complex), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly),
        typeof(Guid), typeof(Rune), typeof(DayOfWeek), typeof(StringBuilder),
    ];

    /// <summary>The code of a type.</summary>
    public static bool TryGetCode(Type type, out int code)
    {
        code = Array.IndexOf(Types, type);
        return code >= 0;
    }

    /// <summary>The type of a code.</summary>
    public static Type TypeOf(int code) => code < Types.Length ? Types[code] : throw new InvalidDataException("no such type");

    /// <summary>Writes a value of one of the types.</summary>
    public static void Write(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case bool one: writer.Write(one); break;
            case byte one: writer.Write(one); break;
            case sbyte one: writer.Write(one); break;
            case short one: writer.Write(one); break;
            case ushort one: writer.Write(one); break;
            case int one: writer.Write(one); break;
            case uint one: writer.Write(one); break;
            case long one: writer.Write(one); break;
            case ulong one: writer.Write(one); break;
            case Int128 one: Write(writer, (ulong)(one >> 64), (ulong)one); break;
            case UInt128 one: Write(writer, (ulong)(one >> 64), (ulong)one); break;
            case Half one: writer.Write(one); break;
            case float one: writer.Write(one); break;
            case double one: writer.Write(one); break;
            case decimal one: writer.Write(one); break;
            case char one: writer.Write((ushort)one); break;
            case string one: Write(writer, MemoryMarshal.AsBytes(one.AsSpan())); break;
            case BigInteger one: Write(writer, one.ToByteArray()); break;
            case Complex one:
                Write(writer, BitConverter.DoubleToUInt64Bits(one.Real), BitConverter.DoubleToUInt64Bits(one.Imaginary));
                break;
            case DateTime one: writer.Write(one.ToBinary()); break;
            case DateTimeOffset one: Write(writer, (ulong)one.Ticks, (ulong)one.Offset.Ticks); break;
            case TimeSpan one: writer.Write(one.Ticks); break;
            case DateOnly one: writer.Write(one.DayNumber); break;
            case TimeOnly one: writer.Write(one.Ticks); break;
            case Guid one: writer.Write(one.ToByteArray()); break;
            case Rune one: writer.Write(one.Value); break;
            case DayOfWeek one: writer.Write((int)one); break;
            case StringBuilder one: Write(writer, MemoryMarshal.AsBytes(one.ToString().AsSpan())); break;
            default: throw new NotSupportedException($"a value of type {value.GetType()}");
        }
    }

    /// <summary>Reads a value of the type of a code.</summary>
    public static object Read(BinaryReader reader, int code) => Type.GetTypeCode(TypeOf(code)) switch
    {
        TypeCode.Boolean => reader.ReadBoolean(),
        TypeCode.Byte => reader.ReadByte(),
        TypeCode.SByte => reader.ReadSByte(),
        TypeCode.Int16 => reader.ReadInt16(),
        TypeCode.UInt16 => reader.ReadUInt16(),
        TypeCode.Int32 when TypeOf(code) == typeof(DayOfWeek) => (DayOfWeek)reader.ReadInt32(),
        TypeCode.Int32 => reader.ReadInt32(),
        TypeCode.UInt32 => reader.ReadUInt32(),
        TypeCode.Int64 => reader.ReadInt64(),
        TypeCode.UInt64 => reader.ReadUInt64(),
        TypeCode.Single => reader.ReadSingle(),
        TypeCode.Double => reader.ReadDouble(),
        TypeCode.Decimal => reader.ReadDecimal(),
        TypeCode.Char => (char)reader.ReadUInt16(),
        TypeCode.String => ReadText(reader),
        TypeCode.DateTime => DateTime.FromBinary(reader.ReadInt64()),
        _ => ReadOther(reader, TypeOf(code)),
    };

    private static object ReadOther(BinaryReader reader, Type type) => type.Name switch
    {
        nameof(Int128) => (Int128)(((UInt128)reader.ReadUInt64() << 64) | reader.ReadUInt64()),
        nameof(UInt128) => ((UInt128)reader.ReadUInt64() << 64) | reader.ReadUInt64(),
        nameof(Half) => reader.ReadHalf(),
        nameof(BigInteger) => new BigInteger(ReadBytes(reader)),
        nameof(Complex) => new Complex(reader.ReadDouble(), reader.ReadDouble()),
        nameof(DateTimeOffset) => new DateTimeOffset(reader.ReadInt64(), new TimeSpan(reader.ReadInt64())),
        nameof(TimeSpan) => new TimeSpan(reader.ReadInt64()),
        nameof(DateOnly) => DateOnly.FromDayNumber(reader.ReadInt32()),
        nameof(TimeOnly) => new TimeOnly(reader.ReadInt64()),
        nameof(Guid) => new Guid(reader.ReadBytes(16)),
        nameof(Rune) => new Rune(reader.ReadInt32()),
        nameof(StringBuilder) => new StringBuilder(ReadText(reader)),
        _ => throw new InvalidDataException("no such type"),
    };

    private static void Write(BinaryWriter writer, ulong first, ulong second)
    {
        writer.Write(first);
        writer.Write(second);
    }

    // Texts are UTF-16, as a string may hold half of a surrogate pair.
    private static void Write(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static string ReadText(BinaryReader reader) => new(MemoryMarshal.Cast<byte, char>(ReadBytes(reader)));

    private static byte[] ReadBytes(BinaryReader reader)
    {
        int count = reader.Read7BitEncodedInt();
        return count >= 0 && count <= reader.BaseStream.Length - reader.BaseStream.Position
            ? reader.ReadBytes(count)
            : throw new EndOfStreamException();
    }
}
