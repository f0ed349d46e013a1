using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Pairwise losses: gradients, limits, and how they reduce to one another.</summary>
public sealed class PreferenceLossLaws
{
    private const double Beta = 0.3;

    private static readonly PreferenceLoss[] All =
    [
        new PreferenceLoss.Sigmoid(Beta),
        new PreferenceLoss.Sigmoid(Beta, 0.2),
        new PreferenceLoss.Robust(Beta, 0.2),
        new PreferenceLoss.Exo(Beta, 0.1),
        new PreferenceLoss.Hinge(Beta),
        new PreferenceLoss.Ipo(Beta),
        new PreferenceLoss.Nca(Beta),
        new PreferenceLoss.Bco(Beta) { Delta = 0.4 },
        new PreferenceLoss.SppoHard(Beta),
        new PreferenceLoss.ApoZero(Beta),
        new PreferenceLoss.ApoDown(Beta),
        new PreferenceLoss.DiscoPop(Beta),
        new PreferenceLoss.SimPo(Beta, 0.5),
    ];

    [Property]
    public void The_gradient_of_dpo_is_minus_beta_sigma_of_minus_h(Signal chosen, Signal rejected)
    {
        double expected = -Beta * StableMath.Sigmoid(-Beta * (chosen - rejected));
        (double w, double l) = Gradient(new PreferenceLoss.Sigmoid(Beta), chosen, rejected);
        AssertClose(expected, w, 1e-14);
        AssertClose(-expected, l, 1e-14);
    }

    [Property]
    public void Every_gradient_is_that_of_differences(Signal chosen, Signal rejected)
    {
        foreach (PreferenceLoss loss in All)
        {
            if (loss is PreferenceLoss.Hinge && Math.Abs(1 - (Beta * (chosen - rejected))) < 0.01)
            {
                continue;
            }

            (double w, double l) = Gradient(loss, chosen, rejected);
            AssertClose(ByDifference(x => Value(loss, x, rejected), chosen), w, 1e-6);
            AssertClose(ByDifference(x => Value(loss, chosen, x), rejected), l, 1e-6);
        }
    }

    [Property]
    public void Smoothing_by_nothing_is_dpo_and_by_half_is_symmetric(Signal chosen, Signal rejected)
    {
        double dpo = Value(new PreferenceLoss.Sigmoid(Beta), chosen, rejected);
        Assert.Equal(dpo, Value(new PreferenceLoss.Robust(Beta, 0), chosen, rejected));
        double margin = Beta * (chosen - rejected);
        AssertClose(PreferenceLosses.Smoothed<Real>(-margin, 0.5), PreferenceLosses.Smoothed<Real>(margin, 0.5), 1e-14);
    }

    [Property]
    public void Robust_dpo_is_unbiased_under_flipped_labels(Signal chosen, Signal rejected)
    {
        var robust = new PreferenceLoss.Robust(Beta, 0.2);
        double expected = (0.8 * Value(robust, chosen, rejected)) + (0.2 * Value(robust, rejected, chosen));
        AssertClose(Value(new PreferenceLoss.Sigmoid(Beta), chosen, rejected), expected, 1e-12);
    }

    [Property]
    public void Exo_is_a_divergence(Signal chosen, Signal rejected)
    {
        var exo = new PreferenceLoss.Exo(Beta, 0.1);
        Assert.True(Value(exo, chosen, rejected) >= -1e-15);
        AssertClose(0, Value(exo, Math.Log(9) / Beta, 0), 1e-12);
    }

    [Property]
    public void The_target_margins_are_minima(Signal rejected)
    {
        double target = rejected + (1 / (2 * Beta));
        AssertClose(0, Value(new PreferenceLoss.Ipo(Beta), target, rejected), 1e-12);
        AssertClose(0, Value(new PreferenceLoss.SppoHard(Beta), 0.5 / Beta, -0.5 / Beta), 1e-12);
        Assert.Equal(0, Value(new PreferenceLoss.Hinge(Beta), rejected + (1.01 / Beta), rejected), 1e-12);
    }

    [Property]
    public void Only_the_margin_matters_to_the_losses_of_a_margin(Signal chosen, Signal rejected, Signal shift)
    {
        foreach (PreferenceLoss loss in new PreferenceLoss[]
        {
            new PreferenceLoss.Sigmoid(Beta, 0.1), new PreferenceLoss.Ipo(Beta), new PreferenceLoss.Hinge(Beta),
            new PreferenceLoss.DiscoPop(Beta, 0.5), new PreferenceLoss.SimPo(Beta, 1),
        })
        {
            AssertClose(Value(loss, chosen, rejected), Value(loss, chosen + shift, rejected + shift), 1e-9);
        }
    }

    [Property]
    public void SimPo_without_margin_is_dpo_without_reference(LogProb chosen, LogProb rejected) =>
        Assert.Equal(Value(new PreferenceLoss.Sigmoid(Beta), chosen, rejected), Value(new PreferenceLoss.SimPo(Beta, 0), chosen, rejected));

