using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Export;

/// <summary>
/// Reads the header of a GGUF file that is not to be believed: every count and length is checked against the bytes that are left before
/// anything is made of it, and every tensor against the end of the file. Source: ggml, docs/gguf.md.
/// </summary>
/// <param name="stream">The file, at its beginning.</param>
/// <param name="file">Its name, for messages.</param>
internal sealed class GgufReader(Stream stream, string file)
{
    // Far more than the largest vocabulary takes; what claims to be longer is damaged.
    private const long MostBytes = 1L << 28;

    private const int MostDimensions = 4;

    // Version 2 differs from 3 in nothing that is read here; version 1 had 32-bit lengths.
    private const uint OldestVersion = 2;

    // The shortest key and value: an empty text, a type and a byte. The shortest tensor: an empty name and no sizes.
    private const int FewestPairBytes = sizeof(ulong) + sizeof(uint) + 1;
    private const int FewestTensorBytes = sizeof(ulong) + sizeof(uint) + sizeof(uint) + sizeof(ulong);

    private readonly long _end = Math.Min(stream.Length, MostBytes);
    private string _place = "";

    /// <summary>Reads metadata and the table of tensors.</summary>
    /// <exception cref="InputException">The file is cut off or damaged.</exception>
    public GgufContent Read()
    {
        Span<byte> magic = stackalloc byte[GgufFile.Magic.Length];
        Fill(magic);
        Require(magic.SequenceEqual(GgufFile.Magic), $"a file that does not begin with GGUF", $"a GGUF file");
        uint version = ReadUInt32();
        Require(
            version is >= OldestVersion and <= GgufFile.Version,
            $"version {version}",
            $"version {OldestVersion} or {GgufFile.Version}, little-endian");
        ulong tensors = ReadUInt64();
        ulong pairs = ReadUInt64();
        RequireRoom(tensors, FewestTensorBytes, $"{tensors} tensors");
        RequireRoom(pairs, FewestPairBytes, $"{pairs} keys");
        var metadata = new OrderedDictionary<string, object>(StringComparer.Ordinal);
        for (ulong i = 0; i < pairs; i++)
        {
            string key = _place = ReadText();
            Require(metadata.TryAdd(key, ReadValue()), $"the key twice", $"each key once");
        }

        return new GgufContent(metadata, ReadTensors(tensors, AlignmentOf(metadata)));
    }

    private uint AlignmentOf(OrderedDictionary<string, object> metadata)
    {
        _place = GgufFile.AlignmentKey;
        object value = metadata.GetValueOrDefault(GgufFile.AlignmentKey, (uint)GgufFile.Alignment);
        uint alignment = value is uint number ? number : 0;
        Require(uint.IsPow2(alignment), $"{value}", $"a power of two");
        return alignment;
    }

    private GgufEntry[] ReadTensors(ulong count, uint alignment)
    {
        var entries = new List<GgufEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        long offset = 0;
        for (ulong i = 0; i < count; i++)
        {
            string name = _place = ReadText();
            Require(names.Add(name), $"the tensor twice", $"each tensor once");
            GgufEntry entry = ReadTensor(name);
            ulong begin = ReadUInt64();
            Require(begin == (ulong)offset, $"a tensor at byte {begin} of the elements", $"one at {offset}, where the one before it ends");
            RequireEnd(offset + entry.Bytes);
            entries.Add(entry with { Begin = offset });
            offset = AlignedTo(alignment, offset + entry.Bytes);
        }

        long elements = AlignedTo(alignment, stream.Position);
        GgufEntry[] placed = [.. entries.Select(entry => entry with { Begin = elements + entry.Begin })];
        foreach (GgufEntry entry in placed)
        {
            _place = entry.Name;
            RequireEnd(entry.Begin + entry.Bytes);
        }

        return placed;
    }

    private void RequireEnd(long end) => Require(
        end <= stream.Length,
        $"a file of {stream.Length} bytes",
        $"at least {end}, where the tensor ends; the file is cut off or damaged");

    private GgufEntry ReadTensor(string name)
    {
        uint dimensions = ReadUInt32();
        Require(dimensions <= MostDimensions, $"{dimensions} sizes", $"at most {MostDimensions}");
        var shape = new long[dimensions];
        long numbers = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong extent = ReadUInt64();

            // No element takes less than a bit, so that more of them than bits are not in the file.
            Require(
                UInt128.Max(1, extent) * (ulong)numbers <= (ulong)stream.Length * 8,
                $"a size of {extent}",
                $"sizes of a tensor that is in the file of {stream.Length} bytes");
            shape[i] = (long)extent;
            numbers *= Math.Max(1, shape[i]);
        }

