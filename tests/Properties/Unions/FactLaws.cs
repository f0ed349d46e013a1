using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>What the cases of the unions say about themselves, by enumeration.</summary>
public sealed class FactLaws
{
    [Fact]
    public void Of_preference_losses() => Assert.Equal(
        """
        reference: Sigmoid Robust Ipo Hinge Exo Nca Bco SppoHard Aot AotUnpaired ApoZero ApoDown DiscoPop
        normalized: SimPo Orpo
        difference: Sigmoid Robust Ipo Hinge Exo DiscoPop
        divergence: Sigmoid Robust Ipo Hinge Exo Nca SppoHard AotUnpaired ApoZero ApoDown DiscoPop
        sft: Cpo Orpo
        step: Bco Aot AotUnpaired
        shift: Bco
        margins: Aot
        scores: AotUnpaired
        """,
        string.Join('\n',
            "reference: " + Cases.Where<PreferenceLoss>(loss => loss.UsesReference),
            "normalized: " + Cases.Where<PreferenceLoss>(loss => loss.LengthNormalized),
            "difference: " + Cases.Where<PreferenceLoss>(loss => loss.DependsOnDifference),
            "divergence: " + Cases.Where<PreferenceLoss>(loss => loss.AcceptsDivergence),
            "sft: " + Cases.Where<PreferenceLoss>(loss => loss.NeedsSft),
            "step: " + Cases.Where<PreferenceLoss>(loss => loss.NeedsStepScores),
            "shift: " + Cases.Where<PreferenceLoss>(loss => loss.ShiftsRewards),
            "margins: " + Cases.Where<PreferenceLoss>(loss => loss.Matching == RankMatching.Margins),
            "scores: " + Cases.Where<PreferenceLoss>(loss => loss.Matching == RankMatching.Scores)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_loss_of_means_is_normalized_and_takes_no_divergence(bool normalized)
    {
        PreferenceLoss[] losses = [new PreferenceLoss.Sigmoid(Normalized: normalized), new PreferenceLoss.Ipo(Normalized: normalized)];
        Assert.All(losses, loss => Assert.Equal((normalized, !normalized), (loss.LengthNormalized, loss.AcceptsDivergence)));
    }

    [Property]
    public void A_loss_of_the_difference_does_not_change_with_both_scores(LogProb chosen, LogProb rejected, Signal shift)
    {
        foreach (PreferenceLoss loss in Cases.All<PreferenceLoss>().Where(loss => loss.DependsOnDifference))
        {
            double here = loss.Evaluate<Real>((double)chosen, (double)rejected);
            double there = loss.Evaluate<Real>(chosen + shift, rejected + shift);
            Derivative.AssertClose(here, there, 1e-9);
        }
    }

    [Fact]
    public void A_reward_shift_changes_the_losses_that_shift_rewards_alone()
    {
        Assert.Equal("Bco", Cases.Where<PreferenceLoss>(loss => loss.AtShift(0.3) != loss));
        Assert.Equal("Bco", Cases.Where<UnpairedLoss>(loss => loss.AtShift(0.3) != loss));
        Assert.Equal(new PreferenceLoss.Bco(0.2) { Delta = 0.3 }, new PreferenceLoss.Bco(0.2).AtShift(0.3));
        Assert.Equal(new UnpairedLoss.Bco(0.2, 3) { Delta = 0.3 }, new UnpairedLoss.Bco(0.2, 3).AtShift(0.3));
    }

    [Fact]
    public void Of_unpaired_losses() => Assert.Equal(
        ("Kto", "Bco", "Aot"),
        (
            Cases.Where<UnpairedLoss>(loss => loss.UsesMismatchedKl),
            Cases.Where<UnpairedLoss>(loss => loss.ShiftsRewards),
            Cases.Where<UnpairedLoss>(loss => loss.Ranks)));

    [Fact]
    public void Of_advantages() => Assert.Equal(
        (
            "GroupRelative StepRelative LeaveOneOut LengthWeighted Informative BestOfGroup Constrained",
            "StepRelative GreedyBaseline Gae RewardToGo",
            "StepRelative",
            "Gae",
            "GreedyBaseline",
            "Constrained"),
        (
            Cases.Where<AdvantageEstimate>(estimate => estimate.ComparesGroup),
            Cases.Where<AdvantageEstimate>(estimate => estimate.PerToken),
            Cases.Where<AdvantageEstimate>(estimate => estimate.UsesSteps),
            Cases.Where<AdvantageEstimate>(estimate => estimate.UsesValues),
            Cases.Where<AdvantageEstimate>(estimate => estimate.UsesGreedyBaseline),
            Cases.Where<AdvantageEstimate>(estimate => estimate.UsesVerdicts)));

    [Fact]
    public void A_penalty_is_in_one_place_and_only_with_a_coefficient()
    {
        Assert.Equal([(false, false, false), (false, false, false)], Cases.All<KlPenalty>().Select(Places));
        Assert.Equal((true, true, false), Places(new KlPenalty.Loss(0.1)));
        Assert.Equal((true, false, true), Places(new KlPenalty.Reward(0.1)));

        static (bool Active, bool Loss, bool Reward) Places(KlPenalty kl) => (kl.IsActive, kl.InLoss, kl.InReward);
    }

    [Fact]
    public void A_constant_length_of_zero_becomes_the_longest_completion()
    {
        Assert.Equal(new Aggregation.ConstantLength(7), new Aggregation.ConstantLength().At(7));
        Aggregation[] known = [new Aggregation.ConstantLength(3), new Aggregation.TokenMean(), new Aggregation.SequenceMean(false, 1e-8)];
        Assert.All(known, aggregation => Assert.Same(aggregation, aggregation.At(7)));

        var refusal = Assert.Throws<InvalidOperationException>(() => new Aggregation.ConstantLength().TotalWeight(SequenceMask.Full(1, 2)));
        Assert.Contains("At", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Aggregation.ConstantLength().At(0));
    }
}
