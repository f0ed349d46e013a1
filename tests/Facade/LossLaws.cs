using RlCore.Algebra;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Facade.Tests;

/// <summary>The facade's losses are the algebra's, in value and gradient, in double and in float.</summary>
public sealed class LossLaws
{
    private const double Exact = 1e-12;
    private const double Single = 1e-5;

    [Property]
    public void Grpo_is_the_reference_grid_in_value_and_gradient(Batch batch)
    {
        var (loss, gradient) = batch.Reference(x => Laws.SequenceMean(
            new PolicyObjective(new Surrogate.Clip(0.2, 0.28), new KlPenalty.Loss(0.04)).TokenLoss(
                new PolicyInputs<TokenGrid>(
                    x, batch.Data(batch.OldLogProbs), batch.Data(batch.RefLogProbs), batch.Data(batch.Advantages)),
                batch.Mask),
            batch.Mask));
        PolicyLoss<double> grpo = Losses.Grpo<double>(
            batch.LogProbs, batch.OldLogProbs, batch.RefLogProbs, batch.Advantages, batch.Mask, 0.04, 0.2, 0.28);
        Laws.Close(loss, grpo.Loss, Exact);
        Laws.Close(gradient, grpo.Gradient, Exact);
    }

    [Property]
    public void Gspo_is_the_reference_grid_in_value_and_gradient(Batch batch)
    {
        var (loss, gradient) = batch.Reference(x => SequenceAverage(batch, PolicyLosses.ClippedSurrogate(
            TokenGrid.Exp(SequenceRatios.LogGeometricMean(x, batch.Data(batch.OldLogProbs), batch.Mask)),
            batch.Data(batch.RowAdvantages),
            0.05,
            0.1)));
        SequenceLoss<double> gspo = Losses.Gspo<double>(batch.LogProbs, batch.OldLogProbs, batch.RowAdvantages, batch.Mask, 0.05, 0.1);
        Laws.Close(loss, gspo.Loss, Exact);
        Laws.Close(gradient, gspo.Gradient, Exact);
    }

    [Property]
    public void Gmpo_is_the_reference_grid_in_value_and_gradient(Batch batch)
    {
        double[] spread = TokenAdvantages.Spread(batch.RowAdvantages, batch.Mask);
        var (loss, gradient) = batch.Reference(x => SequenceAverage(batch, -(TokenGrid.Exp(SequenceRatios.LogClippedGeometricMean(
            x, batch.Data(batch.OldLogProbs), batch.Data(spread), batch.Mask, 0.3, 0.2)) * batch.Data(batch.RowAdvantages))));
        SequenceLoss<double> gmpo = Losses.Gmpo<double>(batch.LogProbs, batch.OldLogProbs, batch.RowAdvantages, batch.Mask, 0.3, 0.2);
        Laws.Close(loss, gmpo.Loss, Exact);
        Laws.Close(gradient, gmpo.Gradient, Exact);
    }

    [Property(MaxTest = 50)]
    public void An_objective_is_the_reference_grid_whatever_its_surrogate_and_kl(Batch batch)
    {
        KlPenalty[] penalties =
            [new KlPenalty.Loss(0), new KlPenalty.Loss(0.3), new KlPenalty.Loss(0.3, KlEstimator.K2, 0.4, 0.1), new KlPenalty.Reward(0.3)];
        double[] spread = TokenAdvantages.Spread(batch.RowAdvantages, batch.Mask);
        var mean = new Aggregation.SequenceMean();
        foreach (Surrogate surrogate in Surrogates())
        {
            foreach (KlPenalty kl in penalties)
            {
                var objective = new PolicyObjective(surrogate, kl) { LogRatioClamp = batch.Seed % 2 == 0 ? null : 0.2 };
                double[] advantages = surrogate is Surrogate.Gmpo or Surrogate.Vespo ? spread : batch.Advantages;
                var (loss, gradient) = batch.Reference(x => Laws.SequenceMean(
                    objective.TokenLoss(
                        new PolicyInputs<TokenGrid>(
                            x, batch.Data(batch.OldLogProbs), batch.Data(batch.RefLogProbs), batch.Data(advantages)),
                        batch.Mask),
                    batch.Mask));
                ElementLoss<double> found = Losses.Policy<double>(
                    objective, batch.LogProbs, batch.OldLogProbs, batch.RefLogProbs, advantages, batch.Mask, mean);
                Laws.Close(loss, found.Loss, Exact);
                Laws.Close(gradient, found.Gradient, Exact);
            }
        }
    }

