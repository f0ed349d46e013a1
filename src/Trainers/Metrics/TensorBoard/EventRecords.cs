using System.Buffers.Binary;
using System.Numerics;

namespace RlCore.Trainers.Metrics;

/// <summary>
/// The records of an event file (TensorFlow's TFRecord): the length in 8 bytes, its checksum, the message, its checksum; little-endian.
/// A checksum is the CRC-32C (Castagnoli) of the bytes, rotated and shifted, as a CRC of bytes that hold a CRC would be weak.
/// </summary>
internal static class EventRecords
{
    private const int LengthBytes = sizeof(ulong), ChecksumBytes = sizeof(uint), HeadBytes = LengthBytes + ChecksumBytes;

    /// <summary>A message as a record.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        byte[] record = new byte[HeadBytes + message.Length + ChecksumBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(LengthBytes), Checksum(record.AsSpan(0, LengthBytes)));
        message.CopyTo(record.AsSpan(HeadBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(HeadBytes + message.Length), Checksum(message));
        return record;
    }

    /// <summary>
    /// Where the records of a file end that belong to steps up to a given one. What follows them is of later steps, or no whole record,
    /// such as one cut off by a killed process.
    /// </summary>
    /// <param name="file">The file's content.</param>
    /// <param name="step">Steps done over the whole run.</param>
    /// <returns>The bytes to keep, from the start of the file.</returns>
    public static int LengthUpTo(ReadOnlySpan<byte> file, int step)
    {
        int kept = 0;
        while (TryRead(file[kept..], out ReadOnlySpan<byte> message) && EventMessages.StepOf(message) <= step)
        {
            kept += HeadBytes + message.Length + ChecksumBytes;
        }

        return kept;
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (bytes.Length < HeadBytes + ChecksumBytes || !IsSound(bytes, LengthBytes))
        {
            return false;
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (length > (ulong)(bytes.Length - HeadBytes - ChecksumBytes) || !IsSound(bytes[HeadBytes..], (int)length))
        {
            return false;
        }

        message = bytes.Slice(HeadBytes, (int)length);
        return true;
    }

    private static bool IsSound(ReadOnlySpan<byte> bytes, int length) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[length..]) == Checksum(bytes[..length]);

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        const uint Shift = 0xA282EAD8;
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return unchecked(BitOperations.RotateRight(~crc, 15) + Shift);
    }
}
