using System.Text;
using System.Text.Json.Nodes;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Checkpoints;

/// <summary>Tensors in several files, in files larger than a window, and in narrow types.</summary>
public sealed class ShardLaws
{
    [Fact]
    public void Files_are_filled_in_order_up_to_their_limit()
    {
        using var folder = new TemporaryFolder();
        JsonNode index = Write(folder, [3, 2, 4, 9, 1, 1], mostBytes: 20);
        Assert.Equal(20 * sizeof(float), (int)index["metadata"]!["total_size"]!);
        Assert.Equal(
            ["00001-of-00004", "00001-of-00004", "00002-of-00004", "00003-of-00004", "00004-of-00004", "00004-of-00004"],
            index["weight_map"]!.AsObject().Select(entry => ((string)entry.Value!)["model-".Length..^".safetensors".Length]));
        Assert.Equal([3L, 2, 4, 9, 1, 1], ShardedSafetensors.Open(folder.Path).OrderBy(tensor => tensor.Key).Select(t => t.Value.Count));
    }

    [Fact]
    public void A_tensor_that_the_index_does_not_name_is_refused()
    {
        using var folder = new TemporaryFolder();
        JsonNode index = Write(folder, [3, 2], mostBytes: 12);
        index["weight_map"]!.AsObject().Remove("t1");
        File.WriteAllText(folder.In(ShardedSafetensors.IndexFile), index.ToJsonString());
        Assert.Single(ShardedSafetensors.Open(folder.Path));
        using (FileStream stream = File.Create(folder.In("model-00001-of-00002.safetensors")))
        {
            ShardedSafetensors.Write(stream, Tensors([3, 2]));
        }

        string error = Assert.Throws<InputException>(() => ShardedSafetensors.Open(folder.Path)).Message;
        Assert.Contains("t1: found a tensor; expected none of that name", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_file_goes_before_an_index()
    {
        using var folder = new TemporaryFolder();
        Write(folder, [3, 2], mostBytes: 12);
        using (FileStream stream = File.Create(folder.In(ShardedSafetensors.SingleFile)))
        {
            ShardedSafetensors.Write(stream, Tensors([7]));
        }

        Assert.Equal([7L], ShardedSafetensors.Open(folder.Path).Values.Select(tensor => tensor.Count));
    }

    [Fact]
    public void Tensors_larger_than_a_window_of_the_file_are_read_whole()
    {
        const int Count = 5_000_000;
        using var folder = new TemporaryFolder();
        Write(folder, [Count], long.MaxValue);
        TensorData tensor = ShardedSafetensors.Open(folder.Path)["t0"];
        var bytes = new byte[Count * sizeof(float)];
        tensor.ReadBytes(0, bytes);
        var numbers = new float[Count];
        tensor.Read(0, numbers);
        for (int i = 0; i < Count; i += 999)
        {
            Assert.Equal((i, i), ((int)BitConverter.ToSingle(bytes, i * sizeof(float)), (int)numbers[i]));
        }
    }

    [Theory]
    [InlineData(0x3F80_8000, 0x3F80)]
    [InlineData(0x3F81_8000, 0x3F82)]
    [InlineData(0x3F80_8001, 0x3F81)]
    [InlineData(0x7F7F_FFFF, 0x7F80)]
    [InlineData(0x7F80_0001, 0x7FC0)]
    [InlineData(0x7FFF_FFFF, 0x7FFF)]
    public void Numbers_are_rounded_to_the_nearest_brain_float_and_ties_to_even(int bits, int expected)
    {
        var bytes = new byte[sizeof(ushort)];
        NumberConversion.FromFloats([BitConverter.Int32BitsToSingle(bits)], NumberType.BF16, bytes);
        Assert.Equal(expected, BitConverter.ToUInt16(bytes));
    }

    private static JsonNode Write(TemporaryFolder folder, int[] sizes, long mostBytes)
    {
        foreach (var (name, write) in ShardedSafetensors.Files(Tensors(sizes), mostBytes))
        {
            using FileStream stream = File.Create(folder.In(name));
            write(stream);
        }

        string index = folder.In(ShardedSafetensors.IndexFile);
        return File.Exists(index) ? JsonNode.Parse(File.ReadAllText(index, Encoding.UTF8))! : new JsonObject();
    }

    private static Dictionary<string, TensorData> Tensors(int[] sizes) => sizes.Index().ToDictionary(
        size => $"t{size.Index}",
        TensorData (size) => new SafetensorsTensor([size.Item], [.. Enumerable.Range(0, size.Item).Select(i => (float)i)]));
}