    [Property]
    public void An_objective_is_the_named_loss(Batch batch)
    {
        var (mask, rows) = (batch.Mask, batch.RowAdvantages);
        var (token, sequence) = (new Aggregation.TokenMean(), new Aggregation.SequenceMean());
        Same(new Surrogate.Clip(0.1, 0.3), token, Losses.PpoClip<double>(batch.LogProbs, batch.OldLogProbs, rows, mask, 0.1, 0.3).Gradient);
        Same(new Surrogate.Clip(DualClip: 3), token, Losses.DualClip<double>(batch.LogProbs, batch.OldLogProbs, rows, mask, 3).Gradient);
        Same(new Surrogate.TwoSided(), token, Losses.TwoSidedClip<double>(batch.LogProbs, batch.OldLogProbs, rows, mask, 4).Gradient);
        Same(new Surrogate.Cispo(1.3), token, Losses.Cispo<double>(batch.LogProbs, batch.OldLogProbs, rows, mask, 1.3).Gradient);
        Same(new Surrogate.Sapo(), sequence, Losses.Sapo<double>(batch.LogProbs, batch.OldLogProbs, rows, mask).Gradient);
        Same(new Surrogate.Reinforce(), new Aggregation.SequenceSum(), Losses.Rloo<double>(batch.LogProbs, rows, mask).Gradient);
        Same(
            new Surrogate.ImportanceWeighted(),
            token,
            Losses.ImportanceWeighted<double>(batch.LogProbs, batch.OldLogProbs, rows, mask).Gradient);

        // By the mean over sequences a loss of sequences is that of their tokens.
        SequenceLoss<double> gspo = Losses.Gspo<double>(batch.LogProbs, batch.OldLogProbs, rows, mask, 0.05, 0.1);
        Same(new Surrogate.Gspo(0.05, 0.1), sequence, gspo.Gradient);
        Same(new Surrogate.Gmpo(0.3, 0.2), sequence, Losses.Gmpo<double>(batch.LogProbs, batch.OldLogProbs, rows, mask, 0.3, 0.2).Gradient);
        Same(new Surrogate.Vespo(), token, Losses.Vespo<double>(batch.LogProbs, batch.OldLogProbs, rows, mask).Gradient);

        void Same(Surrogate surrogate, Aggregation aggregation, Values<double> gradient) => Laws.Close(
            gradient,
            Losses.Policy<double>(
                new(surrogate, new KlPenalty.Loss()), batch.LogProbs, batch.OldLogProbs, default, rows, mask, aggregation).Gradient,
            Exact);
    }

    [Property]
    public void On_policy_the_clip_of_rloo_has_the_gradient_of_rloo(Batch batch)
    {
        ElementLoss<double> rloo = Losses.Rloo<double>(batch.LogProbs, batch.RowAdvantages, batch.Mask);
        SequenceLoss<double> clip = Losses.RlooClip<double>(batch.LogProbs, batch.LogProbs, batch.RowAdvantages, batch.Mask);
        Laws.Close(rloo.Gradient, clip.Gradient, Exact);
    }

    [Fact]
    public void An_objective_needs_what_it_reads()
    {
        SequenceMask mask = SequenceMask.Full(1, 2);
        var objective = new PolicyObjective(new Surrogate.Clip(), new KlPenalty.Loss(0.1));
        Assert.Throws<ArgumentException>(
            "refLogProbs", () => Losses.Policy<double>(objective, [-1, -1], [-1, -1], default, [1], mask, new Aggregation.TokenMean()));
        Assert.Throws<ArgumentException>(
            "oldLogProbs", () => Losses.Policy<double>(objective, [-1, -1], default, [-1, -1], [1], mask, new Aggregation.TokenMean()));
    }

    private static IEnumerable<Surrogate> Surrogates() =>
    [
        new Surrogate.Clip(0.1, 0.3), new Surrogate.Clip(0.1, 0.3, 1.4), new Surrogate.TwoSided(0.1, 0.3, 1.4),
        new Surrogate.Gspo(0.05, 0.1), new Surrogate.Gmpo(0.3, 0.2), new Surrogate.Cispo(1.3), new Surrogate.Sapo(), new Surrogate.Vespo(),
        new Surrogate.ImportanceWeighted(), new Surrogate.Reinforce(),
    ];

