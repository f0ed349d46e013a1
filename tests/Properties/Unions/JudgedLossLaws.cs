using RlCore.Algebra;
using static RlCore.Properties.Derivative;
using DualReal = RlCore.Algebra.Dual<RlCore.Algebra.Real>;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Properties;

/// <summary>KL penalties, unpaired losses and ranking losses are the formulas that they name.</summary>
public sealed class JudgedLossLaws
{
    [Property]
    public void A_penalty_estimates_the_kl_of_each_token(LogProb logProb, LogProb reference)
    {
        foreach (KlEstimator estimator in Enum.GetValues<KlEstimator>())
        {
            double kl = KlEstimators.Estimate<Real>(estimator, (double)logProb, (double)reference);
            foreach (KlPenalty penalty in new KlPenalty[] { new KlPenalty.Loss(0.1, estimator), new KlPenalty.Reward(0.1, estimator) })
            {
                Assert.Equal([kl, 0], penalty.Estimate([logProb, -1], [reference, -1]));
            }
        }

        var clamped = new KlPenalty.Reward(0.1, KlEstimator.K2, KlLogRatioClamp: 2, KlValueClamp: 1.5);
        double delta = Math.Clamp(logProb - reference, -2, 2);
        AssertClose(Math.Min(1.5, delta * delta / 2), Assert.Single(clamped.Estimate([logProb], [reference])), 1e-14);
        Assert.Throws<ArgumentException>(() => clamped.Estimate([1], [1, 2]));
    }

    [Property]
    public void An_unpaired_loss_is_its_formula(LogProb logProb, LogProb reference, Signal point, bool desirable)
    {
        DualReal score = DualReal.Variable((double)logProb) - DualReal.Constant((double)reference);
        DualReal z = DualReal.Constant(Math.Abs(point));
        AssertLoss(UnpairedLosses.Kto(score, z, desirable, 0.2), new UnpairedLoss.Kto(0.2));
        AssertLoss(UnpairedLosses.Kto(score, DualReal.Constant(0), desirable, 0.2), new UnpairedLoss.ApoZero(0.2));
        AssertLoss(UnpairedLosses.Bco(score, desirable, 0.2, 0.7), new UnpairedLoss.Bco(0.2).AtShift(0.7));

        void AssertLoss(DualReal expected, UnpairedLoss loss)
        {
            var inputs = new UnpairedInputs<TokenGrid>(
                TokenGrid.Scalar(DualReal.Variable((double)logProb)), Data(reference), Data(Math.Abs(point)), Data(desirable ? 1 : -1));
            DualReal actual = loss.Of(inputs)[0, 0];
            AssertClose(expected.Value, actual.Value, 1e-14);
            AssertClose(expected.Tangent, actual.Tangent, 1e-14);
        }
    }

    [Fact]
    public void An_unpaired_loss_weighs_by_label()
    {
        UnpairedLoss[] losses = [new UnpairedLoss.Kto(0.1, 2, 3), new UnpairedLoss.ApoZero(0.1, 2, 3), new UnpairedLoss.Bco(0.1, 2, 3)];
        Assert.All(losses, loss => Assert.Equal((2, 3), (loss.Weight(true), loss.Weight(false))));
        Assert.Equal((1, 1), (new UnpairedLoss.Aot().Weight(true), new UnpairedLoss.Aot().Weight(false)));
    }

    [Property]
    public void Aot_compares_ranks_by_the_smoothed_sigmoid(LogProb chosen, LogProb rejected)
    {
        var aot = new UnpairedLoss.Aot(0.2, 0.1);
        Real expected = PreferenceLosses.Sigmoid<Real>((double)chosen, (double)rejected, 0.2, 0.1);
        Assert.Equal(expected, aot.Matched.Evaluate<Real>((double)chosen, (double)rejected));
        Assert.Equal(RankMatching.Scores, aot.Matched.Matching);
        TokenGrid x = Data(0);
        Assert.Equal(
            "AOT compares ranks: match the completions first and use Matched.",
            Assert.Throws<InvalidOperationException>(() => aot.Of(new UnpairedInputs<TokenGrid>(x, x, x, x))).Message);
    }

    [Property]
    public void Preference_losses_that_match_or_drop_the_reference_are_the_smoothed_sigmoid(LogProb chosen, LogProb rejected)
    {
        Real expected = PreferenceLosses.Sigmoid<Real>((double)chosen, (double)rejected, 0.2, 0.1);
        PreferenceLoss[] losses =
        [
            new PreferenceLoss.Aot(0.2, 0.1), new PreferenceLoss.AotUnpaired(0.2, 0.1), new PreferenceLoss.Cpo(0.2, 0.1),
        ];
        Assert.All(losses, loss => Assert.Equal(expected, loss.Evaluate<Real>((double)chosen, (double)rejected)));
    }

    [Property]
    public void A_ranking_loss_is_its_formula(Signal first, Signal second, Signal third, Signal margin)
    {
        Real[] two = [(double)first, (double)second];
        Real[] three = [(double)first, (double)second, (double)third];
        Real expected = RewardModelLosses.BradleyTerry<Real>((double)first, (double)second, (double)margin, 0.4);
        Assert.Equal(expected, new RankingLoss.BradleyTerry(0.4).Of<Real>(two, (double)margin));
        Assert.Equal(RewardModelLosses.PlackettLuce<Real>(three), new RankingLoss.PlackettLuce().Of<Real>(three, (double)margin));
        var refusal = Assert.Throws<ArgumentException>(() => new RankingLoss.BradleyTerry().Of<Real>(three, 0.0));
        Assert.Contains("3", refusal.Message, StringComparison.Ordinal);
    }

    private static TokenGrid Data(double value) => TokenGrid.Scalar(DualReal.Constant(value));
}
