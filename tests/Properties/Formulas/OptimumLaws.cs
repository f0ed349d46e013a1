using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Statements about expectations, proved by enumerating a small vocabulary.</summary>
public sealed class OptimumLaws
{
    [Property]
    public void The_reward_is_recovered_from_its_optimum(Signal[] data)
    {
        (double[] reference, double[] rewards) = Toy(data);
        double[] optimum = RegularizedOptimum.LogPolicy(reference, rewards, 0.7);
        double logZ = RegularizedOptimum.LogPartition(reference, rewards, 0.7);
        double[] implicitRewards = RegularizedOptimum.ImplicitReward(optimum, reference, 0.7);
        for (int i = 0; i < rewards.Length; i++)
        {
            AssertClose(rewards[i], implicitRewards[i] + (0.7 * logZ), 1e-11);
        }
    }

    [Property]
    public void Rewards_that_differ_by_a_constant_have_one_optimum(Signal[] data, Signal shift)
    {
        (double[] reference, double[] rewards) = Toy(data);
        Agree(
            RegularizedOptimum.LogPolicy(reference, rewards, 0.7),
            RegularizedOptimum.LogPolicy(reference, [.. rewards.Select(r => r + shift)], 0.7));
    }

    [Property]
    public void Every_policy_falls_short_by_beta_times_its_divergence_from_the_optimum(Signal[] data)
    {
        (double[] reference, double[] rewards) = Toy(data);
        double[] policy = Normalize([.. rewards.Reverse()]);
        double[] optimum = RegularizedOptimum.LogPolicy(reference, rewards, 0.7);
        double best = 0.7 * RegularizedOptimum.LogPartition(reference, rewards, 0.7);
        AssertClose(best, RegularizedOptimum.Objective(optimum, reference, rewards, 0.7), 1e-11);
        double gap = 0.7 * Categorical.Kl<Real>(Reals(policy), Reals(optimum));
        AssertClose(best - gap, RegularizedOptimum.Objective(policy, reference, rewards, 0.7), 1e-11);
    }

    [Property]
    public void K1_and_K3_are_unbiased_and_K2_is_not_in_general(Signal[] data)
    {
        (double[] reference, double[] logits) = Toy(data);
        double[] policy = Normalize(logits);
        double kl = Categorical.Kl<Real>(Reals(policy), Reals(reference));
        AssertClose(kl, Expect(policy, i => KlEstimators.K1<Real>(policy[i], reference[i])), 1e-11);
        AssertClose(kl, Expect(policy, i => KlEstimators.K3<Real>(policy[i], reference[i])), 1e-10);
        Assert.True(kl >= -1e-12);
    }

    [Fact]
    public void K2_is_biased()
    {
        double[] policy = Normalize([0, 1, 2]);
        double[] reference = Normalize([2, 0, 0]);
        double kl = Categorical.Kl<Real>(Reals(policy), Reals(reference));
        Assert.NotInRange(Expect(policy, i => KlEstimators.K2<Real>(policy[i], reference[i])), kl - 0.01, kl + 0.01);
    }

    [Property]
    public void As_a_loss_K1_does_nothing_K2_follows_the_KL_and_K3_the_forward_KL(Signal[] data)
    {
        (double[] reference, double[] logits) = Toy(data);
        double[] policy = Normalize(logits);
        for (int k = 0; k < logits.Length; k++)
        {
            // Expectations under the sampling policy are held fixed: only the estimator is differentiated.
            AssertClose(0, Expect(policy, i => Slope(KlEstimator.K1, policy[i], reference[i]) * Score(policy, i, k)), 1e-12);
            AssertClose(
                KlGradient(logits, reference, k, forward: false),
                Expect(policy, i => Slope(KlEstimator.K2, policy[i], reference[i]) * Score(policy, i, k)),
                1e-10);
            AssertClose(
                KlGradient(logits, reference, k, forward: true),
                Expect(policy, i => Slope(KlEstimator.K3, policy[i], reference[i]) * Score(policy, i, k)),
                1e-9);
        }
    }

    [Property]
    public void The_score_has_mean_zero_and_the_ratio_has_mean_one(Signal[] data)
    {
        (double[] reference, double[] logits) = Toy(data);
        double[] policy = Normalize(logits);
        AssertClose(0, Expect(policy, i => Score(policy, i, 0)), 1e-13);
        AssertClose(1, Expect(reference, i => LogRatios.Ratio<Real>(policy[i], reference[i])), 1e-12);
    }

