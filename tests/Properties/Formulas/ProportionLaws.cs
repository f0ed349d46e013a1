using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Intervals of accuracies: what they are made of, and how often they hold the truth, by enumeration.</summary>
public class ProportionLaws
{
    [Property]
    public void Wilsons_ends_are_where_the_score_test_just_accepts(byte right, byte wrong)
    {
        double n = right + wrong + 1;
        double p = right / n;
        Interval interval = Proportions.Wilson(right, n);
        Assert.True(interval.Contains(p));
        Assert.True(interval.Low >= 0 && interval.High <= 1);
        foreach (double end in new[] { interval.Low, interval.High }.Where(end => end is > 0 and < 1))
        {
            AssertClose(Proportions.Z95, Math.Abs(p - end) / Math.Sqrt(end * (1 - end) / n), 1e-9);
        }
    }

    [Fact]
    public void None_right_and_all_right_still_have_a_width()
    {
        double ruler = Proportions.Z95 * Proportions.Z95;
        Assert.Equal(0, Proportions.Wilson(0, 20).Low);
        AssertClose(ruler / (20 + ruler), Proportions.Wilson(0, 20).High, 1e-12);
        AssertClose(20 / (20 + ruler), Proportions.Wilson(20, 20).Low, 1e-12);
        Assert.Equal(1, Proportions.Wilson(20, 20).High);
        Assert.All(Enumerable.Range(1, 300), n => Assert.Equal((0, 1), (Proportions.Wilson(0, n).Low, Proportions.Wilson(n, n).High)));
    }

    // Brown, Cai and DasGupta 2001: near 95 % on average, with dips beside 0 and 1 that do not vanish with n.
    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    [InlineData(200)]
    public void Wilson_covers_the_truth_95_times_of_100(int n)
    {
        double[] truths = [.. Enumerable.Range(1, 199).Select(i => i / 200.0)];
        double[] coverage = [.. truths
            .Select(
                p =>
                    Enumerable.Range(0, n + 1)
                        .Where(right => Proportions.Wilson(right, n).Contains(p))
                        .Sum(right => Binomial(n, right, p)))];
        Assert.InRange(coverage.Average(), 0.945, 0.96);
        Assert.True(coverage.Min() > 0.82, $"{coverage.Min()}");
    }

    [Property]
    public void Prompts_that_are_right_or_wrong_have_Wilsons_interval(byte right, byte wrong, byte samples)
    {
        double[] prompts = [.. Enumerable.Repeat(1.0, right), .. Enumerable.Repeat(0.0, wrong + 1)];
        Interval expected = Proportions.Wilson(right, prompts.Length);
        Interval actual = Proportions.Clustered(prompts, samples + 1);
        AssertClose(expected.Low, actual.Low, 1e-9);
        AssertClose(expected.High, actual.High, 1e-9);
    }

    [Fact]
    public void Samples_of_equally_hard_prompts_count_one_by_one_and_never_for_more()
    {
        Assert.Equal(Proportions.Wilson(40, 80), Proportions.Clustered([.. Enumerable.Repeat(0.5, 10)], 8));
        Assert.Equal(Proportions.Wilson(10, 10), Proportions.Clustered([.. Enumerable.Repeat(1.0, 10)], 8));
    }

    // Two samples a prompt, of prompts that are hard (1 in 10) or easy (9 in 10) by equal chance: every count of prompts with
    // 0, 1 and 2 right, with its probability. The samples of a prompt agree more than those of two; counting them as if they
    // did not would give too narrow an interval.
    [Fact]
    public void The_interval_over_prompts_covers_the_mean_though_samples_of_a_prompt_agree()
    {
        const int Prompts = 40;
        double[] law = [0.41, 0.18, 0.41];
        double covered = 0;
        double naive = 0;
        for (int none = 0; none <= Prompts; none++)
        {
            for (int both = 0; none + both <= Prompts; both++)
            {
                int one = Prompts - none - both;
                double probability = Binomial(Prompts, none, law[0]) * Binomial(Prompts - none, both, law[2] / (1 - law[0]));
                double[] means = [.. Enumerable.Repeat(0.0, none), .. Enumerable.Repeat(0.5, one), .. Enumerable.Repeat(1.0, both)];
                covered += Proportions.Clustered(means, 2).Contains(0.5) ? probability : 0;
                naive += Proportions.Wilson(one + (2 * both), 2 * Prompts).Contains(0.5) ? probability : 0;
            }
        }

        Assert.InRange(covered, 0.93, 0.97);
        Assert.True(naive < 0.9, $"{naive}");
    }

    [Fact]
    public void What_is_no_proportion_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportions.Wilson(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportions.Wilson(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportions.Wilson(1, 2, 0));
        Assert.Throws<ArgumentException>(() => Proportions.Clustered([], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportions.Clustered([0.5], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportions.Clustered([0.5, double.NaN], 1));
    }

    private static double Binomial(int n, int k, double p)
    {
        double log = 0;
        for (int i = 1; i <= k; i++)
        {
            log += Math.Log((double)(n - k + i) / i);
        }

        return Math.Exp(log + (k * Math.Log(p)) + ((n - k) * Math.Log(1 - p)));
    }
}
