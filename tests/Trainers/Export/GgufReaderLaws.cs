using System.Globalization;
using System.Text;
using RlCore.Trainers.Export;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Export;

/// <summary>
/// Reading GGUF files, which are not to be believed. <c>RLCORE_MUTATIONS</c> is the number of damaged files that are tried.
/// </summary>
public sealed class GgufReaderLaws
{
    private const int AllowedBytes = 1 << 16;

    private static int Mutations =>
        int.TryParse(Environment.GetEnvironmentVariable("RLCORE_MUTATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count
            : 2000;

    [Fact]
    public void What_is_written_is_read()
    {
        using var folder = new TemporaryFolder();
        byte[] content = Written();
        GgufContent read = Open(folder, content);
        Assert.Equal(
            ["text", "number", "share", "flag", "texts", "shares", "numbers"],
            read.Metadata.Keys);
        Assert.Equal("grüße\n", read.Metadata["text"]);
        Assert.Equal(7u, read.Metadata["number"]);
        Assert.Equal(0.5f, read.Metadata["share"]);
        Assert.Equal(true, read.Metadata["flag"]);
        Assert.Equal(["a", "", "ß"], (string[])read.Metadata["texts"]);
        Assert.Equal([1.5f, -2], (float[])read.Metadata["shares"]);
        Assert.Equal([-1, 2, 3], (int[])read.Metadata["numbers"]);
        Assert.Equal(["F32 [3, 5]", "Q8_0 [2, 64]", "BF16 [7]"], read.Tensors.Select(tensor => $"{tensor}"));
        Assert.Equal([60, 136, 14], read.Tensors.Select(tensor => tensor.Bytes));
        GgufEntry last = read.Tensors[^1];
        Assert.Equal(content.Length - 32, last.Begin);
        var numbers = new float[7];
        NumberConversion.ToFloats(content.AsSpan((int)last.Begin, (int)last.Bytes), NumberType.BF16, numbers);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], numbers);
    }

    [Fact]
    public void Values_of_all_types_are_read_as_other_programs_write_them()
    {
        using var folder = new TemporaryFolder();
        (uint Type, byte[] Bytes, object Value)[] kinds =
        [
            (0, [200], (byte)200), (1, [200], (sbyte)-56), (2, [1, 2], (ushort)513), (3, [0, 255], (short)-256),
            (4, [1, 0, 0, 1], 16777217u),
            (5, [255, 255, 255, 255], -1), (6, BitConverter.GetBytes(0.1f), 0.1f), (7, [1], true),
            (10, BitConverter.GetBytes(1UL << 63), 1UL << 63),
            (11, BitConverter.GetBytes(-5L), -5L), (12, BitConverter.GetBytes(0.1), 0.1),
        ];
        GgufContent read = Open(folder, File(2, 0, [
            .. kinds.Select(kind => Pair($"one {kind.Type}", kind.Type, kind.Bytes)),
            .. kinds.Select(kind => Pair($"list {kind.Type}", 9, [.. Number(kind.Type), .. Long(2), .. kind.Bytes, .. kind.Bytes])),
        ]));
        foreach (var (type, _, value) in kinds)
        {
            Assert.Equal(value, read.Metadata[$"one {type}"]);
            Assert.Equal([value, value], ((Array)read.Metadata[$"list {type}"]).Cast<object>());
        }
    }

    [Fact]
    public void Tensors_begin_where_the_alignment_of_the_file_says()
    {
        using var folder = new TemporaryFolder();
        byte[] header = File(3, 2, [Pair("general.alignment", 4, Number(64))], Tensor("a", 24, 0, 65), Tensor("b", 28, 128));
        int begin = (header.Length + 63) / 64 * 64;
        GgufContent read = Open(folder, [.. header, .. new byte[begin + 128 + 8 - header.Length]]);
        Assert.Equal([begin, begin + 128], read.Tensors.Select(tensor => tensor.Begin));
        Assert.Equal(["I8 [65]", "F64 []"], read.Tensors.Select(tensor => $"{tensor}"));
    }

    [Fact]
    public void A_file_that_is_cut_off_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Written();

        // Nothing is missing as long as the last tensor's seven numbers are there.
        for (int length = 0; length < whole.Length - 18; length++)
        {
            Assert.Throws<InputException>(() => Open(folder, whole[..length]));
        }

