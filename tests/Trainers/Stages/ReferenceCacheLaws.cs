using RlCore.Trainers.Files;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

public class ReferenceCacheLaws
{
    private static readonly TokenSequence[] Sequences = [new([1, 2, 3], 1), new([4, 5], 1)];

    [Fact]
    public void What_was_computed_is_found_again_by_another_cache()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal((1, 0), (Computations(folder, "a", Sequences), Computations(folder, "a", Sequences)));
    }

    [Fact]
    public void Another_reference_other_tokens_and_another_end_of_the_prompt_are_computed()
    {
        using var folder = new TemporaryFolder();
        Computations(folder, "a", Sequences);
        Assert.Equal(1, Computations(folder, "b", Sequences));
        Assert.Equal(1, Computations(folder, "a", [new([1, 2, 3], 1), new([4, 6], 1)]));
        Assert.Equal(1, Computations(folder, "a", [new([1, 2, 3], 2), new([4, 5], 1)]));
        Assert.Equal(1, Computations(folder, "a", [new([1, 2], 1), new([3, 4, 5], 1)]));
        Assert.Equal(1, Computations(folder, "a", [.. Sequences.Reverse()]));
        Assert.Equal(1, Computations(folder, "a", [Sequences[0] with { Interludes = [new TokenRange(1, 2)] }, Sequences[1]]));
        Assert.Equal(1, Computations(folder, "a", [Sequences[0] with { Interludes = [new TokenRange(2, 3)] }, Sequences[1]]));
        Assert.Equal(0, Computations(folder, "a", Sequences));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(-1)]
    [InlineData(-5)]
    public void A_file_that_is_damaged_anywhere_is_made_anew(int place)
    {
        using var folder = new TemporaryFolder();
        Computations(folder, "a", Sequences);
        string file = Assert.Single(Directory.GetFiles(folder.Path));
        byte[] whole = File.ReadAllBytes(file);
        byte[] damaged = [.. whole];
        damaged[place < 0 ? damaged.Length + place : place] ^= 0x40;
        File.WriteAllBytes(file, damaged);
        Assert.Equal(1, Computations(folder, "a", Sequences));
        Assert.Equal(whole, File.ReadAllBytes(file));
        File.WriteAllBytes(file, whole[..^2]);
        Assert.Equal(1, Computations(folder, "a", Sequences));
        Assert.Equal(0, Computations(folder, "a", Sequences));
    }

    [Fact]
    public void The_hash_of_parameters_tells_names_shapes_and_values()
    {
        string Hash(
            string name,
            int[] shape,
            float value) => ReferenceCache.Hash(new Dictionary<string, TensorData> { [name] = new SafetensorsTensor(shape, [value, 1]) });
        string[] hashes = [Hash("a", [2], 1), Hash("b", [2], 1), Hash("a", [1, 2], 1), Hash("a", [2], 2)];
        Assert.Equal(4, hashes.Distinct().Count());
        Assert.Equal(hashes[0], Hash("a", [2], 1));
    }

    private static int Computations(TemporaryFolder folder, string identity, TokenSequence[] sequences)
    {
        int count = 0;
        float[] sums = new ReferenceCache(folder.Path, identity, (asked, number) =>
        {
            count++;
            Assert.Equal(sequences.Length, number);
            return [.. asked.Select(sequence => sequence.Tokens.Sum() / 3f)];
        }).Sums(sequences);
        Assert.Equal(sequences.Select(sequence => sequence.Tokens.Sum() / 3f), sums);
        return count;
    }
}
