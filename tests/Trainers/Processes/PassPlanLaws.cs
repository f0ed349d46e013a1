using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Processes;

/// <summary>The passes of a step: every item once, in order, shared out over processes.</summary>
public class PassPlanLaws
{
    [Property]
    public void Every_item_is_in_one_pass_in_order_whatever_the_shards(byte items, byte most, byte power)
    {
        TokenSequence[] rows = Rows(items % 40);
        int shards = 1 << (power % 4);
        PassPlan plan = Plan(rows, shards, 1, 0, 1 + (most % 9));
        Assert.Equal(Enumerable.Range(0, rows.Length), plan.All.SelectMany(pass => Enumerable.Range(pass.First, pass.Count)));
        Assert.Equal(Enumerable.Range(0, plan.Count), plan.All.Select(pass => pass.Pass));
    }

    [Property]
    public void Processes_have_the_passes_of_one_between_them(byte items, byte most)
    {
        TokenSequence[] rows = Rows(items % 40);
        int limit = 1 + (most % 9);
        MicroBatch[] alone = [.. Plan(rows, 8, 1, 0, limit).All];
        foreach (int size in (int[])[2, 4, 8])
        {
            Assert.Equal(alone, Enumerable.Range(0, size).SelectMany(rank => Plan(rows, 8, size, rank, limit).Mine));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Every_process_has_as_many_items_as_another_but_for_one(int size)
    {
        for (int items = 2 * size; items < 50; items++)
        {
            int[] counts =
                [.. Enumerable.Range(0, size).Select(rank => Plan(Rows(items), size, size, rank, 3).Mine.Sum(pass => pass.Count))];
            Assert.InRange(counts.Max() - counts.Min(), 0, 1);
            Assert.True(counts.Min() > 0);
        }
    }

    [Fact]
    public void A_step_of_few_items_is_still_shared_by_two_processes()
    {
        Assert.NotEmpty(Plan(Rows(4), 8, 2, 0, 9).Mine);
        Assert.NotEmpty(Plan(Rows(4), 8, 2, 1, 9).Mine);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(8, 4)]
    [InlineData(9, 2)]
    [InlineData(16, 2)]
    [InlineData(17, 1)]
    [InlineData(1000, 1)]
    public void A_shard_has_the_tokens_that_it_must_have(int least, int shards)
    {
        // 32 tokens.
        PassPlan plan = PassPlan.Of(new DataParallel(new Place(0, 1), 4), Rows(16), new PassLimits(16, 0, least));
        Assert.Equal(shards, Enumerable.Range(0, 4).Count(shard => plan.Of(shard).Count > 0));
        Assert.Equal(16, plan.All.Sum(pass => pass.Count));
    }

    private static TokenSequence[] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => new TokenSequence([1, 2 + i], 1))];

    private static PassPlan Plan(TokenSequence[] rows, int shards, int size, int rank, int most) =>
        PassPlan.Of(new DataParallel(new Place(rank, size), shards), rows, new PassLimits(most));

    /// <summary>A place among processes that say nothing.</summary>
    private sealed record Place(int Rank, int Size) : IProcessGroup
    {
        public void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received) => throw new NotSupportedException();

        public void Fail(string message) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
