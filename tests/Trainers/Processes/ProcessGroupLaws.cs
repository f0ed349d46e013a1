using System.Text;
using RlCore.Engines;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Processes;

/// <summary>What processes do together, whatever carries their messages.</summary>
public class ProcessGroupLaws
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_sum_is_that_of_the_tree_of_pairs_in_every_process(int size)
    {
        var random = new Random(size);
        foreach (int length in (int[])[0, 1, 2, 3, 7, 8, 1000])
        {
            float[][] addends =
            [
                .. Enumerable.Range(0, size)
                    .Select(_ => Enumerable.Range(0, length).Select(_ => (float)random.NextDouble() - 0.5f).ToArray()),
            ];
            float[] expected = Tree(addends);
            IReadOnlyList<float[]> sums = ThreadGroup.Run(size, group =>
            {
                float[] mine = [.. addends[group.Rank]];
                group.Sum(mine, new float[(length + 1) / 2]);
                return mine;
            });
            Assert.All(sums, sum => Assert.Equal(expected, sum));
        }
    }

    [Property]
    public void Every_process_has_the_bytes_of_all(byte[][] bytes)
    {
        byte[][] all = [.. bytes.Where(some => some is not null).Take(5).DefaultIfEmpty([])];
        Assert.All(ThreadGroup.Run(all.Length, group => group.Gather(all[group.Rank])), got => Assert.Equal(all, got));
        for (int root = 0; root < all.Length; root++)
        {
            int from = root;
            Assert.All(ThreadGroup.Run(all.Length, group => group.Broadcast(from, all[group.Rank])), got => Assert.Equal(all[from], got));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Numbers_set_in_different_processes_are_united_to_the_bit(int size)
    {
        float[] all = [float.NaN, -0f, 0f, 1e-45f, float.NegativeInfinity, 3, -1, 0.1f];
        foreach (float[] united in ThreadGroup.Run(size, group =>
        {
            var parallel = new DataParallel(group, size);
            var mine = new float[all.Length];
            Range part = parallel.PartOf(all.Length);
            all[part].CopyTo(mine.AsSpan(part));
            parallel.Unite(mine);
            return mine;
        }))
        {
            Assert.Equal(all.Select(BitConverter.SingleToInt32Bits), united.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_request_to_stop_is_seen_by_all_at_the_next_poll_and_not_before(int asked)
    {
        using var stop = new CancellationTokenSource();
        ThreadGroup.Run(4, group =>
        {
            using var agreed = new AgreedStop(group, group.Rank == asked ? stop.Token : CancellationToken.None);
            agreed.Poll();
            Assert.False(agreed.Token.IsCancellationRequested);
            group.Gather([]);
            if (group.Rank == asked)
            {
                stop.Cancel();
            }

            group.Gather([]);
            Assert.False(agreed.Token.IsCancellationRequested);
            agreed.Poll();
            Assert.True(agreed.Token.IsCancellationRequested);
            return 0;
        });
    }

    [Fact]
    public void What_fails_in_one_process_fails_in_all_and_each_knows_that_the_others_know()
    {
        IReadOnlyList<Exception> failures = ThreadGroup.Run(3, group => Assert.ThrowsAny<Exception>(() => group.Together(() =>
            group.Rank == 1 ? throw new InputException(new InputProblem("a.csv", 2, "", "this", "that")) : 0)));
        Assert.IsType<InputException>(failures[1]);
        foreach (Exception other in (Exception[])[failures[0], failures[2]])
        {
            var told = Assert.IsType<ProcessFailedException>(other);
            Assert.Equal((1, nameof(InputException), failures[1].Message), (told.Rank, told.Kind, told.Message));
        }

        Assert.All(failures, failure => Assert.True(ProcessGroupCalls.IsKnownToAll(failure)));
        Assert.False(ProcessGroupCalls.IsKnownToAll(new InputException(new InputProblem("a.csv", 2, "", "this", "that"))));
    }

    [Fact]
    public void What_one_process_does_for_all_is_done_once_and_alone()
    {
        int done = 0;
        IReadOnlyList<string> results = ThreadGroup.Run(4, group =>
        {
            var parallel = new DataParallel(group, 4);
            byte[] result = parallel.FromRoot(() =>
            {
                Interlocked.Increment(ref done);
                Assert.True(parallel.IsAlone);
                Assert.Equal(0..4, parallel.Mine);
                return Encoding.UTF8.GetBytes("done");
            });
            Assert.False(parallel.IsAlone);
            Exception failure = Assert.ThrowsAny<Exception>(() => parallel.AtRoot(() => throw new IOException("the disk is full")));
            Assert.Equal("the disk is full", failure.Message);
            Assert.Equal(group.Rank == 0, failure is IOException);
            return Encoding.UTF8.GetString(result);
        });
        Assert.Equal(1, done);
        Assert.All(results, result => Assert.Equal("done", result));
    }

    [Fact]
    public void A_process_that_fails_ends_the_wait_of_the_others()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => ThreadGroup.Run(4, group =>
        {
            if (group.Rank == 2)
            {
                throw new InvalidOperationException("broken");
            }

            var told = Assert.Throws<ProcessFailedException>(() => group.Gather([1]));
            Assert.Equal((2, "process 2 of 4 has failed: broken"), (told.Rank, told.Message));
            return 0;
        }));
        Assert.Equal("broken", failure.Message);
    }

    private static float[] Tree(float[][] addends) => addends.Length == 1
        ? addends[0]
        : [.. Tree(addends[..(addends.Length / 2)]).Zip(Tree(addends[(addends.Length / 2)..]), (left, right) => left + right)];
}
