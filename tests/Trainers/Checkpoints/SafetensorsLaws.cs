using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Checkpoints;

public class SafetensorsLaws
{
    private static readonly Gen<SafetensorsContent> Contents =
        from tensors in Gen.ListOf(
            from name in Laws.TextOf("abc.\"é", 6)
            from shape in Gen.ListOf(Gen.Choose(0, 4))
            where shape.Count <= 4
            from seed in Gen.Choose(0, 1000)
            select KeyValuePair.Create(name, (TensorData)Tensor([.. shape], seed)))
        from metadata in Gen.ListOf(Gen.Two(Laws.TextOf("xyz\n", 3)))
        select new SafetensorsContent(
            tensors.DistinctBy(pair => pair.Key).ToDictionary(),
            metadata.DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.Item2));

    [Fact]
    public void Reading_undoes_writing() => Laws.Hold(Contents, content =>
    {
        SafetensorsContent read = Read(Write(content));
        return read.Tensors.Count == content.Tensors.Count
            && content.Tensors.All(pair => read.Tensors[pair.Key].Equals(pair.Value))
            && read.Metadata.Count == content.Metadata.Count
            && content.Metadata.All(pair => read.Metadata[pair.Key] == pair.Value);
    });

    [Fact]
    public void Equal_contents_are_equal_bytes_whatever_the_order() => Laws.Hold(Contents, content =>
        Write(content).AsSpan()
            .SequenceEqual(Write(new SafetensorsContent(
                content.Tensors.Reverse().ToDictionary(),
                content.Metadata.Reverse().ToDictionary()))));

    [Fact]
    public void A_file_cut_off_at_any_byte_or_grown_by_one_is_refused() => Laws.Hold(
        Contents,
        content =>
        {
            byte[] whole = Write(content);
            return Enumerable.Range(0, whole.Length).Select(length => whole[..length]).Append([.. whole, 0]).All(IsRefused);
        },
        count: 100);

    [Fact]
    public void A_changed_byte_of_the_header_is_refused_or_read_without_harm() => Laws.Hold(
        from content in Contents from at in Gen.Choose(0, 10_000) from value in Gen.Choose(0, 255) select (content, at, value),
        damage =>
        {
            byte[] bytes = Write(damage.content);
            int header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            bytes[damage.at % header] = (byte)damage.value;
            return IsRefused(bytes) || Read(bytes).Tensors.Count <= damage.content.Tensors.Count;
        });

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        var content = new SafetensorsContent(
            new Dictionary<string, TensorData>
            {
                ["b"] = new SafetensorsTensor([2], [1f, -2f]),
                ["a"] = new SafetensorsTensor([], [0.5f]),
            },
            new Dictionary<string, string> { ["format"] = "pt" });
        const string Header =
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}"""
            + ""","b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""";
        string padded = Header.PadRight((Header.Length + 7) / 8 * 8);
        byte[] expected =
        [
            (byte)padded.Length, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(padded), 0, 0, 0, 0x3F, 0, 0, 0x80, 0x3F, 0, 0, 0,
            0xC0,
        ];
        Assert.Equal(expected, Write(content));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}""", "tensor \"a\" of type BF16; expected F32.")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "tensor \"a\" of shape [2] in 4 bytes; expected 8 bytes")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
        "tensor \"a\" at byte 4; expected 0, where the previous one ends")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "tensor \"a\" with [-1]; expected a list of whole numbers")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "tensor \"a\" with offsets [4, 0]; expected a begin and an end")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,4],"data_offsets":[0,4]}}""", "tensor \"a\" of shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "an entry \"a\" without all")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "a header that is not JSON")]
    [InlineData(
        """{"__metadata__":{"x":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "a __metadata__ with values that are not strings")]
    [InlineData("[]    ", "a header that is Array; expected a JSON object")]
    [InlineData("{}", "4 bytes of values; expected 0, as the header says")]
    public void A_header_that_does_not_fit_its_bytes_is_refused(string header, string message)
    {
        byte[] file = [(byte)header.Length, (byte)(header.Length >> 8), 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(header), 0, 0, 0, 0];
        Assert.StartsWith(
            $"w.safetensors: found {message}",
            Assert.Throws<InputException>(() => Read(file)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_foreign_order_and_padding_of_another_writer_are_read()
    {
        const string Header =
            """  {"z":{"data_offsets":[0,4],"shape":[1,1],"dtype":"F32"},"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}   """;
        byte[] file = [(byte)Header.Length, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(Header), 0, 0, 0x80, 0x3F];
        SafetensorsContent read = Read(file);
        Assert.Equal([1f], read.Tensors["z"].ToArray());
        Assert.Empty(read.Tensors["a"].ToArray());
    }

    [Fact]
    public void A_shape_holds_its_values()
    {
        Assert.Throws<ArgumentException>(() => new SafetensorsTensor([2, 3], new float[5]));
        Assert.Throws<ArgumentException>(() => new SafetensorsTensor([-1], []));
    }

    private static SafetensorsTensor Tensor(int[] shape, int seed)
    {
        int size = shape.Aggregate(1, (product, extent) => product * extent);
        return new SafetensorsTensor(
            shape,
            [.. Enumerable.Range(0, size)
                .Select(i => i % 7 == 6 ? float.NaN : BitConverter.Int32BitsToSingle((seed * 7919) + (i * 104729)))]);
    }

    private static byte[] Write(SafetensorsContent content)
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, content);
        return stream.ToArray();
    }

    private static SafetensorsContent Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return Safetensors.Read(stream, "w.safetensors");
    }

    private static bool IsRefused(byte[] bytes)
    {
        try
        {
            Read(bytes);
            return false;
        }
        catch (InputException error)
        {
            return error.Message.StartsWith("w.safetensors: found ", StringComparison.Ordinal);
        }
    }
}
