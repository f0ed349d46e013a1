using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>The clipped surrogate: pessimistic, flat where clipped, and REINFORCE on policy.</summary>
public sealed class PpoClipLaws
{
    private const double Low = 0.2;
    private const double High = 0.28;

    [Property]
    public void On_policy_it_has_the_gradient_of_reinforce(LogProb logProb, Signal advantage)
    {
        Dual<Real> loss = At(logProb, logProb, advantage);
        Assert.Equal(-advantage, (double)loss.Value);
        Assert.Equal(-advantage, (double)loss.Tangent);
    }

    [Property]
    public void It_never_promises_more_than_the_unclipped_surrogate(LogProb logProb, Signal step, Signal advantage)
    {
        double unclipped = -Math.Exp(step) * advantage;
        Assert.True(At(logProb + step, logProb, advantage).Value >= unclipped - 1e-12 * Math.Abs(unclipped));
    }

    [Property]
    public void The_gradient_stops_where_the_advantage_pushes_outward_and_only_there(LogProb logProb, Signal step, Signal advantage)
    {
        double ratio = Math.Exp((logProb + step) - logProb);
        bool clipped = (advantage > 0 && ratio > 1 + High) || (advantage < 0 && ratio < 1 - Low);
        AssertClose(clipped ? 0 : -ratio * advantage, At(logProb + step, logProb, advantage).Tangent, 1e-12);
    }

    [Property]
    public void The_gradient_is_that_of_differences_off_the_kinks(Signal step, Signal advantage)
    {
        double ratio = Math.Exp(step);
        if (Math.Min(Math.Abs(ratio - 1 + Low), Math.Abs(ratio - 1 - High)) > 0.02)
        {
            AssertClose(ByDifference(x => At(x, 0, advantage).Value, step), At(step, 0, advantage).Tangent, 1e-6);
        }
    }

    [Property]
    public void The_term_is_the_surrogate_plus_the_weighted_estimate(LogProb logProb, Signal old, Signal reference, Signal advantage)
    {
        foreach (KlEstimator estimator in Enum.GetValues<KlEstimator>())
        {
            var term = new PpoClipTerm(Low, High, 0.1, estimator);
            Dual<Real> x = Dual<Real>.Variable((double)logProb);
            Dual<Real> b = Dual<Real>.Constant(logProb + reference);
            Dual<Real> actual = term.Evaluate(
                new PolicyInputs<Dual<Real>>(x, Dual<Real>.Constant(logProb + old), b, Dual<Real>.Constant((double)advantage)));
            Dual<Real> expected = At(logProb, logProb + old, advantage) + Dual<Real>.Scale(KlEstimators.Estimate(estimator, x, b), 0.1);
            Assert.Equal(expected, actual);
        }
    }

    [Property]
    public void Without_a_coefficient_the_reference_is_not_read(LogProb logProb, Signal step, Signal advantage) =>
        Assert.Equal(
            At(logProb, logProb + step, advantage),
            new PpoClipTerm(Low, High).Evaluate(new PolicyInputs<Dual<Real>>(
                Dual<Real>.Variable((double)logProb), Dual<Real>.Constant(logProb + step), Nan, Dual<Real>.Constant((double)advantage))));

    [Fact]
    public void Constants_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PpoClipTerm(-0.1, 0.2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PpoClipTerm(0.1, -0.2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PpoClipTerm(0.1, 0.2, 1, (KlEstimator)17));
    }

    private static Dual<Real> Nan => new(double.NaN, double.NaN);

    private static Dual<Real> At(double logProb, double oldLogProb, double advantage) =>
        PolicyLosses.PpoClip(Dual<Real>.Variable(logProb), Dual<Real>.Constant(oldLogProb), Dual<Real>.Constant(advantage), Low, High);
}
