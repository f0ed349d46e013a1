using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Optimizer steps, schedules, controllers, moments, sampling filters and presets.</summary>
public sealed class TrainingLaws
{
    [Property]
    public void The_first_step_of_adam_has_the_size_of_the_rate(Signal gradient)
    {
        if (Math.Abs(gradient) > 1e-3)
        {
            AdamState state = AdamState.Start([1]).Step([gradient], 0.01, new() { Epsilon = 1e-12 });
            AssertClose(1 - (0.01 * Math.Sign(gradient)), state.Parameters[0], 1e-9);
        }
    }

    [Property]
    public void Decoupled_decay_shrinks_and_coupled_decay_steers(Signal parameter)
    {
        AdamState decoupled = AdamState.Start([parameter]).Step([0], 0.1, new() { WeightDecay = 0.5 });
        AssertClose(parameter * 0.95, decoupled.Parameters[0], 1e-12);
        AdamState coupled = AdamState.Start([parameter]).Step([0], 0.1, new() { WeightDecay = 0.5 }, decoupled: false);
        AdamState asGradient = AdamState.Start([parameter]).Step([0.5 * parameter], 0.1, new());
        Assert.Equal(asGradient, coupled);
    }

    [Fact]
    public void A_step_leaves_the_state_before_it_alone_and_the_greatest_moment_never_falls()
    {
        AdamState start = AdamState.Start([1, 2]);
        AdamState next = start.Step([3, -1], 0.1, new(), amsGrad: true).Step([0, 0], 0.1, new(), amsGrad: true);
        Assert.Equal(AdamState.Start([1, 2]), start);
        Assert.True(next.GreatestSecondMoment[0] > next.SecondMoment[0]);
        Assert.NotEqual(start, next);
        Assert.Throws<ArgumentException>(() => start.Step([1], 0.1, new()));
    }

    [Property]
    public void A_clipped_gradient_is_never_longer_than_the_limit(Signal[] data)
    {
        double[] gradient = [.. data.Select(signal => signal.Value)];
        double norm = Descent.GlobalNorm(gradient, [3]);
        AssertClose(Math.Sqrt(gradient.Sum(g => g * g) + 9), norm, 1e-12);
        double factor = Descent.ClipFactor(norm, 0.5);
        Assert.True(factor * norm <= 0.5 && Descent.ClipFactor(norm, 1e6) == 1);
    }

    [Property]
    public void Without_momentum_descent_is_a_step_against_the_gradient(Signal parameter, Signal gradient)
    {
        (double[] next, double[] buffer) = Descent.Momentum([parameter], [], [gradient], 0.1, 0, nesterov: false);
        AssertClose(parameter - (0.1 * gradient), next[0], 1e-14);
        Assert.Equal([gradient.Value], buffer);
    }