        uint type = ReadUInt32();
        Require(GgufTypes.TryFind(type, out GgufBlock? encoding), $"the type {type}", $"a type of ggml, from 0 to {GgufTypes.Last}");
        long row = shape.LastOrDefault(1);
        Require(
            row % encoding!.Numbers == 0,
            $"rows of {row} numbers",
            $"whole blocks of {encoding.Numbers}, as the type {encoding.Name} has them");
        return new GgufEntry(name, encoding, shape, 0);
    }

    private object ReadValue()
    {
        uint type = ReadUInt32();
        return (GgufValueType)type switch
        {
            GgufValueType.Text => ReadText(),
            GgufValueType.List => ReadList(),
            GgufValueType.Bool => ReadNumbers<byte>(1)[0] != 0,
            GgufValueType.UInt8 => ReadNumbers<byte>(1)[0],
            GgufValueType.Int8 => ReadNumbers<sbyte>(1)[0],
            GgufValueType.UInt16 => ReadNumbers<ushort>(1)[0],
            GgufValueType.Int16 => ReadNumbers<short>(1)[0],
            GgufValueType.UInt32 => ReadUInt32(),
            GgufValueType.Int32 => ReadNumbers<int>(1)[0],
            GgufValueType.Float32 => ReadNumbers<float>(1)[0],
            GgufValueType.UInt64 => ReadUInt64(),
            GgufValueType.Int64 => ReadNumbers<long>(1)[0],
            GgufValueType.Float64 => ReadNumbers<double>(1)[0],
            _ => throw Refuse($"a value of the type {type}", $"a type from 0 to {(int)GgufValueType.Float64}"),
        };
    }

    private Array ReadList()
    {
        uint type = ReadUInt32();
        ulong count = ReadUInt64();
        return (GgufValueType)type switch
        {
            GgufValueType.Text => ReadTexts(count),
            GgufValueType.Bool => Array.ConvertAll(ReadNumbers<byte>(count), value => value != 0),
            GgufValueType.UInt8 => ReadNumbers<byte>(count),
            GgufValueType.Int8 => ReadNumbers<sbyte>(count),
            GgufValueType.UInt16 => ReadNumbers<ushort>(count),
            GgufValueType.Int16 => ReadNumbers<short>(count),
            GgufValueType.UInt32 => ReadNumbers<uint>(count),
            GgufValueType.Int32 => ReadNumbers<int>(count),
            GgufValueType.Float32 => ReadNumbers<float>(count),
            GgufValueType.UInt64 => ReadNumbers<ulong>(count),
            GgufValueType.Int64 => ReadNumbers<long>(count),
            GgufValueType.Float64 => ReadNumbers<double>(count),
            _ => throw Refuse($"a list of the type {type}", $"a list of texts, numbers or truth values"),
        };
    }

    private string[] ReadTexts(ulong count)
    {
        RequireRoom(count, sizeof(ulong), $"{count} texts");
        var texts = new string[count];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = ReadText();
        }

        return texts;
    }

    private string ReadText()
    {
        ulong length = ReadUInt64();
        RequireRoom(length, 1, $"a text of {length} bytes");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    // The format is little-endian, and so is every machine that .NET's SIMD runs on.
    private T[] ReadNumbers<T>(ulong count)
        where T : unmanaged
    {
        RequireRoom(count, Marshal.SizeOf<T>(), $"{count} numbers");
        var numbers = new T[count];
        stream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }

    private uint ReadUInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private ulong ReadUInt64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Fill(Span<byte> bytes)
    {
        RequireRoom((ulong)bytes.Length, 1, $"{bytes.Length} bytes");
        stream.ReadExactly(bytes);
    }

    private void RequireRoom(ulong count, int size, FormattableString what)
    {
        long left = _end - stream.Position;
        Require(
            count <= (ulong)(left / size),
            $"{left} bytes after byte {stream.Position}",
            $"{what.ToString(CultureInfo.InvariantCulture)}; the file is cut off or damaged");
    }

    private void Require(bool condition, FormattableString found, FormattableString expected)
    {
        if (!condition)
        {
            throw Refuse(found, expected);
        }
    }

    private InputException Refuse(FormattableString found, FormattableString expected) => new(new InputProblem(
        file, 0, _place, found.ToString(CultureInfo.InvariantCulture), expected.ToString(CultureInfo.InvariantCulture)));

    private static long AlignedTo(uint alignment, long position) => (position + alignment - 1) / alignment * alignment;
}
