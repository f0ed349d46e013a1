using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>What k of n samples give, held against the enumeration of every subset, of every order, and of every outcome.</summary>
public class TestTimeLaws
{
    [Property]
    public void Pass_at_k_is_the_mean_over_all_subsets(byte[] draws, byte count)
    {
        int[] answers = Answers(draws);
        int k = (count % answers.Length) + 1;
        AssertClose(
            Mean(Subsets(answers.Length, k), subset => subset.Any(i => answers[i] == 0) ? 1 : 0),
            TestTimeCompute.PassAtK(answers.Length, answers.Count(answer => answer == 0), k),
            1e-12);
    }

    [Property]
    public void Majority_at_k_is_the_mean_over_all_subsets_with_ties_by_lot(byte[] draws, byte count)
    {
        int[] answers = Answers(draws);
        int k = (count % answers.Length) + 1;
        for (int answer = 0; answer < Kinds; answer++)
        {
            AssertClose(
                Mean(Subsets(answers.Length, k), subset => Share([.. subset.Select(i => answers[i])], answer)),
                Majority(answers, answer, k),
                1e-12);
        }
    }

    [Property]
    public void Majority_at_n_is_the_mean_over_all_orders_of_the_first_seen_rule(byte[] draws)
    {
        string[] answers = [.. Answers(draws).Take(6).Where(answer => answer != Silent).Select(answer => $"{answer}"), "0"];
        int[] votes = [.. Enumerable.Range(0, Kinds).Select(kind => answers.Count(answer => answer == $"{kind}"))];
        AssertClose(
            Mean(Orders(answers.Length), order => TestTimeCompute.Vote([.. order.Select(i => answers[i])]) == "0" ? 1 : 0),
            TestTimeCompute.MajorityAtK(votes, 0, 0, answers.Length),
            1e-12);
    }

    [Property]
    public void Best_at_k_is_the_mean_over_all_subsets(byte[] draws, byte count)
    {
        int[] scores = Answers(draws);
        double[] values = [.. scores.Select((score, i) => (i + score) % 3 / 2.0)];
        int k = (count % scores.Length) + 1;
        double expected = Mean(Subsets(scores.Length, k), subset =>
        {
            int best = subset.Max(i => scores[i]);
            return subset.Where(i => scores[i] == best).Average(i => values[i]);
        });
        AssertClose(expected, TestTimeCompute.BestAtK([.. scores.Select(score => (double)score)], values, k), 1e-12);
    }

    [Property]
    public void Best_at_k_by_what_is_right_is_pass_at_k_and_by_nothing_is_the_mean(byte[] draws, byte count)
    {
        double[] right = [.. Answers(draws).Select(answer => answer == 0 ? 1.0 : 0)];
        int k = (count % right.Length) + 1;
        AssertClose(TestTimeCompute.PassAtK(right.Length, (int)right.Sum(), k), TestTimeCompute.BestAtK(right, right, k), 1e-12);
        AssertClose(right.Average(), TestTimeCompute.BestAtK(new double[right.Length], right, k), 1e-12);
        AssertClose(right.Average(), TestTimeCompute.BestAtK([.. right.Select((_, i) => Math.Sin(i))], right, 1), 1e-12);
    }

    [Fact]
    public void One_sample_is_its_own_majority_and_all_shares_sum_to_one()
    {
        int[] votes = [3, 2, 2, 1];
        for (int k = 1; k <= 8; k++)
        {
            AssertClose(1, Enumerable.Range(0, votes.Length).Sum(answer => TestTimeCompute.MajorityAtK(votes, answer, 0, k)), 1e-12);
        }

        AssertClose(3.0 / 8, TestTimeCompute.MajorityAtK(votes, 0, 0, 1), 1e-15);
        AssertClose(0.5, TestTimeCompute.MajorityAtK([4, 4], 1, 2, 10), 1e-15);
        Assert.Equal(1, TestTimeCompute.MajorityAtK([1], 0, 9, 10));
        Assert.Equal(0, TestTimeCompute.MajorityAtK([0, 3], 0, 7, 10));
    }