    [Property]
    public void Floats_give_what_doubles_give(Batch batch)
    {
        var (current, old) = (Batch.Narrow(batch.LogProbs), Batch.Narrow(batch.OldLogProbs));
        var (reference, advantages) = (Batch.Narrow(batch.RefLogProbs), Batch.Narrow(batch.Advantages));
        Same(
            Losses.Grpo<double>(batch.LogProbs, batch.OldLogProbs, batch.RefLogProbs, batch.Advantages, batch.Mask, 0.04),
            Losses.Grpo<float>(current, old, reference, advantages, batch.Mask, 0.04));
        Same(
            Losses.DualClip<double>(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, 3),
            Losses.DualClip<float>(current, old, advantages, batch.Mask, 3));
        Same(
            Losses.Cispo<double>(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, 1.3),
            Losses.Cispo<float>(current, old, advantages, batch.Mask, 1.3));
        Same(
            Losses.Sapo<double>(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask),
            Losses.Sapo<float>(current, old, advantages, batch.Mask));
    }

    [Property(MaxTest = 100)]
    public void Every_preference_loss_has_the_gradient_of_its_own_formula_on_both_sides(Batch batch)
    {
        double[] s = [.. batch.RowAdvantages.Select(a => 3 * a)];
        double[] t = [.. batch.RowAdvantages.Select(a => 1 - a)];
        foreach (PreferenceLoss kind in Kinds())
        {
            PairLoss<double> loss = Losses.Preference<double>(kind, s, t);
            for (int i = 0; i < s.Length; i++)
            {
                Dual<Real> toChosen = kind.Evaluate(Dual<Real>.Variable(s[i]), Dual<Real>.Constant((Real)t[i]));
                Dual<Real> toRejected = kind.Evaluate(Dual<Real>.Constant((Real)s[i]), Dual<Real>.Variable(t[i]));
                Laws.Close(toChosen.Value, loss.Losses[i], Exact);
                Laws.Close(toChosen.Tangent.Value / s.Length, loss.ChosenGradient[i], Exact);
                Laws.Close(toRejected.Tangent.Value / s.Length, loss.RejectedGradient[i], Exact);
            }

            PairLoss<float> single = Losses.Preference<float>(kind, Batch.Narrow(s), Batch.Narrow(t));
            Laws.Close(loss.ChosenGradient, single.ChosenGradient.Select(g => (double)g), Single);
            Laws.Close(loss.RejectedGradient, single.RejectedGradient.Select(g => (double)g), Single);
        }
    }

    [Property]
    public void Dpo_is_the_union_s_sigmoid(Batch batch)
    {
        double[] zeros = new double[batch.Rows];
        PairLoss<double> dpo = Losses.Dpo<double>(batch.RowAdvantages, zeros, zeros, batch.RowAdvantages, 0.3, 0.1);
        PairLoss<double> union = Losses.Preference<double>(
            new PreferenceLoss.Sigmoid(0.3, 0.1), batch.RowAdvantages, zeros, zeros, batch.RowAdvantages);
        Laws.Close(union.Loss, dpo.Loss, Exact);
        Laws.Close(union.ChosenGradient, dpo.ChosenGradient, Exact);
        Laws.Close(union.RejectedGradient, dpo.RejectedGradient, Exact);
    }

    [Property]
    public void Kto_and_bco_follow_the_labels(Batch batch)
    {
        double[] zeros = new double[batch.Rows];
        bool[] labels = [.. batch.RowAdvantages.Select(a => a > 0)];
        ElementLoss<double> kto = Losses.Kto<double>(batch.RowAdvantages, zeros, labels, 0.2, 0.5);
        ElementLoss<double> bco = Losses.Bco<double>(batch.RowAdvantages, zeros, labels, 0.5, 0.1);
        for (int i = 0; i < labels.Length; i++)
        {
            Real s = batch.RowAdvantages[i];
            Laws.Close(UnpairedLosses.Kto<Real>(s, 0.2, labels[i], 0.5), kto.Losses[i], Exact);
            Laws.Close(UnpairedLosses.Bco(s, labels[i], 0.5, 0.1), bco.Losses[i], Exact);
        }
    }

