using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests.Managed;

/// <summary>Fork and join.</summary>
public sealed unsafe class WorkerPoolLaws
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_item_is_done_exactly_once(int threads)
    {
        using var pool = new WorkerPool(threads);
        var random = new Random(5);
        int* counts = stackalloc int[300];
        for (int job = 0; job < 20_000; job++)
        {
            int items = random.Next(0, 300);
            new Span<int>(counts, 300).Clear();
            pool.For(items, random.Next(0, 20), &Count, counts);
            Assert.True(new Span<int>(counts, items).IndexOfAnyExcept(1) < 0, $"job {job} of {items} items");
            Assert.True(new Span<int>(counts, 300)[items..].IndexOfAnyExcept(0) < 0, $"job {job} of {items} items");
        }
    }

    [Fact]
    public void A_sleeping_thread_wakes_for_work()
    {
        using var pool = new WorkerPool(3);
        int* counts = stackalloc int[8];
        for (int job = 1; job <= 20; job++)
        {
            Thread.Sleep(2);
            pool.For(8, 1, &Count, counts);
            Assert.Equal(Enumerable.Repeat(job, 8), new Span<int>(counts, 8).ToArray());
        }
    }

    [Fact]
    public void What_a_part_throws_reaches_the_caller_and_the_pool_goes_on()
    {
        using var pool = new WorkerPool(2);
        int* counts = stackalloc int[8];
        Assert.Throws<InvalidOperationException>(() => pool.For(8, 1, &Throw, null));
        pool.For(8, 1, &Count, counts);
        Assert.Equal(Enumerable.Repeat(1, 8), new Span<int>(counts, 8).ToArray());
    }

    private static void Count(void* state, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            Interlocked.Increment(ref ((int*)state)[i]);
        }
    }

    private static void Throw(void* state, int from, int to) => throw new InvalidOperationException($"{from} to {to}");
}
