using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>A term is the formula that its name says, reads the arguments that it states, and no others.</summary>
public sealed class TermDefinitionLaws
{
    [Property]
    public void Policy_terms_read_the_old_log_prob_and_the_advantage(Signal logProb, Signal step, Signal advantage)
    {
        (double l, double old, double a) = (logProb, logProb - step, advantage);
        double ratio = Math.Exp(l - old);
        double clipped = -Math.Min(ratio * a, Math.Clamp(ratio, 0.8, 1.3) * a);
        AssertClose(-a * l, At(new ReinforceTerm(), l, double.NaN, a), 1e-13);
        AssertClose(-ratio * a, At(new ImportanceWeightedTerm(), l, old, a), 1e-13);
        AssertClose(a < 0 ? Math.Min(clipped, -3 * a) : clipped, At(new DualClipTerm(0.2, 0.3, 3), l, old, a), 1e-12);
        AssertClose(
            -Math.Min(Math.Min(ratio, 4) * a, Math.Clamp(ratio, 0.8, 1.3) * a), At(new TwoSidedClipTerm(0.2, 0.3, 4), l, old, a), 1e-12);
        AssertClose(l - old, At(new LogRatioTerm(), l, old, double.NaN), 1e-13);
        double limited = a > 0 ? Math.Min(l - old, 0.4) : Math.Max(l - old, -0.5);
        AssertClose(limited, At(new LimitedLogRatioTerm(0.5, 0.4), l, old, a), 1e-12);
        AssertClose(-Math.Clamp(ratio, 0.5, 2) * a * l, At(new CispoTerm(0.5, 2), l, old, a), 1e-12);
        double temperature = a > 0 ? 1 : 1.05;
        AssertClose(-4 / temperature / (1 + Math.Exp(-temperature * (ratio - 1))) * a, At(new SapoTerm(), l, old, a), 1e-12);
    }

    [Property]
    public void Value_and_supervised_terms_read_what_they_state(Signal value, Signal old, Signal target)
    {
        (double v, double o, double r) = (value, old, target);
        double near = Math.Clamp(v, o - 0.2, o + 0.2);
        double expected = 0.5 * Math.Max((v - r) * (v - r), (near - r) * (near - r));
        var unclipped = new ValueClipTerm(double.PositiveInfinity);
        AssertClose(0.5 * (v - r) * (v - r), unclipped.Evaluate(new ValueInputs<Real>(v, double.NaN, r)), 1e-13);
        AssertClose(expected, new ValueClipTerm(0.2).Evaluate(new ValueInputs<Real>(v, o, r)), 1e-12);
        AssertClose(-Math.Exp(v) * v, new DynamicNllTerm().Evaluate<Real>(v), 1e-13);
        Assert.Equal(-v, (double)new TokenNllTerm().Evaluate<Real>(v));
    }

    [Property]
    public void Divergence_terms_are_clamped_on_both_sides(Signal logProb, Signal reference, Signal old)
    {
        (double l, double r, double o) = (logProb, reference, old);
        double delta = Math.Clamp(l - r, -2, 2);
        AssertClose(Math.Exp(l - o) * delta, Weighted(new ImportanceWeightedKlTerm(2)), 1e-12);
        AssertClose(Math.Exp(l - o) * (l - r), Weighted(new ImportanceWeightedKlTerm()), 1e-12);
        AssertClose(Math.Clamp(delta, -1, 1), Kl(new KlTerm(KlEstimator.K1, 2, 1)), 1e-13);
        AssertClose(Math.Clamp(0.5 * delta * delta, -1, 1), Kl(new KlTerm(KlEstimator.K2, 2, 1)), 1e-13);
        AssertClose(Math.Exp(-delta) - 1 + delta, Kl(new KlTerm(KlEstimator.K3, 2)), 1e-12);
        AssertClose(Math.Abs(delta), Kl(new KlTerm(KlEstimator.Abs, 2)), 1e-13);

        Real Kl(KlTerm term) => term.Evaluate(new DivergenceInputs<Real>(l, r));
        Real Weighted(ImportanceWeightedKlTerm term) => term.Evaluate(new PolicyInputs<Real>(l, o, r, double.NaN));
    }

    [Fact]
    public void A_clip_range_or_a_coefficient_is_kept_by_its_term()
    {
        var term = new PpoClipTerm(0.2, 0.3, 0.05, KlEstimator.K1);
        Assert.Equal((0.2, 0.3, 0.05, KlEstimator.K1), (term.ClipLow, term.ClipHigh, term.KlCoefficient, term.KlEstimator));
        Assert.Equal(KlEstimator.K3, new PpoClipTerm(0.2, 0.3).KlEstimator);
        Assert.Equal((1, 1.05), (new SapoTerm().PositiveTemperature, new SapoTerm().NegativeTemperature));
    }

    private static Real At<TTerm>(TTerm term, double logProb, double old, double advantage)
        where TTerm : struct, IPolicyTerm => term.Evaluate(new PolicyInputs<Real>(logProb, old, double.NaN, advantage));
}
