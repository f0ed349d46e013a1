using System.Buffers.Binary;

namespace RlCore.Tests;

/// <summary>An event of an event file.</summary>
internal sealed record TensorBoardEvent(double Time, long Step, WireFields Message)
{
    public IEnumerable<WireFields> Values => Message.Message(5).Messages(1);
}

/// <summary>Reads event files as a stranger does: records with both checksums, messages of protocol buffers.</summary>
internal static class EventReader
{
    /// <summary>The event files of a folder in the order in which TensorBoard reads them.</summary>
    public static string[] Files(string folder) =>
        [.. Directory.GetFiles(folder).Where(file => Path.GetFileName(file).Contains("tfevents")).Order(StringComparer.Ordinal)];

    /// <summary>The messages of a file, which another process may be writing.</summary>
    public static IReadOnlyList<byte[]> Messages(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Messages(bytes);
    }

    public static IReadOnlyList<byte[]> Messages(ReadOnlySpan<byte> bytes)
    {
        var messages = new List<byte[]>();
        while (!bytes.IsEmpty)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            Check(bytes[..8], bytes[8..12]);
            ReadOnlySpan<byte> message = bytes.Slice(12, length);
            Check(message, bytes.Slice(12 + length, 4));
            messages.Add(message.ToArray());
            bytes = bytes[(16 + length)..];
        }

        return messages;
    }

    public static IReadOnlyList<TensorBoardEvent> Events(string file) =>
        [.. Messages(file).Select(bytes => WireFields.Parse(bytes)).Select(
            message => new TensorBoardEvent(message.Double(1), message.Long(2), message))];

    /// <summary>The numbers in the event files of a folder, in their order.</summary>
    public static IEnumerable<(long Step, string Name, float Value)> Scalars(string folder) =>
        from file in Files(folder)
        from written in Events(file)
        from value in written.Values
        where value.Has(2)
        select (written.Step, value.Text(1), value.Single(2));

    /// <summary>The texts in the event files of a folder, in their order.</summary>
    public static IEnumerable<(long Step, string Name, string[] Cells)> Texts(string folder) =>
        from file in Files(folder)
        from written in Events(file)
        from value in written.Values
        where value.At(9, 1).Text(1) == "text"
        select (written.Step, value.Text(1), value.Message(8).Texts(8).ToArray());

    /// <summary>The settings in the event files of a folder: texts, bools and numbers by name.</summary>
    public static IEnumerable<(string Name, object Value)> Settings(string folder) =>
        from file in Files(folder)
        from written in Events(file)
        from value in written.Values
        where value.Text(1) == "_hparams_/session_start_info" && value.At(9, 1).Text(1) == "hparams"
        from setting in value.At(9, 1, 2, 3).Messages(1)
        let held = setting.Message(2)
        select (setting.Text(1), held.Has(2) ? held.Double(2) : held.Has(4) ? held.Long(4) == 1 : (object)held.Text(3));

    /// <summary>CRC-32C, a bit at a time.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82F63B78;
            }
        }

        return ~crc;
    }

    private static void Check(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> sum)
    {
        uint crc = Crc(bytes);
        uint masked = unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8);
        if (BinaryPrimitives.ReadUInt32LittleEndian(sum) != masked)
        {
            throw new InvalidDataException("A checksum is not that of its bytes.");
        }
    }
}
