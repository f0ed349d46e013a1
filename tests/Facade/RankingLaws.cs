using RlCore.Algebra;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Facade.Tests;

/// <summary>
/// Losses and advantages that the facade assembles from the algebra's: sorted samples, rankings, whole vocabularies, other policies.
/// </summary>
public sealed class RankingLaws
{
    private const double Exact = 1e-12;

    [Property(MaxTest = 100)]
    public void Aot_is_the_transport_of_the_two_margins_and_its_gradient_that_of_its_own_value(Batch batch)
    {
        double[][] x = Pairs(batch);
        PairLoss<double> aot = Losses.Aot<double>(x[0], x[1], x[2], x[3], 0.3, 0.1);
        double[] upper = [.. x[0].Zip(x[1], (a, b) => a - b)], lower = [.. x[2].Zip(x[3], (a, b) => a - b)];
        Laws.Close(
            [.. AlignmentByTransport.Losses<Real>(Reals(upper), Reals(lower), upper, lower, 0.3, 0.1).Select(l => l.Value)],
            aot.Losses,
            Exact);
        Laws.Close(ByDifference(x, 0, y => Losses.Aot<double>(y[0], y[1], y[2], y[3], 0.3, 0.1).Loss), aot.ChosenGradient, 1e-6);
        Laws.Close(ByDifference(x, 1, y => Losses.Aot<double>(y[0], y[1], y[2], y[3], 0.3, 0.1).Loss), aot.RejectedGradient, 1e-6);
    }

    [Property(MaxTest = 100)]
    public void Unpaired_aot_does_not_care_which_rejected_completion_stands_beside_which_chosen_one(Batch batch)
    {
        double[][] x = Pairs(batch);
        PairLoss<double> aot = Losses.AotUnpaired<double>(x[0], x[1], x[2], x[3], 0.3);
        PairLoss<double> turned = Losses.AotUnpaired<double>(x[0], [.. x[1].Reverse()], x[2], [.. x[3].Reverse()], 0.3);
        Laws.Close(aot.Losses, turned.Losses, Exact);
        Laws.Close(aot.ChosenGradient, turned.ChosenGradient, Exact);
        Laws.Close(aot.RejectedGradient, turned.RejectedGradient.Reverse(), Exact);
        Laws.Close(ByDifference(x, 1, y => Losses.AotUnpaired<double>(y[0], y[1], y[2], y[3], 0.3).Loss), aot.RejectedGradient, 1e-6);
    }

    [Property]
    public void A_ranking_of_two_is_bradley_terry(Batch batch)
    {
        double[] winners = batch.RowAdvantages, losers = [.. batch.RowAdvantages.Select(a => 0.5 - a)];
        PairLoss<double> pairs = Losses.RewardModel<double>(winners, losers);
        ElementLoss<double> rankings = Losses.PlackettLuce<double>(
            [.. winners.Zip(losers, (w, l) => new[] { w, l }).SelectMany(two => two)], 2);
        Laws.Close(pairs.Loss, rankings.Loss, Exact);
        Laws.Close(pairs.Losses, rankings.Losses, Exact);
        Laws.Close(pairs.ChosenGradient, rankings.Gradient.Where((_, i) => i % 2 == 0), Exact);
        Laws.Close(pairs.RejectedGradient, rankings.Gradient.Where((_, i) => i % 2 == 1), Exact);
    }

    [Property]
    public void The_gradient_of_a_ranking_sums_to_zero(Batch batch)
    {
        double[] rewards = [.. Enumerable.Range(0, 15).Select(i => Math.Sin(i + batch.Columns) * 3)];
        Laws.Close(0, Losses.PlackettLuce<double>(rewards, 5).Gradient.Sum(), Exact);
        Laws.Close(
            Losses.PlackettLuce<double>(rewards, 5).Gradient,
            Losses.PlackettLuce<double>([.. rewards.Select(r => r + 7)], 5).Gradient,
            Exact);
    }

    [Property(MaxTest = 50)]
    public void Distillation_is_the_divergence_of_each_token_and_nothing_when_the_student_is_the_teacher(Batch batch)
    {
        const int Vocabulary = 7;
        double[] student = LogProbs(batch.Columns, 3, Vocabulary), teacher = LogProbs(batch.Rows + 90, 3, Vocabulary);
        foreach (double beta in new[] { 0, 0.3, 0.5, 1 })
        {
            ElementLoss<double> loss = Losses.Distillation<double>(student, teacher, Vocabulary, beta);
            for (int token = 0; token < 3; token++)
            {
                Range range = (token * Vocabulary)..((token + 1) * Vocabulary);
                Laws.Close(
                    Categorical.JensenShannon<Real>(Reals(teacher[range]), Reals(student[range]), beta).Value, loss.Losses[token], Exact);
            }

            Laws.Close(loss.Losses.Average(), loss.Loss, Exact);
            Laws.Close(
                ByDifference([student], 0, y => Losses.Distillation<double>(y[0], teacher, Vocabulary, beta).Loss), loss.Gradient, 1e-6);
            Laws.Close(0, Losses.Distillation<double>(teacher, teacher, Vocabulary, beta).Loss, Exact);
        }
    }

