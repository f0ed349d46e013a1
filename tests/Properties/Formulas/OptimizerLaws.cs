using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Steps of the optimizers, told again from their papers, and what makes two states the same.</summary>
public sealed class OptimizerLaws
{
    [Property]
    public void Adam_divides_the_corrected_mean_by_the_root_of_the_corrected_square(Signal parameter, Signal[] gradients)
    {
        const double Rate = 0.01;
        var options = new AdamWOptions { Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-6, WeightDecay = 0.5 };
        AdamState state = AdamState.Start([parameter]);
        (double expected, double mean, double square, double greatest) = (parameter, 0, 0, 0);
        foreach (Signal signal in gradients.Take(5))
        {
            double g = signal + 0.1;
            int t = state.Steps + 1;
            state = state.Step([g], Rate, options, amsGrad: true);
            mean = (0.8 * mean) + (0.2 * g);
            square = (0.95 * square) + (0.05 * g * g);
            greatest = Math.Max(greatest, square);
            double corrected = Math.Sqrt(greatest / (1 - Math.Pow(0.95, t)));
            expected = (expected * (1 - (Rate * 0.5))) - (Rate * mean / (1 - Math.Pow(0.8, t)) / (corrected + 1e-6));
            Assert.Equal(t, state.Steps);
            AssertClose(mean, state.FirstMoment[0], 1e-12);
            AssertClose(square, state.SecondMoment[0], 1e-12);
            AssertClose(greatest, state.GreatestSecondMoment[0], 1e-12);
            AssertClose(expected, state.Parameters[0], 1e-10);
        }
    }

    [Fact]
    public void States_are_equal_when_every_number_is()
    {
        AdamState state = new([1, 2], [3, 4], [5, 6], [7, 8], 9);
        AdamState same = new([1, 2], [3, 4], [5, 6], [7, 8], 9);
        Assert.Equal(state, same);
        Assert.Equal(state.GetHashCode(), same.GetHashCode());
        AdamState[] others =
        [
            state with { Parameters = [1, 0] }, state with { FirstMoment = [3, 0] }, state with { SecondMoment = [5, 0] },
            state with { GreatestSecondMoment = [7, 0] }, state with { Steps = 8 }, state with { Parameters = [] },
        ];
        Assert.All(others, other => Assert.False(state.Equals(other) || other.Equals(state)));
        Assert.False(state.Equals(null));
        Assert.NotEqual(state.GetHashCode(), (state with { Parameters = [0, 2] }).GetHashCode());
        Assert.NotEqual(state.GetHashCode(), (state with { Parameters = [1] }).GetHashCode());
        Assert.NotEqual(state.GetHashCode(), others[4].GetHashCode());
        Assert.Equal(AdamState.Start([]).GetHashCode(), AdamState.Start([]).GetHashCode());
    }

    [Property]
    public void Momentum_is_a_geometric_sum_of_the_gradients(Signal parameter, Signal first, Signal second)
    {
        const double Rate = 0.1;
        const double Mu = 0.75;
        (double[] p1, double[] b1) = Descent.Momentum([parameter], [], [first], Rate, Mu, nesterov: false);
        (double[] p2, double[] b2) = Descent.Momentum(p1, b1, [second], Rate, Mu, nesterov: false);
        AssertClose(parameter - (Rate * first), p1[0], 1e-12);
        AssertClose((Mu * first) + second, b2[0], 1e-12);
        AssertClose(p1[0] - (Rate * b2[0]), p2[0], 1e-12);
        (double[] ahead, double[] buffer) = Descent.Momentum([parameter], [first], [second], Rate, Mu, nesterov: true, weightDecay: 0.5);
        double g = second + (0.5 * parameter);
        AssertClose((Mu * first) + g, buffer[0], 1e-12);
        AssertClose(parameter - (Rate * (g + (Mu * buffer[0]))), ahead[0], 1e-12);
    }

    [Fact]
    public void The_clip_factor_is_the_limit_over_the_norm()
    {
        AssertClose(0.25, Descent.ClipFactor(2, 0.5), 1e-6);
        Assert.True(Descent.ClipFactor(2, 0.5) < 0.25);
        Assert.Equal(5, Descent.GlobalNorm([3], [], [0, 4]));
    }

    [Property]
    public void Schedules_are_their_formulas_after_the_warm_up(byte at)
    {
        const int Warmup = 10;
        int step = Warmup + at;
        double progress = at / 90.0;
        double Cosine(double turns) => 0.5 * (1 + Math.Cos(Math.PI * turns));
        AssertClose(1, new Schedule.Constant(Warmup).Factor(step, 100), 1e-15);
        AssertClose(Math.Max(0, 1 - progress), new Schedule.Linear(Warmup).Factor(step, 100), 1e-12);
        AssertClose(0.2 + (0.8 * Cosine(3 * progress)), new Schedule.Cosine(Warmup, 1.5, 0.2).Factor(step, 100), 1e-12);
        double restarted = 3 * progress;
        AssertClose(
            progress >= 1 ? 0 : Cosine(restarted - Math.Floor(restarted)),
            new Schedule.CosineWithRestarts(Warmup, 3).Factor(step, 100),
            1e-9);
        AssertClose(Math.Sqrt((double)Warmup / step), new Schedule.InverseSqrt(Warmup).Factor(step, 100), 1e-12);
        AssertClose(Math.Sqrt(10_000 / (10_000.0 + at)), new Schedule.InverseSqrt(0).Factor(at, 100), 1e-12);
        AssertClose(0.1 + (0.9 * Math.Pow(Math.Max(0, 1 - progress), 2)), new Schedule.Polynomial(Warmup, 2, 0.1).Factor(step, 100), 1e-12);
        double decay = Math.Clamp((at - 40) / 50.0, 0, 1);
        AssertClose(0.1 + (0.9 * (1 - decay)), Decay(DecayShape.Linear).Factor(step, 100), 1e-12);
        AssertClose(0.1 + (0.9 * (1 - Math.Sqrt(decay))), Decay(DecayShape.InverseSquareRoot).Factor(step, 100), 1e-12);
        AssertClose(0.1 + (0.9 * Cosine(decay)), Decay(DecayShape.Cosine).Factor(step, 100), 1e-12);

        Schedule.WarmupStableDecay Decay(DecayShape shape) => new(Warmup, 40, 50, shape, 0.1);
    }

    [Fact]
    public void A_schedule_without_room_between_warm_up_and_end_is_finite()
    {
        Schedule[] all =
        [
            new Schedule.Linear(5), new Schedule.Cosine(5), new Schedule.CosineWithRestarts(5, 2), new Schedule.Polynomial(5, 1, 0.5),
            new Schedule.WarmupStableDecay(5, 0, 1),
        ];
        Assert.Equal([1, 1, 1, 1, 1], all.Select(schedule => schedule.Factor(5, 5)));
        Assert.All(all, schedule => Assert.True(double.IsFinite(schedule.Factor(6, 5))));
        Assert.Equal(0.5, new Schedule.WarmupStableDecay(0, 0, 4, Cycles: 0.25, LeastFactor: 0.5).Factor(4, 4));
        Assert.Equal(1, new Schedule.WarmupStableDecay(0, 3, 4).Factor(2, 7));
    }
}