    [Property]
    public void Jensen_Shannon_runs_from_one_divergence_to_the_other_and_Renyi_passes_the_KL(Signal[] data)
    {
        (double[] reference, double[] logits) = Toy(data);
        Real[] p = Reals(Normalize(logits));
        Real[] q = Reals(reference);
        Assert.Equal(Categorical.Kl<Real>(p, q), Categorical.JensenShannon<Real>(p, q, 0));
        Assert.Equal(Categorical.Kl<Real>(q, p), Categorical.JensenShannon<Real>(p, q, 1));
        AssertClose(Categorical.JensenShannon<Real>(q, p, 0.5), Categorical.JensenShannon<Real>(p, q, 0.5), 1e-12);
        Assert.InRange((double)Categorical.JensenShannon<Real>(p, q, 0.5), -1e-12, Math.Log(2));
        AssertClose(Categorical.Kl<Real>(p, q), Categorical.Renyi<Real>(p, q, 1 + 1e-6), 1e-3);
        AssertClose(0, Categorical.Renyi<Real>(p, p, 0.5), 1e-12);
    }

    [Property]
    public void The_entropy_is_finite_and_differentiable_under_masked_logits(Signal first, Signal second)
    {
        Dual<Real>[] logits =
        [
            Dual<Real>.Variable((double)first),
            Dual<Real>.Constant((double)second),
            Dual<Real>.Constant(double.NegativeInfinity),
        ];
        Dual<Real> entropy = Categorical.Entropy<Dual<Real>>(Categorical.LogSoftmax<Dual<Real>>(logits));
        Real[] two = [(double)first, (double)second];
        AssertClose(Categorical.Entropy<Real>(Categorical.LogSoftmax<Real>(two)), entropy.Value, 1e-12);
        Assert.True(double.IsFinite(entropy.Tangent));
    }

    [Fact]
    public void Log_sum_exp_neither_overflows_nor_loses_the_tail()
    {
        AssertClose(1000 + Math.Log(2), Categorical.LogSumExp<Real>([1000, 1000, 0]), 1e-15);
        Assert.Equal(double.NegativeInfinity, (double)Categorical.LogSumExp<Real>([double.NegativeInfinity, double.NegativeInfinity]));
        Assert.Throws<ArgumentException>(() => Categorical.Kl<Real>([0], [0, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Categorical.JensenShannon<Real>([0], [0], 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Categorical.Renyi<Real>([0], [0], 1));
    }

    [Property]
    public void Best_of_n_has_its_closed_law_and_its_divergence_is_bounded(Signal[] data, byte count)
    {
        int n = (count % 8) + 1;
        (double[] reference, double[] rewards) = Toy(data);
        double[] policy = [.. reference.Select(Math.Exp)];
        double[] best = TestTimeCompute.BestOfN(policy, rewards, n);
        AssertClose(1, best.Sum(), 1e-12);
        double[] logBest = [.. best.Select(p => Math.Log(p))];
        Assert.True(Categorical.Kl<Real>(Reals(logBest), Reals(reference)) <= TestTimeCompute.BestOfNKlBound(n) + 1e-12);
        Agree(policy, TestTimeCompute.BestOfN(policy, rewards, 1));
        Agree(BestOfTwo(policy, rewards), TestTimeCompute.BestOfN(policy, rewards, 2));
    }

    [Fact]
    public void What_is_never_drawn_is_never_best_and_its_reward_is_never_read()
    {
        Assert.Equal([0, 1], TestTimeCompute.BestOfN([0, 1], [5, 1], 3));
        double objective = RegularizedOptimum.Objective(
            [0, double.NegativeInfinity], [Math.Log(0.5), Math.Log(0.5)], [2, double.NegativeInfinity], 0.5);
        AssertClose(2 - (0.5 * Math.Log(2)), objective, 1e-12);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.1931471805599453)]
    [InlineData(4, 0.6362943611198906)]
    public void The_bound_on_best_of_n_is_log_n_less_n_less_one_over_n(int n, double bound) =>
        AssertClose(bound, TestTimeCompute.BestOfNKlBound(n), 1e-14);

    [Property]
    public void Pass_at_k_is_the_chance_that_k_of_n_drawn_hold_a_right_one(byte samples, byte right, byte draws)
    {
        int n = (samples % 20) + 1;
        int c = right % (n + 1);
        int k = (draws % n) + 1;
        double expected = 1 - (Choose(n - c, k) / Choose(n, k));
        AssertClose(expected, TestTimeCompute.PassAtK(n, c, k), 1e-12);
    }

    [Fact]
    public void Votes_are_counted_by_weight()
    {
        Assert.Equal("b", TestTimeCompute.Vote(["a", "b", "b"]));
        Assert.Equal("a", TestTimeCompute.Vote(["a", "b", "b"], [3, 1, 1]));
        Assert.Equal("b", TestTimeCompute.Vote(["b", "a", "a", "b"]));
        Assert.Equal("c", TestTimeCompute.Vote(["a", "b", "c", "b"], [1, 1, 3, 1]));
        Assert.Throws<ArgumentException>(() => TestTimeCompute.Vote([]));
        Assert.Throws<ArgumentException>(() => TestTimeCompute.Vote(["a"], [1, 2]));
    }

    [Fact]
    public void Half_the_loss_costs_what_the_exponents_say_and_not_what_the_slide_says()
    {
        AssertClose(1.05e6, PowerLaw.Compute.MultiplierToDivideLossBy(2), 0.01);
        AssertClose(9.1e3, PowerLaw.Parameters.MultiplierToDivideLossBy(2), 0.01);
        AssertClose(1.5e3, PowerLaw.Data.MultiplierToDivideLossBy(2), 0.03);
        foreach (PowerLaw law in new[] { PowerLaw.Compute, PowerLaw.Parameters, PowerLaw.Data })
        {
            AssertClose(12345, law.Inverse(law.Loss(12345)), 1e-9);
            double[] x = [1e3, 1e5, 1e8];
            PowerLaw fitted = PowerLaw.Fit(x, [.. x.Select(law.Loss)]);
            AssertClose(law.Exponent, fitted.Exponent, 1e-9);
            AssertClose(Math.Log(law.Scale), Math.Log(fitted.Scale), 1e-9);
        }

        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([1, 1], [2, 3]));
        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([1, 2], [2]));
    }

