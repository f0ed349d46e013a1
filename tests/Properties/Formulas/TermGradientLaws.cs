using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Every term's derivative is that of differences where it is smooth, and the floats agree with the doubles.</summary>
public sealed class TermGradientLaws
{
    [Property]
    public void Smooth_terms_have_the_derivative_of_differences(Signal x, Signal a, Signal b, Signal c)
    {
        Check(Of(new KlTerm(KlEstimator.K1)), x, a, b, c);
        Check(Of(new KlTerm(KlEstimator.K2)), x, a, b, c);
        Check(Of(new KlTerm(KlEstimator.K3)), x, a, b, c);
        Check(Of(new ImportanceWeightedKlTerm()), x / 2, a / 2, b / 2, c);
        Check(Of(new SapoTerm()), x / 2, a / 2, b, c);
        Check(new ValueArguments.Formula<ValueClipTerm>(new(double.PositiveInfinity)), x, a, b, c);
        Check(default(LogProbArguments.Formula<TokenNllTerm>), x, a, b, c);
    }

    [Property]
    public void A_clamped_estimate_is_bounded_and_flat_outside(Signal x, Signal a)
    {
        var term = new KlTerm(KlEstimator.K3, 2, 1);
        Dual<Real> k = Evaluate(Of(term), x, a, 0, 0);
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
            Dual<Real> mixed = Evaluate(Of(new KlTerm(estimator, SquareGradient: true)), x, a, 0, 0);
            AssertClose(Evaluate(Of(new KlTerm(estimator)), x, a, 0, 0).Value, mixed.Value, 1e-14);
            AssertClose(Evaluate(Of(new KlTerm(KlEstimator.K2)), x, a, 0, 0).Tangent, mixed.Tangent, 1e-14);
        }
    }

    [Property]
    public void The_lanes_agree_with_the_reference(Signal x, Signal a, Signal b, Signal c)
    {
        CheckLanes(Of(new KlTerm(KlEstimator.K3, 20, 1e6)), x, a, b, c);
        CheckLanes(Of(new SapoTerm(1, 1.05)), x, a, b, c);
        CheckLanes(Of(new ImportanceWeightedKlTerm(40)), x / 2, a / 2, b / 2, c);
    }

    private static DivergenceArguments.Formula<KlTerm> Of(KlTerm term) => new(term);

    private static PolicyArguments.Formula<ImportanceWeightedKlTerm> Of(ImportanceWeightedKlTerm term) => new(term);

    private static PolicyArguments.Formula<SapoTerm> Of(SapoTerm term) => new(term);

    private static void Check<TFormula>(TFormula formula, double x, double a, double b, double c)
        where TFormula : struct, IElementFormula =>
        AssertClose(ByDifference(at => Evaluate(formula, at, a, b, c).Value, x), Evaluate(formula, x, a, b, c).Tangent, 1e-6);

    private static void CheckLanes<TFormula>(TFormula formula, double x, double a, double b, double c)
        where TFormula : struct, IElementFormula
    {
        float[] value = new float[1];
        float[] derivative = new float[1];
        TermKernels.Map(formula, [(float)x], [(float)a], [(float)b], [(float)c], [0], value, derivative);
        Dual<Real> expected = Evaluate(formula, (float)x, (float)a, (float)b, (float)c);
        AssertClose(expected.Value, value[0], 2e-5);
        AssertClose(expected.Tangent, derivative[0], 2e-5);
    }

    private static Dual<Real> Evaluate<TFormula>(TFormula formula, double x, double a, double b, double c)
        where TFormula : struct, IElementFormula =>
        formula.Evaluate(
            Dual<Real>.Variable(x),
            Dual<Real>.Constant(a),
            Dual<Real>.Constant(b),
            Dual<Real>.Constant(c),
            Dual<Real>.Constant(double.NaN));
}
