using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>A pair's loss as a value is its formula, and says truly whether the difference of the scores is all that it reads.</summary>
public sealed class PairTermLaws
{
    private static readonly FDivergence[] Divergences =
        [
            new FDivergence.ReverseKl(),
            new FDivergence.ForwardKl(),
            new FDivergence.JensenShannon(),
            new FDivergence.Alpha(0.5),
            new FDivergence.Alpha(2),
        ];

    private static readonly PreferenceLoss[] Losses =
        [
            new PreferenceLoss.Sigmoid(0.3, 0.1),
            new PreferenceLoss.Nca(0.3),
            new PreferenceLoss.SppoHard(0.3),
            new PreferenceLoss.ApoDown(0.3),
        ];

    [Property]
    public void The_loss_of_log_ratios_is_the_loss_of_their_scores(Signal chosen, Signal rejected)
    {
        foreach (PreferenceLoss loss in Losses)
        {
            foreach (FDivergence divergence in Divergences)
            {
                Real expected = loss.Evaluate(divergence.Score<Real>((double)chosen), divergence.Score<Real>((double)rejected));
                Assert.Equal(expected, new PreferencePairTerm(loss, divergence).Evaluate<Real>((double)chosen, (double)rejected));
            }
        }
    }

    [Property]
    public void Dpo_and_orpo_are_their_formulas(Signal chosen, Signal rejected)
    {
        double h = 0.3 * (chosen - rejected);
        double dpo = Math.Log(1 + Math.Exp(-h));
        AssertClose(dpo, new DpoPairTerm(0.3).Evaluate<Real>((double)chosen, (double)rejected), 1e-12);
        AssertClose((0.8 * dpo) + (0.2 * (dpo + h)), new DpoPairTerm(0.3, 0.2).Evaluate<Real>((double)chosen, (double)rejected), 1e-12);
        double p = Math.Exp(-Math.Abs(chosen) - 0.01);
        double q = Math.Exp(-Math.Abs(rejected) - 0.01);
        double odds = p / (1 - p) / (q / (1 - q));
        AssertClose(0.4 * Math.Log(1 + (1 / odds)), new OrpoPairTerm(0.4).Evaluate<Real>(Math.Log(p), Math.Log(q)), 1e-10);
    }

    [Property]
    public void A_loss_of_the_difference_has_opposite_derivatives(Signal chosen, Signal rejected)
    {
        var term = new DpoPairTerm(0.3, 0.1);
        (double w, double l) = Slopes(term, chosen, rejected);
        Assert.True(term.OfDifference);
        AssertClose(-w, l, 1e-14);
    }

    [Fact]
    public void A_loss_that_reads_more_than_the_difference_says_so()
    {
        IPairTerm[] terms =
        [
            new OrpoPairTerm(0.4),
            new PreferencePairTerm(new PreferenceLoss.Nca(0.3), new FDivergence.ReverseKl()),
            new PreferencePairTerm(new PreferenceLoss.Sigmoid(0.3), new FDivergence.ForwardKl()),
        ];
        foreach (IPairTerm term in terms)
        {
            (double w, double l) = Slopes(term, -0.5, -1.5);
            Assert.True(Math.Abs(w + l) > 1e-3);
            Assert.False(term.OfDifference);
        }
    }

    [Property]
    public void The_scores_of_the_divergences_are_their_formulas(Signal logRatio)
    {
        double d = logRatio;
        Assert.Equal(d, (double)new FDivergence.ReverseKl().Score<Real>(d));
        AssertClose(-Math.Exp(-d), new FDivergence.ForwardKl().Score<Real>(d), 1e-14);
        AssertClose(-Math.Log(1 + Math.Exp(-d)), new FDivergence.JensenShannon().Score<Real>(d), 1e-12);
        AssertClose(Math.Exp(1.5 * d) / 1.5, new FDivergence.Alpha(2.5).Score<Real>(d), 1e-12);
        AssertClose(Math.Exp(Math.Min(2, 3 * d)) / 3, new FDivergence.Alpha(4, 2).Score<Real>(d), 1e-12);
        Assert.Equal(d, (double)new FDivergence.Alpha(1 - 5e-7).Score<Real>(d));
        Assert.NotEqual(d, (double)new FDivergence.Alpha(1 - 2e-6).Score<Real>(d));
    }

    [Fact]
    public void Which_losses_divide_by_the_length_is_theirs_to_say()
    {
        Assert.True(new PreferenceLoss.SimPo(0.3, 0.5).LengthNormalized);
        Assert.True(
            new PreferenceLoss.Ipo(0.3, Normalized: true).LengthNormalized
                && new PreferenceLoss.Sigmoid(0.3, Normalized: true).LengthNormalized);
        Assert.All(Losses, loss => Assert.False(loss.LengthNormalized));
        Assert.False(new PreferenceLoss.Ipo(0.3).LengthNormalized);
        Assert.Equal(0.75, new PreferenceLoss.Ipo(0.25).ImplicitReward(3));
    }

    [Property]
    public void Labels_choose_the_side_of_an_unpaired_term_and_only_above_zero_is_desirable(Signal logProb, Signal reference, Signal point)
    {
        foreach (double label in new[] { -1.0, 0, 1 })
        {
            bool desirable = label > 0;
            double score = logProb - reference;
            double sign = desirable ? 1 : -1;
            AssertClose(
                1 / (1 + Math.Exp(sign * 0.3 * (score - point))),
                new KtoTerm(0.3).Evaluate(new UnpairedInputs<Real>((double)logProb, (double)reference, (double)point, label)),
                1e-13);
            AssertClose(
                Math.Log(1 + Math.Exp(-sign * ((0.3 * score) - 0.2))),
                new BcoTerm(0.3, 0.2).Evaluate(new UnpairedInputs<Real>((double)logProb, (double)reference, double.NaN, label)),
                1e-12);
        }
    }

    [Property]
    public void The_sides_of_a_reward_models_pair_are_one_loss(Signal chosen, Signal rejected, Signal margin)
    {
        Real expected = RewardModelLosses.BradleyTerry<Real>((double)chosen, (double)rejected, (double)margin, 0.05);
        foreach (bool ofRejected in new[] { false, true })
        {
            var formula = new RewardModelFormula(0.05, ofRejected);
            ElementSpans<double> at = formula.Spans<double>([chosen], [rejected], [margin]);
            Assert.Equal((double)(ofRejected ? rejected : chosen), at.Variable[0]);
            Assert.Equal(expected, formula.Evaluate<Real>(at.Variable[0], at.First[0], at.Second[0], double.NaN, double.NaN));
        }
    }

    private static (double Chosen, double Rejected) Slopes(IPairTerm term, double chosen, double rejected) => (
        term.Evaluate(Dual<Real>.Variable(chosen), Dual<Real>.Constant(rejected)).Tangent,
        term.Evaluate(Dual<Real>.Constant(chosen), Dual<Real>.Variable(rejected)).Tangent);
}