    [Property]
    public void A_reward_model_s_two_gradients_are_opposite_without_centring(Batch batch)
    {
        double[] rejected = [.. batch.RowAdvantages.Select(a => 0.3 - (a * a))];
        PairLoss<double> loss = Losses.RewardModel<double>(batch.RowAdvantages, rejected);
        Laws.Close([.. loss.ChosenGradient.Select(g => -g)], loss.RejectedGradient, Exact);
        Laws.Close(
            Losses.Dpo<double>(batch.RowAdvantages, rejected, new double[batch.Rows], new double[batch.Rows], 1).Loss, loss.Loss, Exact);
        Assert.NotEqual(loss.Loss, Losses.RewardModel<double>(batch.RowAdvantages, rejected, centring: 0.1).Loss);
    }

    [Property]
    public void The_loss_of_steps_is_the_mean_cross_entropy_of_their_labels(Batch batch)
    {
        double[] labels = [.. batch.RowAdvantages.Select(a => 1 / (1 + (a * a)))];
        ElementLoss<double> loss = Losses.StepReward<double>(batch.RowAdvantages, labels);
        for (int i = 0; i < labels.Length; i++)
        {
            Laws.Close(RewardModelLosses.Step<Real>(batch.RowAdvantages[i], labels[i]), loss.Losses[i], Exact);
            Laws.Close(
                (Real.Sigmoid(batch.RowAdvantages[i]) - (Real)labels[i]).Value / labels.Length, loss.Gradient[i], Exact);
        }

        Laws.Close(loss.Losses.Average(), loss.Loss, Exact);
    }

    [Fact]
    public void Diagnostics_count_actions_only()
    {
        SequenceMask mask = SequenceMask.FromRanges(3, [0, 0], [2, 2]);
        PolicyLoss<double> loss = Losses.PpoClip<double>(
            [0, -1, double.NaN, -2, -1, double.NaN], [-1, -1, double.NaN, -1, -1, double.NaN], [1, -1], mask);
        Assert.Equal((0.25, 0.25), (loss.Diagnostics.Clipping.Low, loss.Diagnostics.Clipping.High));
        Laws.Close((Math.E + 1 + (1 / Math.E) + 1) / 4, loss.Diagnostics.MeanRatio, Exact);
    }

    [Fact]
    public void Each_loss_counts_the_ratios_outside_of_its_own_range()
    {
        // One ratio of four is e with A > 0, one is 1/e with A < 0.
        SequenceMask mask = SequenceMask.Full(2, 2);
        double[] now = [0, -1, -2, -1], old = [-1, -1, -1, -1], advantages = [1, -1];
        (double Low, double High) both = (0.25, 0.25), above = (0, 0.25), below = (0.25, 0), none = (0, 0);
        Assert.Equal(both, Clipped(Losses.PpoClip<double>(now, old, advantages, mask)));
        Assert.Equal(both, Clipped(Losses.DualClip<double>(now, old, advantages, mask, cap: 3)));
        Assert.Equal(both, Clipped(Losses.TwoSidedClip<double>(now, old, advantages, mask, delta: 4)));
        Assert.Equal(both, Clipped(Losses.Grpo<double>(now, old, old, advantages, mask, beta: 0)));
        Assert.Equal(above, Clipped(Losses.PpoClip<double>(now, old, advantages, mask, clipLow: 0.9)));
        Assert.Equal(below, Clipped(Losses.PpoClip<double>(now, old, advantages, mask, clipHigh: 2)));
        Assert.Equal(below, Clipped(Losses.TwoSidedClip<double>(now, old, advantages, mask, delta: 4, clipHigh: 2)));
        Assert.Equal(above, Clipped(Losses.Cispo<double>(now, old, advantages, mask, high: 2)));
        Assert.Equal(none, Clipped(Losses.Cispo<double>(now, old, advantages, mask, high: 3)));
        Assert.Equal(none, Clipped(Losses.Sapo<double>(now, old, advantages, mask)));
        Assert.Equal(none, Clipped(Losses.ImportanceWeighted<double>(now, old, advantages, mask)));

        static (double Low, double High) Clipped(PolicyLoss<double> loss) =>
            (loss.Diagnostics.Clipping.Low, loss.Diagnostics.Clipping.High);
    }

