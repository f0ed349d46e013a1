using FsCheck.Fluent;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

public class BytePairMergerLaws
{
    private const int Symbols = 4;
    private const int FewTokens = 6;
    private const int ManyTokens = 24;

    // Any two tokens may merge into any other: ranks rise and fall along the way, as no vocabulary makes them. Where tokens are few, nearly
    // all pairs merge, so that what a merge leaves behind merges again at another rank.
    private static readonly FsCheck.Gen<((int Left, int Right, int Product)[] Merges, int[] Word)> Cases =
        from count in Gen.Choose(0, 40)
        from tokens in Gen.Elements(FewTokens, ManyTokens)
        from merges in Gen.ArrayOf(
            from left in Gen.Choose(0, tokens - 1)
            from right in Gen.Choose(0, tokens - 1)
            from product in Gen.Choose(Symbols, tokens - 1)
            select (left, right, product),
            count)
        from length in Gen.Choose(0, 120)
        from word in Gen.ArrayOf(Gen.Choose(0, Symbols - 1), length)
        select (merges, word);

    [Fact]
    public void Long_and_short_words_merge_the_lowest_rank_first_and_of_equals_the_leftmost() => Laws.Hold(Cases, given =>
    {
        var table = new MergeTable(0);
        foreach ((int left, int right, int product) in given.Merges)
        {
            table.Add(left, right, product);
        }

        var merger = new BytePairMerger(table);
        foreach (int symbol in given.Word)
        {
            merger.Add(symbol, 1);
        }

        merger.Merge();
        return merger.Ids.ToArray().SequenceEqual(Reference(table, given.Word)) && merger.Lengths.ToArray().Sum() == given.Word.Length;
    });

    private static List<int> Reference(MergeTable table, int[] word)
    {
        List<int> ids = [.. word];
        while (true)
        {
            var (best, at, made) = (MergeTable.NoMerge, -1, -1);
            for (int i = 0; i + 1 < ids.Count; i++)
            {
                int rank = table.Find(ids[i], ids[i + 1], out int product);
                if (rank < best)
                {
                    (best, at, made) = (rank, i, product);
                }
            }

            if (at < 0)
            {
                return ids;
            }

            ids[at] = made;
            ids.RemoveAt(at + 1);
        }
    }
}
