using FsCheck.Fluent;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Sequences;

/// <summary>How the sequences of a step are split into passes.</summary>
public class MicroBatchLaws
{
    [Fact]
    public void Passes_cover_all_items_in_order_and_are_as_large_as_the_limits_allow()
    {
        Laws.Hold(
            from lengths in Gen.Choose(1, 9).NonEmptyListOf().ListOf()
            from sequences in Gen.Choose(1, 6)
            from tokens in Gen.Choose(0, 40)
            select (Items: lengths.Select(item => item.ToArray()).ToArray(), Limits: new PassLimits(sequences, tokens)),
            sample =>
            {
                (int[][] items, PassLimits limits) = sample;
                IReadOnlyList<MicroBatch> parts = MicroBatches.Split(items, limits, item => [.. item.Select(Sequence)]);
                int[] covered = [.. parts.SelectMany(part => Enumerable.Range(part.First, part.Count))];
                return covered.SequenceEqual(Enumerable.Range(0, items.Length))
                    && parts.All(part => part.Count == 1 || Fits(limits, part.Of(items)))
                    && parts.SkipLast(1).All(part => !Fits(limits, items[part.First..(part.First + part.Count + 1)]));
            });
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(1, -1)]
    public void Limits_that_allow_nothing_are_refused(int sequences, int tokens) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PassLimits(sequences, tokens));

    // From the definition: the padded size of the layout.
    private static bool Fits(PassLimits limits, int[][] items)
    {
        int[] lengths = [.. items.SelectMany(item => item)];
        return lengths.Length <= limits.Sequences && (limits.Tokens == 0 || lengths.Length * lengths.Max() <= limits.Tokens);
    }

    private static TokenSequence Sequence(int length) => new([.. Enumerable.Repeat(1, length)], 1);
}