    // The samples are n draws of a known law; the estimate from n is, on average over them all, the truth for k.
    [Fact]
    public void Estimates_from_n_samples_are_unbiased_for_k_fresh_ones()
    {
        double[] law = [0.45, 0.3, 0.15, 0.1];
        foreach (int n in new[] { 3, 5 })
        {
            for (int k = 1; k <= n; k++)
            {
                AssertClose(Expect(law, k, draws => Share(draws, 0)), Expect(law, n, draws => Majority(draws, 0, k)), 1e-12);
                AssertClose(
                    1 - Math.Pow(1 - law[0], k),
                    Expect(law, n, draws => TestTimeCompute.PassAtK(n, draws.Count(draw => draw == 0), k)),
                    1e-12);
                AssertClose(
                    TestTimeCompute.BestOfN(law, [0, 2, 1, 2], k)[1],
                    Expect(
                        law,
                        n,
                        draws =>
                            TestTimeCompute.BestAtK(
                                [.. draws.Select(draw => (double)(draw % 2 == 1 ? 2 : draw / 2))],
                                [.. draws.Select(draw => draw == 1 ? 1.0 : 0)],
                                k)),
                    1e-12);
            }
        }
    }

    [Fact]
    public void Many_samples_are_counted_without_overflow()
    {
        double half = TestTimeCompute.MajorityAtK([500, 500], 0, 0, 500);
        AssertClose(0.5, half, 1e-9);
        Assert.Throws<ArgumentOutOfRangeException>(() => TestTimeCompute.MajorityAtK([TestTimeCompute.MostVotes], 0, 1, 1));
    }

    [Fact]
    public void Counts_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TestTimeCompute.MajorityAtK([2], 0, 0, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => TestTimeCompute.MajorityAtK([2], 1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TestTimeCompute.MajorityAtK([2, -1], 0, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TestTimeCompute.BestAtK([1], [1], 2));
        Assert.Throws<ArgumentException>(() => TestTimeCompute.BestAtK([1], [1, 2], 1));
        Assert.Throws<ArgumentException>(() => TestTimeCompute.BestAtK([double.NaN], [1], 1));
    }

    private const int Kinds = 3;
    private const int Silent = Kinds;

    // Up to nine samples: answers 0 (right), 1, 2, or none.
    private static int[] Answers(byte[] draws) => [.. draws.Take(8).Select(draw => draw % (Kinds + 1)), 0];

    private static double Majority(int[] answers, int answer, int k) => TestTimeCompute.MajorityAtK(
        [.. Enumerable.Range(0, Kinds).Select(kind => answers.Count(given => given == kind))],
        answer,
        answers.Count(given => given == Silent),
        k);

    private static double Share(int[] answers, int answer)
    {
        var counts = answers.Where(given => given != Silent).CountBy(given => given).ToArray();
        int[] winners = [.. counts.Where(count => count.Value == counts.Max(other => other.Value)).Select(count => count.Key)];
        return winners.Contains(answer) ? 1.0 / winners.Length : 0;
    }

    private static double Expect(double[] law, int n, Func<int[], double> value) =>
        Enumerable.Range(0, (int)Math.Pow(law.Length, n)).Sum(code =>
        {
            int[] draws = [.. Enumerable.Range(0, n).Select(i => code / (int)Math.Pow(law.Length, i) % law.Length)];
            return draws.Aggregate(1.0, (probability, draw) => probability * law[draw]) * value(draws);
        });

    private static IEnumerable<int[]> Subsets(int n, int k) => Enumerable.Range(0, 1 << n)
        .Where(code => System.Numerics.BitOperations.PopCount((uint)code) == k)
        .Select(code => Enumerable.Range(0, n).Where(i => (code >> i & 1) == 1).ToArray());

    private static IEnumerable<int[]> Orders(int n) => n == 0
        ? [[]]
        : Orders(n - 1).SelectMany(order => Enumerable.Range(0, n).Select(place => (int[])[.. order[..place], n - 1, .. order[place..]]));

    private static double Mean(IEnumerable<int[]> cases, Func<int[], double> value) => cases.Average(value);
}
