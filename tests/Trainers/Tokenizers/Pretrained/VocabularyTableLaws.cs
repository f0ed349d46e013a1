using FsCheck.Fluent;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

public class VocabularyTableLaws
{
    // A length of up to 254 is kept in one byte, one above it in five.
    private static readonly FsCheck.Gen<(int Length, int Id)[]> Some =
        from count in Gen.Choose(0, 60)
        from tokens in Gen.ArrayOf(
            from length in Gen.Elements(0, 1, 5, 253, 254, 255, 256, 1000)
            from id in Gen.Choose(0, 3000)
            select (length, id),
            count)
        select tokens;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(60, 60_000)]
    public void Tokens_of_any_length_are_found_by_id_and_by_content(int count, int bytes) => Laws.Hold(
        Some,
        tokens =>
        {
            var table = new TokenTable(count, bytes);
            var wanted = new Dictionary<int, byte[]>();
            foreach ((int length, int id) in tokens)
            {
                byte[] content = [.. Enumerable.Range(0, length).Select(i => (byte)(id + i))];
                bool isNew = !wanted.ContainsKey(id) && !wanted.Values.Any(other => other.AsSpan().SequenceEqual(content));
                if (table.TryAdd(id, content) != isNew)
                {
                    return false;
                }

                if (isNew)
                {
                    wanted.Add(id, content);
                }
            }

            return Enumerable.Range(0, table.Size).All(id => table.Has(id) == wanted.ContainsKey(id)
                && table[id].SequenceEqual(wanted.GetValueOrDefault(id, []))
                && (!wanted.TryGetValue(id, out byte[]? content) || (table.TryFind(content, out int found) && found == id)));
        },
        300);

    [Fact]
    public void Merges_of_the_highest_ids_are_told_apart()
    {
        const int Highest = TokenTable.HighestId;
        var table = new MergeTable(0);
        table.Add(Highest, Highest - 1, Highest);
        table.Add(Highest - 1, Highest, 0);
        table.Add(0, 0, Highest - 1);
        Assert.Equal((0, Highest), (table.Find(Highest, Highest - 1, out int first), first));
        Assert.Equal((1, 0), (table.Find(Highest - 1, Highest, out int second), second));
        Assert.Equal((2, Highest - 1), (table.Find(0, 0, out int third), third));
        Assert.Equal(MergeTable.NoMerge, table.Find(0, Highest, out _));
    }

    [Fact]
    public void A_later_merge_of_a_pair_replaces_an_earlier_one()
    {
        var table = new MergeTable(2);
        table.Add(1, 2, 3);
        table.Add(1, 2, 4);
        Assert.Equal((1, 4), (table.Find(1, 2, out int product), product));
    }
}
