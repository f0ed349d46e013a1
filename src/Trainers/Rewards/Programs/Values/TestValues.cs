using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The values of the parts of tests that a completion computes, as they come out of its process: records of a part's number, a place in
/// it, and either its values or the mark that there are none.
/// </summary>
internal sealed class TestValues
{
    private readonly Dictionary<(int Part, int Place), byte[]> _records = [];

    private TestValues()
    {
    }

    /// <summary>Writes a record.</summary>
    /// <param name="output">Receives it whole, so that a process that dies later has given it.</param>
    /// <param name="part">The part.</param>
    /// <param name="place">The place in it.</param>
    /// <param name="values">The values; null if it threw an exception.</param>
    public static void Write(Stream output, int part, int place, object?[]? values)
    {
        using var record = new MemoryStream();
        using var writer = new BinaryWriter(record, Encoding.UTF8);
        if (values is not null)
        {
            try
            {
                writer.Write((byte)values.Length);
                var written = new ValueWriter(writer);
                foreach (object? value in values)
                {
                    written.Write(value);
                }
            }
            catch (NotSupportedException)
            {
                record.SetLength(0);
            }
        }

        writer.Flush();
        var whole = new byte[record.Length + 12];
        BitConverter.TryWriteBytes(whole, part);
        BitConverter.TryWriteBytes(whole.AsSpan(4), place);
        BitConverter.TryWriteBytes(whole.AsSpan(8), (int)record.Length);
        record.ToArray().CopyTo(whole, 12);
        output.Write(whole);
    }

    /// <summary>Reads all whole records. Of two for one place the first counts.</summary>
    /// <param name="bytes">The output of a process.</param>
    public static TestValues Read(ReadOnlySpan<byte> bytes)
    {
        var values = new TestValues();
        while (bytes.Length >= 12)
        {
            int length = BitConverter.ToInt32(bytes[8..]);
            if (length < 0 || length > bytes.Length - 12)
            {
                break;
            }

            values._records.TryAdd((BitConverter.ToInt32(bytes), BitConverter.ToInt32(bytes[4..])), bytes.Slice(12, length).ToArray());
            bytes = bytes[(12 + length)..];
        }

        return values;
    }

    /// <summary>The values at a place.</summary>
    /// <param name="part">The part.</param>
    /// <param name="place">The place in it.</param>
    /// <param name="types">The types that the test states.</param>
    /// <exception cref="InvalidDataException">There are no such values.</exception>
    public object?[] Get(int part, int place, Type[] types)
    {
        if (!_records.TryGetValue((part, place), out byte[]? record) || record.Length == 0 || record[0] != types.Length)
        {
            throw new InvalidDataException("the program gave no value");
        }

        using var reader = new BinaryReader(new MemoryStream(record, 1, record.Length - 1));
        var values = new ValueReader(reader);
        return [.. types.Select(values.Read)];
    }
}