    // The better of two draws; of a tie the first.
    private static double[] BestOfTwo(double[] policy, double[] rewards)
    {
        var law = new double[policy.Length];
        for (int first = 0; first < law.Length; first++)
        {
            for (int second = 0; second < law.Length; second++)
            {
                law[rewards[second] > rewards[first] ? second : first] += policy[first] * policy[second];
            }
        }

        return law;
    }

    private static double Slope(KlEstimator estimator, double logProb, double reference) =>
        KlEstimators.Estimate(estimator, Dual<Real>.Variable(logProb), Dual<Real>.Constant(reference)).Tangent;

    // ∂ log π(i)/∂ logit k.
    private static double Score(double[] logPolicy, int i, int k) => (i == k ? 1 : 0) - Math.Exp(logPolicy[k]);

    private static double KlGradient(double[] logits, double[] reference, int k, bool forward)
    {
        Dual<Real>[] x = [.. logits.Select((value, i) => i == k ? Dual<Real>.Variable(value) : Dual<Real>.Constant(value))];
        Dual<Real>[] policy = Categorical.LogSoftmax<Dual<Real>>(x);
        Dual<Real>[] fixedReference = [.. reference.Select(value => Dual<Real>.Constant(value))];
        return (forward ? Categorical.Kl<Dual<Real>>(fixedReference, policy) : Categorical.Kl<Dual<Real>>(policy, fixedReference)).Tangent;
    }

    private static double Expect(double[] logProbs, Func<int, double> value) =>
        logProbs.Select((logProb, i) => Math.Exp(logProb) * value(i)).Sum();

    private static double Choose(int n, int k) =>
        k > n ? 0 : Enumerable.Range(0, k).Aggregate(1.0, (product, i) => product * (n - i) / (i + 1));

    private static (double[] Reference, double[] Rewards) Toy(Signal[] data)
    {
        double[] rewards = [.. data.Take(6).Select(signal => signal.Value), 1, -0.5];
        return (Normalize([.. rewards.Select((_, i) => Math.Sin(i + 1))]), rewards);
    }

    private static double[] Normalize(double[] logits) => [.. Categorical.LogSoftmax<Real>(Reals(logits)).Select(value => (double)value)];

    private static Real[] Reals(double[] values) => [.. values.Select(value => (Real)value)];

    private static void Agree(double[] expected, double[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            AssertClose(expected[i], actual[i], 1e-11);
        }
    }
}
