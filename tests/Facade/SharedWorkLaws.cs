using RlCore.Algebra;

namespace RlCore.Facade.Tests;

/// <summary>Large spans are shared among threads: nothing may depend on who ran a part.</summary>
public sealed class SharedWorkLaws
{
    private const int Pairs = 100_003;
    private const int Rows = 97;
    private const int Columns = 1_031;

    [Fact]
    public void Threads_that_are_busy_elsewhere_change_no_bit()
    {
        var (loss, gradient) = Dpo();
        var (tokenLoss, tokenGradient) = Ppo();
        Parallel.For(0, 4 * Environment.ProcessorCount, _ =>
        {
            var (again, gradientAgain) = Dpo();
            Assert.Equal(loss, again);
            Assert.Equal(gradient, gradientAgain);
            (again, gradientAgain) = Ppo();
            Assert.Equal(tokenLoss, again);
            Assert.Equal(tokenGradient, gradientAgain);
        });
    }

    [Fact]
    public void Parts_add_up_to_the_sum_of_the_pairs()
    {
        PairLoss<float> whole = Losses.Dpo<float>(Numbers(1, Pairs), Numbers(2, Pairs), Numbers(3, Pairs), Numbers(4, Pairs), 0.1);
        Assert.Equal(whole.Losses.Average(l => (double)l), whole.Loss, 1e-8);
        Assert.Equal(Numbers(1, Pairs).Zip(Numbers(3, Pairs)).Zip(Numbers(2, Pairs).Zip(Numbers(4, Pairs)))
            .Average(pair => pair.First.First - pair.First.Second > pair.Second.First - pair.Second.Second ? 1.0 : 0),
            whole.Accuracy,
            1e-12);
    }

    [Fact]
    public void Parts_of_many_rows_have_the_rows_own_arguments_and_weights()
    {
        var (loss, gradient) = Ppo();
        float[] tokens = Numbers(5, Rows * Columns), old = Numbers(6, Rows * Columns), advantages = Numbers(7, Rows);
        double sum = 0;
        for (int row = 0; row < Rows; row++)
        {
            Range range = (row * Columns)..((row + 1) * Columns);
            var alone = new float[Columns];
            sum += Losses.Sum<PpoClipTerm, float>(
                new(0.2, 0.2), tokens[range], old[range], default, advantages.AsSpan(row, 1), SequenceMask.Full(1, Columns),
                new Aggregation.SequenceMean(), alone);
            Assert.All(alone.Zip(gradient[range]), pair => Assert.Equal(pair.First / Rows, pair.Second, 1e-9f));
        }

        Assert.Equal(sum / Rows, loss, 1e-6);
    }

    [Fact]
    public void A_call_into_spans_allocates_nothing()
    {
        float[] a = Numbers(1, Pairs), b = Numbers(2, Pairs), toA = new float[Pairs], toB = new float[Pairs], losses = new float[Pairs];
        float[] tokens =
            Numbers(5, Rows * Columns), old =
                Numbers(6, Rows * Columns), advantages = Numbers(7, Rows), gradient = new float[Rows * Columns];
        SequenceMask mask = SequenceMask.Full(Rows, Columns);
        var tokenMean = new Aggregation.TokenMean();
        for (int warm = 0; warm < 3; warm++)
        {
            Run();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 256, $"{allocated} bytes for {Pairs} pairs and {Rows * Columns} tokens");

        void Run()
        {
            Losses.Dpo<float>(a, b, b, a, 0.1, toA, toB);
            Losses.Dpo<float>(a, b, b, a, 0.1, losses, toA, toB);
            Losses.Sum<PpoClipTerm, float>(new(0.2, 0.2), tokens, old, default, advantages, mask, tokenMean, gradient);
        }
    }

    [Fact]
    public void What_a_term_throws_reaches_the_caller_and_the_next_call_works()
    {
        float[] x = Numbers(1, Rows * Columns), gradient = new float[Rows * Columns];
        SequenceMask mask = SequenceMask.Full(Rows, Columns);
        for (int i = 0; i < 3; i++)
        {
            Assert.Throws<InvalidTimeZoneException>(() => Losses.Sum<Throwing, float>(
                new(true), x, mask, new Aggregation.TokenMean(), gradient));
            double mean = Losses.Sum<Throwing, float>(new(false), x, mask, new Aggregation.TokenMean(), gradient);
            Assert.Equal(x.Average(l => (double)l), mean, 1e-7);
        }
    }

    private static (double Loss, float[] Gradient) Dpo()
    {
        float[] toChosen = new float[Pairs];
        double loss = Losses.Dpo<float>(
            Numbers(1, Pairs), Numbers(2, Pairs), Numbers(3, Pairs), Numbers(4, Pairs), 0.1, toChosen, new float[Pairs]);
        return (loss, toChosen);
    }

    private static (double Loss, float[] Gradient) Ppo()
    {
        float[] gradient = new float[Rows * Columns];
        double loss = Losses.Sum<PpoClipTerm, float>(
            new(0.2, 0.2),
            Numbers(5, Rows * Columns),
            Numbers(6, Rows * Columns),
            default,
            Numbers(7, Rows),
            SequenceMask.Full(Rows, Columns),
            new Aggregation.SequenceMean(),
            gradient);
        return (loss, gradient);
    }

    private static float[] Numbers(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(-2 * random.NextDouble()))];
    }

    private readonly record struct Throwing(bool Always) : ILogProbTerm
    {
        public T Evaluate<T>(T logProb)
            where T : struct, IAlgebra<T> => Always ? throw new InvalidTimeZoneException("of the term's own") : logProb;
    }
}