    [Property]
    public void Every_schedule_warms_up_linearly_and_stays_between_its_bounds(byte at)
    {
        Schedule[] all =
        [
            new Schedule.Constant(10), new Schedule.Linear(10), new Schedule.Cosine(10), new Schedule.CosineWithRestarts(10, 3),
            new Schedule.InverseSqrt(10), new Schedule.Polynomial(10, 2, 0.1), new Schedule.WarmupStableDecay(10, 40, 50, LeastFactor: 0.1),
        ];
        foreach (Schedule schedule in all)
        {
            double factor = schedule.Factor(at, 100);
            Assert.InRange(factor, 0, 1);
            Assert.Equal(1, schedule.Factor(10, 100));
            if (at < 10)
            {
                AssertClose(at / 10.0, factor, 1e-14);
                AssertClose(0.2 + (0.8 * at / 10), (schedule with { WarmupStart = 0.2 }).Factor(at, 100), 1e-14);
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => all[0].Factor(-1, 100));
    }

    [Fact]
    public void Schedules_end_where_they_say()
    {
        Assert.Equal(0, new Schedule.Linear(0).Factor(10, 10));
        AssertClose(0, new Schedule.Cosine(0).Factor(10, 10), 1e-15);
        AssertClose(0.25, new Schedule.Cosine(0, LeastFactor: 0.25).Factor(10, 10), 1e-15);
        AssertClose(0.5, new Schedule.Cosine(0).Factor(5, 10), 1e-15);
        Assert.Equal(0.1, new Schedule.WarmupStableDecay(0, 5, 5, DecayShape.Linear, 0.1).Factor(10, 10));
        var plateau = new Schedule.WarmupStableDecay(0, 4, 2, DecayShape.Linear);
        Assert.Equal((1, 1, 0.5), (plateau.Factor(0, 10), plateau.Factor(4, 10), plateau.Factor(5, 10)));
        Assert.Equal(0.5, new Schedule.InverseSqrt(4).Factor(16, 10));
    }

    [Property]
    public void The_adaptive_controller_pushes_towards_its_target(Signal measured)
    {
        KlController controller = new KlController.Adaptive(0.1, 1, 1000);
        double next = controller.Update(measured, 100).Coefficient;
        Assert.Equal(Math.Sign(measured - 1), Math.Sign(next - 0.1));
        Assert.InRange(next, 0.1 * 0.98, 0.1 * 1.02);
        KlController constant = new KlController.Fixed(0.3);
        Assert.Equal(constant, constant.Update(measured, 5));
        Assert.Equal(measured > 1.5, KlController.ShouldStopEpoch(measured, 1));
    }

    [Property]
    public void Running_moments_are_the_moments_of_everything_seen(Signal[] first, Signal[] second)
    {
        double[] a = [.. first.Select(s => s.Value), 1];
        double[] b = [.. second.Select(s => s.Value), 2];
        RunningMoments running = RunningMoments.Empty.Update(a).Update(b);
        Moments all = Moments.Of([.. a, .. b]);
        AssertClose(all.Mean, running.Mean, 1e-10);
        AssertClose(all.Variance(0), running.Variance, 1e-10);
        AssertClose(all.SampleDeviation, running.Moments.SampleDeviation, 1e-10);
        Assert.True(double.IsNaN(Moments.Of([1]).Variance(1)));
    }

    [Property]
    public void Filters_keep_the_most_likely_and_leave_their_logits_alone(Signal[] data, byte k, byte p)
    {
        double[] logits = [.. data.Take(8).Select(s => s.Value), 0.5, -0.25];
        double share = (p + 1) / 257.0;
        double[][] filtered =
        [
            LogitFilters.TopK(logits, (k % 4) + 1), LogitFilters.TopP(logits, share), LogitFilters.MinP(logits, share),
            LogitFilters.TopP(LogitFilters.TopK(logits, 3), share),
        ];
        foreach (double[] kept in filtered)
        {
            double least = kept.Where(logit => !double.IsNegativeInfinity(logit)).Min();
            double greatestRemoved = logits.Where((_, i) => double.IsNegativeInfinity(kept[i]))
                .DefaultIfEmpty(double.NegativeInfinity)
                .Max();
            Assert.True(greatestRemoved <= least);
            Assert.All(kept.Zip(logits), pair => Assert.True(double.IsNegativeInfinity(pair.First) || pair.First == pair.Second));
            AssertClose(1, LogitFilters.Softmax(kept).Sum(), 1e-12);
        }

        Assert.True(filtered[0].Count(logit => !double.IsNegativeInfinity(logit)) >= Math.Min((k % 4) + 1, logits.Length));
        double mass = LogitFilters.Softmax(logits).Where((_, i) => !double.IsNegativeInfinity(filtered[1][i])).Sum();
        Assert.True(mass >= share - 1e-12);
        Assert.Equal(logits, LogitFilters.TopP(logits, 1));
        Assert.Contains(LogitFilters.Typical(logits, 0.5), logit => !double.IsNegativeInfinity(logit));
        Assert.Throws<ArgumentOutOfRangeException>(() => LogitFilters.Temperature(logits, 0));
    }

    [Fact]
    public void The_presets_print_only_what_they_differ_in()
    {
        string table = Conventions.Table(Conventions.All);
        Assert.Contains("| group std: ε | 0 | 0.0001 | 1E-06 | 1E-09 |", table);
        Assert.Contains("| IPO log-probs | sum | mean | sum | sum |", table);
        Assert.Contains("| k3: bound on the value | none | none | 10 | 10 |", table);
        Assert.DoesNotContain("value loss factor", table);
        Assert.Equal("| | paper |\n|---|---|\n", Conventions.Table([Conventions.Paper]));
        Assert.Equal(new KlTerm(KlEstimator.K3, 20, 10), Conventions.Verl.Kl(KlEstimator.K3));
        Assert.Equal(new KlTerm(KlEstimator.K1), Conventions.Verl.Kl(KlEstimator.K1));
    }

    [Property]
    public void The_terms_are_their_formulas(Signal x, Signal a, Signal b, Signal c)
    {
        (Real X, Real A, Real B, Real C) v = ((double)x, (double)a, (double)b, (double)c);
        var pair = new PairInputs<Real>(v.X, v.A, v.B, v.C);
        Assert.Equal((v.X - v.B, v.A - v.C), (pair.ChosenLogRatio, pair.RejectedLogRatio));
        Assert.Equal(ValueLosses.Clipped(v.X, v.A, v.B, 0.2), new ValueClipTerm(0.2).Evaluate(new ValueInputs<Real>(v.X, v.A, v.B)));
        Assert.Equal(
            ValueLosses.Squared(v.X, v.B),
            new ValueClipTerm(double.PositiveInfinity).Evaluate(new ValueInputs<Real>(v.X, double.NaN, v.B)));
        Assert.Equal(
            PolicyLosses.Sapo(Real.Exp(v.X - v.A), v.C, 1, 1.05),
            new SapoTerm(1, 1.05).Evaluate(new PolicyInputs<Real>(v.X, v.A, double.NaN, v.C)));
        Assert.Equal(
            PolicyLosses.Cispo(v.X, Real.Exp(v.X - v.A), v.C, 0.5, 2),
            new CispoTerm(0.5, 2).Evaluate(new PolicyInputs<Real>(v.X, v.A, double.NaN, v.C)));
    }
}