    [Fact]
    public void The_fused_pass_allocates_nothing_a_token()
    {
        Assert.Equal(Allocated(columns: 64), Allocated(columns: 4096));

        static long Allocated(int columns)
        {
            float[] tokens = new float[8 * columns], gradient = new float[8 * columns];
            SequenceMask mask = SequenceMask.Full(8, columns);

            // The least of many runs: while code is compiled anew, the runtime allocates too.
            return Enumerable.Range(0, 20).Min(_ =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Losses.Grpo<float>(tokens, tokens, tokens, tokens, mask, 0.04, gradient);
                Losses.Dpo<float>(tokens, tokens, tokens, tokens, 0.1, gradient, gradient);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            });
        }
    }

    [Fact]
    public void Wrong_arguments_are_refused_with_both_shapes_named()
    {
        SequenceMask mask = SequenceMask.Full(2, 3);
        double[] six = new double[6], five = new double[5];
        Refused("oldLogProbs has 5 elements, but the mask is 2 × 3", () => Losses.PpoClip<double>(six, five, six, mask));
        Refused(
            "advantages has 5 elements, but the mask is 2 × 3: one a token (6) or one a row (2)",
            () => Losses.PpoClip<double>(six, six, five, mask));
        Refused("refChosen has 5 elements, but policyChosen has 6", () => Losses.Dpo<double>(six, six, five, six, 0.1));
        Refused("policyChosen is empty", () => Losses.Dpo<double>([], [], [], [], 0.1));
        Refused("values has 5 elements, but the mask is 2 × 3", () => Advantages.Gae<double>(six, five, mask));
        Refused("float or double", () => Losses.Dpo<Half>([Half.One], [Half.One], [Half.One], [Half.One], 0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.Dpo<double>(six, six, six, six, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.DualClip<double>(six, six, six, mask, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Advantages.Gae<double>(six, six, mask, gamma: 1.1));
        Assert.Throws<ArgumentNullException>(() => Losses.PpoClip<double>(six, six, six, null!));

        static void Refused(string message, Action call) =>
            Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);
    }

    [Property]
    public void Advantages_of_floats_are_those_of_doubles(Batch batch)
    {
        GeneralisedAdvantages<double> wide = Advantages.Gae<double>(batch.Advantages, batch.LogProbs, batch.Mask, 0.99, 0.9);
        GeneralisedAdvantages<float> narrow = Advantages.Gae<float>(
            Batch.Narrow(batch.Advantages), Batch.Narrow(batch.LogProbs), batch.Mask, 0.99, 0.9);
        Assert.Equal(TokenReturns.Gae(batch.Advantages, batch.LogProbs, batch.Mask, 0.99, 0.9), wide.Advantages.ToArray());
        Laws.Close(wide.Advantages, narrow.Advantages.Select(a => (double)a), Single);
        Assert.Equal(
            Advantages.GroupRelative<double>(batch.RowAdvantages, batch.Rows),
            Advantages.GroupRelative<double>(batch.RowAdvantages, batch.Rows));
    }

    private static void Same(PolicyLoss<double> expected, PolicyLoss<float> actual)
    {
        Laws.Close(expected.Loss, actual.Loss, Single);
        Laws.Close(expected.Losses, actual.Losses.Select(l => (double)l), Single);
        Laws.Close(expected.Gradient, actual.Gradient.Select(g => (double)g), Single);
    }

    private static TokenGrid SequenceAverage(Batch batch, TokenGrid losses)
    {
        bool[] filled = [.. Enumerable.Range(0, batch.Rows).Select(row => batch.Mask.CountInRow(row) > 0)];
        TokenGrid kept = TokenGrid.Where(SequenceMask.FromFlags(batch.Rows, 1, filled), losses, TokenGrid.Constant(losses, 0));
        return TokenGrid.Scale(TokenGrid.SumOverBatch(kept), 1.0 / batch.Rows);
    }

    private static PreferenceLoss[] Kinds() =>
    [
        new PreferenceLoss.Sigmoid(0.4, 0.1),
        new PreferenceLoss.Robust(0.4, 0.1),
        new PreferenceLoss.Exo(0.4),
        new PreferenceLoss.Hinge(0.4),
        new PreferenceLoss.Ipo(0.4),
        new PreferenceLoss.Nca(0.4),
        new PreferenceLoss.Bco(0.4) { Delta = 0.1 },
        new PreferenceLoss.SppoHard(0.4),
        new PreferenceLoss.ApoZero(0.4),
        new PreferenceLoss.ApoDown(0.4),
        new PreferenceLoss.DiscoPop(0.4), new PreferenceLoss.SimPo(0.4, 0.2),
    ];
}