        Assert.Equal(3, Open(folder, whole[..^18]).Tensors.Count);
    }

    public static TheoryData<string, byte[]> Damaged => new()
    {
        { "found a file that does not begin with GGUF; expected a GGUF file.", [.. "GGML"u8, .. File(3, 0)[4..]] },
        { "found version 1; expected version 2 or 3", File(1, 0) },
        { "found version 50331648; expected version 2 or 3, little-endian.", [.. "GGUF"u8, 0, 0, 0, 3, .. File(3, 0)[8..]] },
        { "k: found the key twice", File(3, 0, [Pair("k", 7, [1]), Pair("k", 7, [1])]) },
        { "k: found a value of the type 13; expected a type from 0 to 12.", File(3, 0, [Pair("k", 13, new byte[8])]) },
        { "k: found a list of the type 9", File(3, 0, [Pair("k", 9, [.. Number(9), .. Long(1), .. Number(0), .. Long(0)])]) },
        { "expected 18446744073709551615 numbers", File(3, 0, [Pair("k", 9, [.. Number(4), .. Long(ulong.MaxValue)])]) },
        { "expected 4611686018427387904 texts", File(3, 0, [Pair("k", 9, [.. Number(8), .. Long(1UL << 62)])]) },
        { "k: found 0 bytes after byte 45; expected a text of 9223372036854775807", File(3, 0, [Pair("k", 8, Long(long.MaxValue))]) },
        { "general.alignment: found 0; expected a power of two", File(3, 0, [Pair("general.alignment", 4, Number(0))]) },
        { "general.alignment: found x; expected a power of two", File(3, 0, [Pair("general.alignment", 8, [.. Long(1), (byte)'x'])]) },
        { "expected 1000 tensors", File(3, 1000) },
        { "t: found the tensor twice", [.. File(3, 2, [], Tensor("t", 0, 0, 8), Tensor("t", 0, 32, 8)), .. new byte[99]] },
        { "t: found 5 sizes; expected at most 4.", File(3, 1, [], Tensor("t", 0, 0, 1, 1, 1, 1, 1)) },
        { "t: found the type 4; expected a type of ggml", File(3, 1, [], Tensor("t", 4, 0, 1)) },
        { "t: found rows of 33 numbers; expected whole blocks of 32, as the type Q8_0", File(3, 1, [], Tensor("t", 8, 0, 33)) },
        { "t: found rows of 1 numbers; expected whole blocks of 32", File(3, 1, [], Tensor("t", 8, 0)) },
        { "t: found a size of 4294967296; expected sizes of a tensor", File(3, 1, [], Tensor("t", 0, 0, 1, 1UL << 32)) },
        { "t: found a size of 18446744073709551615; expected sizes", File(3, 1, [], Tensor("t", 0, 0, 2, ulong.MaxValue)) },
        { "u: found a tensor at byte 0 of the elements; expected one at 32", File(3, 2, [], Tensor("t", 0, 0, 1), Tensor("u", 0, 0, 1)) },
        { "t: found a file of 57 bytes; expected at least 68", File(3, 1, [], Tensor("t", 0, 0, 1)) },
        { "t: found a file of 57 bytes; expected at least 100", File(3, 1, [], Tensor("t", 0, 0, 25)) },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_statement_that_cannot_be_true_is_refused_by_name(string message, byte[] content)
    {
        using var folder = new TemporaryFolder();
        string error = Assert.Throws<InputException>(() => Open(folder, content)).Message;
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_read_without_harm_or_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Written();
        var random = new Random(5);
        int refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] damaged = Damage(whole, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                foreach (GgufEntry tensor in Open(folder, damaged).Tensors)
                {
                    Assert.InRange(tensor.Begin + tensor.Bytes, tensor.Begin, damaged.Length);
                }
            }
            catch (InputException)
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllowedBytes);
        }

        Assert.InRange(refused, Mutations / 3, Mutations - 1);
    }

    private static byte[] Written()
    {
        var metadata = new GgufMetadata();
        metadata.Add("text", "grüße\n");
        metadata.Add("number", 7);
        metadata.Add("share", 0.5);
        metadata.Add("flag", true);
        metadata.Add("texts", ["a", "", "ß"]);
        metadata.Add("shares", [1.5f, -2]);
        metadata.Add("numbers", (int[])[-1, 2, 3]);
        using var stream = new MemoryStream();
        GgufFile.Write(
            stream,
            metadata,
            [Tensor("a", GgufType.F32, 3, 5), Tensor("b", GgufType.Q80, 2, 64), Tensor("c", GgufType.BF16, 7)],
            "source",
            null);
        return stream.ToArray();

        static GgufTensor Tensor(string name, GgufType type, params int[] shape)
        {
            int count = shape.Aggregate(1, (product, extent) => product * extent);
            return new(name, new SafetensorsTensor(shape, [.. Enumerable.Range(0, count).Select(i => (float)i)]), type, name);
        }
    }

    private static byte[] Damage(byte[] whole, Random random)
    {
        List<byte> bytes = [.. whole];
        int at = random.Next(whole.Length - 250);
        switch (random.Next(4))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes.RemoveRange(at, random.Next(1, 9));
                break;
            case 2:
                bytes.InsertRange(at, whole.Skip(random.Next(whole.Length)).Take(random.Next(1, 40)));
                break;
            default:
                byte[] number = BitConverter.GetBytes(random.Next(3) switch
                {
                    0 => random.NextInt64(),
                    1 => random.Next(64),
                    _ => -1L >> random.Next(60),
                });
                number.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes)[at..]);
                break;
        }

        return [.. bytes];
    }

    private static GgufContent Open(TemporaryFolder folder, byte[] content)
    {
        string file = Path.Combine(folder.Path, "model.gguf");
        System.IO.File.WriteAllBytes(file, content);
        return GgufContent.Open(file);
    }

    private static byte[] File(uint version, ulong tensors, byte[][]? pairs = null, params byte[][] entries) =>
    [
        .. "GGUF"u8, .. Number(version), .. Long(tensors), .. Long((ulong)(pairs ?? []).Length), .. (pairs ?? []).SelectMany(pair => pair),
        .. entries.SelectMany(entry => entry),
    ];

    private static byte[] Pair(string key, uint type, byte[] value) => [.. Text(key), .. Number(type), .. value];

    private static byte[] Tensor(string name, uint type, ulong offset, params ulong[] sizes) =>
        [.. Text(name), .. Number((uint)sizes.Length), .. sizes.SelectMany(Long), .. Number(type), .. Long(offset)];

    private static byte[] Text(string text) => [.. Long((ulong)text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Number(uint number) => BitConverter.GetBytes(number);

    private static byte[] Long(ulong number) => BitConverter.GetBytes(number);
}
