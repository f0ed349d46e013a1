using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Each filter keeps what its definition says, and never fewer tokens than it is told to.</summary>
public sealed class FilterLaws
{
    [Property]
    public void Top_k_keeps_what_at_most_k_less_one_exceed(Signal[] data, byte count)
    {
        double[] logits = Logits(data);
        int k = (count % 5) + 1;
        bool[] kept = Kept(LogitFilters.TopK(logits, k));
        for (int i = 0; i < logits.Length; i++)
        {
            Assert.Equal(logits.Count(other => other > logits[i]) < k, kept[i]);
        }

        Assert.Equal(Kept(LogitFilters.TopK(logits, Math.Max(k, 3))), Kept(LogitFilters.TopK(logits, k, minKeep: 3)));
        Assert.Equal(logits, LogitFilters.TopK(logits, 99));
    }

    [Property]
    public void Top_p_removes_the_longest_tail_whose_mass_fits(Signal[] data, byte share)
    {
        double[] logits = Distinct(data);
        double p = (share + 1) / 257.0;
        double[] probabilities = LogitFilters.Softmax(logits);
        foreach (int minKeep in new[] { 1, 2 })
        {
            bool[] kept = Kept(LogitFilters.TopP(logits, p, minKeep));
            for (int i = 0; i < logits.Length; i++)
            {
                double upTo = probabilities.Where(other => other <= probabilities[i]).Order().Sum();
                bool among = probabilities.Count(other => other > probabilities[i]) < minKeep;
                Assert.True(kept[i] == (among || upTo > 1 - p) || Math.Abs(upTo - 1 + p) < 1e-9);
            }
        }
    }

    [Property]
    public void Min_p_keeps_a_share_of_the_best_and_the_best_anyway(Signal[] data, byte share)
    {
        double[] logits = Distinct(data);
        double p = share / 128.0;
        foreach (int minKeep in new[] { 1, 2 })
        {
            bool[] kept = Kept(LogitFilters.MinP(logits, p, minKeep));
            for (int i = 0; i < logits.Length; i++)
            {
                double ratio = Math.Exp(logits[i] - logits.Max());
                bool among = logits.Count(other => other > logits[i]) < minKeep;
                Assert.True(kept[i] == (among || ratio >= p) || Math.Abs(ratio - p) < 1e-9);
            }
        }
    }

    [Property]
    public void Typical_keeps_the_least_surprising_surprises_up_to_its_mass(Signal[] data, byte share)
    {
        double[] logits = [.. Distinct(data), double.NegativeInfinity];
        double mass = (share + 1) / 257.0;
        double[] logProbs = LogitFilters.LogSoftmax(logits);
        double entropy = -logProbs.Where(double.IsFinite).Sum(l => Math.Exp(l) * l);
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderBy(i => Math.Abs(-logProbs[i] - entropy))];
        double[] reached = [.. order.Select((_, rank) => order.Take(rank + 1).Sum(i => Math.Exp(logProbs[i])))];
        if (reached.Any(total => Math.Abs(total - mass) < 1e-9))
        {
            return;
        }

        int needed = reached.Count(total => total < mass) + 1;
        foreach (int minKeep in new[] { 1, 3 })
        {
            double furthest = order.Take(Math.Max(needed, minKeep)).Max(i => Math.Abs(-logProbs[i] - entropy));
            bool[] kept = Kept(LogitFilters.Typical(logits, mass, minKeep));
            for (int i = 0; i + 1 < logits.Length; i++)
            {
                Assert.Equal(Math.Abs(-logProbs[i] - entropy) <= furthest, kept[i]);
            }
        }
    }

    [Fact]
    public void Masses_on_a_bound_are_kept_or_removed_as_the_definition_says()
    {
        double[] halves = [Math.Log(0.5), Math.Log(0.25), Math.Log(0.25)];
        Assert.Equal([true, false, false], Kept(LogitFilters.TopP(halves, 0.5)));
        Assert.Equal([true, true, true], Kept(LogitFilters.MinP(halves, 0.5)));
        Assert.Equal([true, true, true], Kept(LogitFilters.Typical([0, 0, 0], 1)));
        double nearest = LogitFilters.Softmax([0, 1, 3])[2];
        Assert.Equal([false, false, true], Kept(LogitFilters.Typical([0, 1, 3], nearest)));
        Assert.Equal([true, true, true], Kept(LogitFilters.Typical([0, 1, 3], 1.5)));
        Assert.Equal([true, true, true], Kept(LogitFilters.Typical([0, 1, 3], 0.5, minKeep: 99)));
    }

    [Property]
    public void A_temperature_divides_and_probabilities_add_up(Signal[] data)
    {
        double[] logits = Logits(data);
        Assert.Equal(logits.Select(logit => logit / 0.7), LogitFilters.Temperature(logits, 0.7));
        AssertClose(1, LogitFilters.Softmax(logits).Sum(), 1e-12);
        AssertClose(
            0,
            LogitFilters.LogSoftmax(logits).Zip(logits, (a, b) => a - b).Distinct().Max() - LogitFilters.LogSoftmax(logits)[0] + logits[0],
            1e-12);
    }

    [Property]
    public void The_smallest_temperatures_leave_the_most_likely_tokens(Signal[] data)
    {
        double[] logits = [.. Logits(data), double.NegativeInfinity];
        double largest = logits.Max();
        double[] expected = [.. logits.Select(logit => logit == largest ? 1.0 / logits.Count(other => other == largest) : 0)];
        foreach (double temperature in (double[])[double.Epsilon, 1e-310, 1e-300, 1e-20])
        {
            double[] probabilities = LogitFilters.Softmax(LogitFilters.Temperature(logits, temperature));
            Assert.All(expected.Zip(probabilities), pair => Assert.Equal(pair.First, pair.Second, 1e-15));
        }
    }

    private static double[] Logits(Signal[] data) => [.. data.Take(8).Select(signal => signal.Value), 0.5, -0.25, 1];

    private static double[] Distinct(Signal[] data) => [.. Logits(data).Distinct()];

    private static bool[] Kept(double[] logits) => [.. logits.Select(logit => !double.IsNegativeInfinity(logit))];
}