    [Property]
    public void Vespo_is_reinforce_with_the_gamma_weight(Batch batch)
    {
        TokenGrid weights = SequenceRatios.GammaWeight(
            batch.Data(batch.LogProbs), batch.Data(batch.OldLogProbs), batch.Data(batch.RowAdvantages), batch.Mask, (2, 3), (3, 2));
        double[] weighted = [.. batch.RowAdvantages.Select((a, row) => a * weights[row, 0].Value.Value)];
        Same(
            Losses.Reinforce<double>(batch.LogProbs, weighted, batch.Mask),
            Losses.Vespo<double>(batch.LogProbs, batch.OldLogProbs, batch.RowAdvantages, batch.Mask));
        Same(
            Losses.Reinforce<double>(batch.LogProbs, batch.RowAdvantages, batch.Mask),
            Losses.Vespo<double>(batch.LogProbs, batch.LogProbs, batch.RowAdvantages, batch.Mask));
    }

    [Property]
    public void V_trace_on_policy_is_the_return_and_gae_at_lambda_one(Batch batch)
    {
        double[] ones = [.. batch.LogProbs.Select(_ => 1.0)];
        double[] rewards = Clean(batch.Advantages), values = Clean(batch.LogProbs);
        OffPolicyAdvantages<double> trace = Advantages.VTrace<double>(
            rewards, values, ones, batch.Mask, 0.9, bootstrap: batch.RowAdvantages);
        GeneralisedAdvantages<double> gae = Advantages.Gae<double>(rewards, values, batch.Mask, 0.9, 1, batch.RowAdvantages);
        for (int i = 0; i < values.Length; i++)
        {
            if (batch.Mask.Flags[i])
            {
                Laws.Close(gae.Returns[i], trace.Targets[i], 1e-10);
                Laws.Close(gae.Advantages[i], trace.Advantages[i], 1e-10);
            }
            else
            {
                Assert.Equal((0, 0), (trace.Targets[i], trace.Advantages[i]));
            }
        }
    }

    [Fact]
    public void Best_of_group_and_gpg_are_the_algebra_s_over_consecutive_groups()
    {
        double[] rewards = [1, 0, 0, 0.5, 0.25, 0.75, 0, 0, 0];
        int[] groups = [0, 0, 0, 1, 1, 1, 2, 2, 2];
        Laws.Close(GroupAdvantages.BestOfGroup(rewards, groups, new()), Advantages.BestOfGroup<double>(rewards, 3), Exact);
        Laws.Close(GroupAdvantages.ScaledByInformative(rewards, groups), Advantages.Gpg<double>(rewards, 3), Exact);
        Assert.Equal(9.0 / 4 * (1 - (1.0 / 3)), Advantages.Gpg<double>(rewards, 3)[0], Exact);
        Assert.Equal(0.25, Advantages.BestOfGroup<double>(rewards, 3, new() { Scale = AdvantageScale.None })[5], Exact);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_with_both_named()
    {
        Assert.Contains(
            "7 rewards",
            Assert.Throws<ArgumentException>(() => Losses.PlackettLuce<double>(new double[7], 3)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "vocabulary of 4",
            Assert.Throws<ArgumentException>(() => Losses.Distillation<double>(new double[6], new double[6], 4)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.Distillation<double>(new double[8], new double[8], 4, 1.5));
        Assert.Throws<ArgumentException>(
            () => Advantages.VTrace<double>(new double[4], new double[4], new double[3], SequenceMask.Full(2, 2)));
        Assert.Throws<ArgumentException>(() => Losses.Vespo<double>(new double[4], new double[4], new double[4], SequenceMask.Full(2, 2)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Losses.Aot<double>(new double[2], new double[2], new double[2], new double[2], 0.1, 0.6));
    }

    private static double[][] Pairs(Batch batch)
    {
        var random = new Random(batch.Columns + (100 * batch.Rows));
        return [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, batch.Columns).Select(_ => -9 * random.NextDouble()).ToArray())];
    }

    private static double[] LogProbs(int seed, int tokens, int vocabulary)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, tokens).SelectMany(_ => Categorical.LogSoftmax<Real>(
            [.. Enumerable.Range(0, vocabulary).Select(_ => (Real)(4 * random.NextDouble()))]).Select(l => l.Value))];
    }

    private static double[] ByDifference(double[][] at, int which, Func<double[][], double> loss)
    {
        const double Step = 1e-6;
        return [.. at[which].Select((_, i) => (loss(Moved(at, which, i, Step)) - loss(Moved(at, which, i, -Step))) / (2 * Step))];
    }

    private static double[][] Moved(double[][] at, int which, int index, double step)
    {
        double[][] moved = [.. at.Select(numbers => numbers.ToArray())];
        moved[which][index] += step;
        return moved;
    }

    private static Real[] Reals(double[] numbers) => [.. numbers.Select(number => (Real)number)];

    private static double[] Clean(double[] numbers) => [.. numbers.Select(number => double.IsNaN(number) ? 0 : number)];

    private static void Same(ElementLoss<double> expected, ElementLoss<double> actual)
    {
        Laws.Close(expected.Loss, actual.Loss, Exact);
        Laws.Close(expected.Gradient, actual.Gradient, Exact);
    }
}