    [Theory]
    [InlineData(-900.0, -0.001)]
    [InlineData(-0.001, -900.0)]
    [InlineData(-1e-9, -1e-12)]
    public void Orpo_is_finite_at_extreme_odds(double chosen, double rejected)
    {
        Dual<Real> loss = PreferenceLosses.Orpo(Dual<Real>.Variable(chosen), Dual<Real>.Constant(rejected), 0.1);
        Assert.True(double.IsFinite(loss.Value) && double.IsFinite(loss.Tangent), loss.ToString());
    }

    [Property]
    public void The_odds_ratio_is_that_of_probabilities(Signal x, Signal y)
    {
        double p = Math.Exp(-Math.Abs(x) - 0.01);
        double q = Math.Exp(-Math.Abs(y) - 0.01);
        double expected = Math.Log(p / (1 - p) / (q / (1 - q)));
        AssertClose(expected, PreferenceLosses.LogOddsRatio<Real>(Math.Log(p), Math.Log(q)), 1e-11);
    }

    [Property]
    public void Alpha_tends_to_the_log_prob(LogProb logProb) =>
        AssertClose(logProb, PreferenceLosses.AlphaReward<Real>((double)logProb, 1e-12), 1e-6);

    [Property]
    public void Every_loss_is_finite_at_extreme_log_ratios(Signal sign)
    {
        double extreme = sign < 0 ? -300 : 300;
        foreach (PreferenceLoss loss in All)
        {
            (double w, double l) = Gradient(loss, extreme, -extreme);
            Assert.True(double.IsFinite(Value(loss, extreme, -extreme)) && double.IsFinite(w) && double.IsFinite(l), $"{loss}");
        }
    }

    [Fact]
    public void An_infinite_margin_costs_nothing_where_no_label_is_flipped() =>
        Assert.Equal(0, (double)PreferenceLosses.Smoothed<Real>(double.PositiveInfinity, 0));

    [Property]
    public void The_alpha_divergence_has_its_known_limits(Signal logRatio)
    {
        Assert.Equal((double)logRatio, (double)new FDivergence.Alpha(1).Score<Real>((double)logRatio));
        AssertClose(
            new FDivergence.ForwardKl().Score<Real>((double)logRatio),
            new FDivergence.Alpha(double.Epsilon).Score<Real>((double)logRatio),
            1e-14);
        AssertClose(-Math.Log(1 + Math.Exp(-logRatio)), new FDivergence.JensenShannon().Score<Real>((double)logRatio), 1e-14);
    }

    [Fact]
    public void Transport_compares_rank_with_rank()
    {
        Real[] upper = [3, 1, 2];
        Real[] lower = [10, 30, 20];
        Real[] losses = AlignmentByTransport.Losses<Real>(upper, lower, [3, 1, 2], [10, 30, 20], Beta);
        Assert.Equal(
            [
                Value(new PreferenceLoss.Sigmoid(Beta), 1, 10),
                Value(new PreferenceLoss.Sigmoid(Beta), 2, 20),
                Value(new PreferenceLoss.Sigmoid(Beta), 3, 30),
            ],
            losses.Select(loss => (double)loss));
        Assert.Throws<ArgumentException>(() => AlignmentByTransport.Losses<Real>(upper, lower.AsSpan(0, 2), [3, 1, 2], [1, 2], Beta));
    }

    [Property]
    public void Kto_pulls_desirable_up_and_undesirable_down(Signal score, Signal point)
    {
        Dual<Real> up = UnpairedLosses.Kto(Dual<Real>.Variable((double)score), Dual<Real>.Constant((double)point), desirable: true, Beta);
        Dual<Real> down = UnpairedLosses.Kto(
            Dual<Real>.Variable((double)score), Dual<Real>.Constant((double)point), desirable: false, Beta);
        AssertClose(1, up.Value + down.Value, 1e-14);
        Assert.True(up.Tangent < 0 && down.Tangent > 0);
    }

    [Fact]
    public void The_reference_point_is_never_negative()
    {
        Assert.Equal(0, (double)UnpairedLosses.ReferencePoint<Real>([-2, -3], [-1, -1]));
        Assert.Equal(1.5, (double)UnpairedLosses.ReferencePoint<Real>([-1, -1], [-2, -3]));
        Assert.Throws<ArgumentException>(() => UnpairedLosses.ReferencePoint<Real>([], []));
    }

    private static double Value(PreferenceLoss loss, double chosen, double rejected) => loss.Evaluate<Real>(chosen, rejected);

    private static (double Chosen, double Rejected) Gradient(PreferenceLoss loss, double chosen, double rejected) => (
        loss.Evaluate(Dual<Real>.Variable(chosen), Dual<Real>.Constant(rejected)).Tangent,
        loss.Evaluate(Dual<Real>.Constant(chosen), Dual<Real>.Variable(rejected)).Tangent);
}
