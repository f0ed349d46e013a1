using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Every term's derivative is that of differences where it is smooth, and the floats agree with the doubles.</summary>
public sealed class TermGradientLaws
{
    [Property]
    public void Smooth_terms_have_the_derivative_of_differences(Signal x, Signal a, Signal b, Signal c)
    {
        Check(new KlTerm(KlEstimator.K1), x, a, b, c);
        Check(new KlTerm(KlEstimator.K2), x, a, b, c);
        Check(new KlTerm(KlEstimator.K3), x, a, b, c);
        Check(new ImportanceWeightedKlTerm(), x / 2, a / 2, b / 2, c);
        Check(new SapoTerm(), x / 2, a / 2, b, c);
        Check(new DpoTerm(0.3, 0.1), x, a, b, c);
        Check(new ValueClipTerm(double.PositiveInfinity), x, a, b, c);
        Check(default(TokenNllTerm), x, a, b, c);
    }

    [Property]
    public void A_clamped_estimate_is_bounded_and_flat_outside(Signal x, Signal a)
    {
        var term = new KlTerm(KlEstimator.K3, 2, 1);
        Dual<Real> k = Evaluate(term, x, a, 0, 0);
        Assert.InRange((double)k.Value, -1, 1);
        double unclamped = KlEstimators.K3<Real>((double)x, (double)a);
        bool inside = Math.Abs(x - a) <= 2 && unclamped <= 1;
        AssertClose(inside ? 1 - Math.Exp(a - x) : 0, k.Tangent, 1e-12);
    }

    [Property]
    public void Straight_through_has_the_value_of_one_and_the_gradient_of_the_other(Signal x, Signal a)
    {
        foreach (KlEstimator estimator in Enum.GetValues<KlEstimator>())
        {
            Dual<Real> mixed = Evaluate(new KlTerm(estimator, SquareGradient: true), x, a, 0, 0);
            AssertClose(Evaluate(new KlTerm(estimator), x, a, 0, 0).Value, mixed.Value, 1e-14);
            AssertClose(Evaluate(new KlTerm(KlEstimator.K2), x, a, 0, 0).Tangent, mixed.Tangent, 1e-14);
        }
    }

    [Property]
    public void The_lanes_agree_with_the_reference(Signal x, Signal a, Signal b, Signal c)
    {
        CheckLanes(new KlTerm(KlEstimator.K3, 20, 1e6), x, a, b, c);
        CheckLanes(new SapoTerm(1, 1.05), x, a, b, c);
        CheckLanes(new DpoTerm(0.3, 0.1), x, a, b, c);
        CheckLanes(new ImportanceWeightedKlTerm(40), x / 2, a / 2, b / 2, c);
    }

    private static void Check<TTerm>(TTerm term, double x, double a, double b, double c)
        where TTerm : struct, ITerm =>
        AssertClose(ByDifference(at => Evaluate(term, at, a, b, c).Value, x), Evaluate(term, x, a, b, c).Tangent, 1e-6);

    private static void CheckLanes<TTerm>(TTerm term, double x, double a, double b, double c)
        where TTerm : struct, ITerm
    {
        float[] value = new float[1];
        float[] derivative = new float[1];
        TermKernels.Map(term, [(float)x], [(float)a], [(float)b], [(float)c], [0], value, derivative);
        Dual<Real> expected = Evaluate(term, (float)x, (float)a, (float)b, (float)c);
        AssertClose(expected.Value, value[0], 2e-5);
        AssertClose(expected.Tangent, derivative[0], 2e-5);
    }

    private static Dual<Real> Evaluate<TTerm>(TTerm term, double x, double a, double b, double c)
        where TTerm : struct, ITerm =>
        term.Evaluate(Dual<Real>.Variable(x), Dual<Real>.Constant(a), Dual<Real>.Constant(b), Dual<Real>.Constant(c), Dual<Real>.Constant(double.NaN));
}
