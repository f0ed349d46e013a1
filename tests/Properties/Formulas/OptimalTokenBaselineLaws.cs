using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>The token baseline is its definition, told again action by action.</summary>
public sealed class OptimalTokenBaselineLaws
{
    private const double Epsilon = 1e-3;

    [Property]
    public void Every_action_has_the_weighted_mean_return_of_its_step_taken_off(TokenBatch batch)
    {
        double[] norms = [.. batch.LogProbs.Select(l => 1 + Math.Abs(Math.Sin(l)))];
        int[] ids = [.. Enumerable.Range(0, batch.Rows).Select(row => 5 - (row % 2))];
        foreach (StepAlignment alignment in Enum.GetValues<StepAlignment>())
        {
            foreach (bool zeroTail in new[] { false, true })
            {
                double[] advantages = OptimalTokenBaseline.Advantages(
                    batch.Advantages, norms, batch.Mask, ids, alignment, zeroTail, Epsilon);
                for (int i = 0; i < advantages.Length; i++)
                {
                    double expected = batch.Mask.Flags[i] ? batch.Advantages[i] - Baseline(batch, norms, ids, alignment, zeroTail, i) : 0;
                    AssertClose(expected, advantages[i], 1e-10);
                }
            }
        }
    }

    [Fact]
    public void Past_the_second_longest_the_longest_has_no_baseline_if_asked()
    {
        SequenceMask mask = SequenceMask.FromRanges(3, [0, 0], [3, 1]);
        double[] returns = [4, 6, 8, 2, 0, 0];
        double[] ones = [1, 1, 1, 1, 1, 1];
        Assert.Equal(
            [1, 0, 0, -1, 0, 0],
            OptimalTokenBaseline.Advantages(returns, ones, mask, [0, 0], StepAlignment.Column, zeroTail: false, epsilon: 0));
        Assert.Equal(
            [1, 6, 8, -1, 0, 0],
            OptimalTokenBaseline.Advantages(returns, ones, mask, [0, 0], StepAlignment.Column, zeroTail: true, epsilon: 0));
    }

    private static double Baseline(TokenBatch batch, double[] norms, int[] ids, StepAlignment alignment, bool zeroTail, int i)
    {
        int row = i / batch.Columns;
        int[] group = [.. Enumerable.Range(0, batch.Rows).Where(other => ids[other] == ids[row])];
        int step = Step(batch, alignment, i);
        int[] lengths = [.. group.Select(batch.Mask.CountInRow).OrderDescending()];
        bool tail = zeroTail && group.Length > 1 && batch.Mask.CountInRow(row) > lengths[1] && step >= lengths[1];
        if (group.Length == 1 || tail)
        {
            return 0;
        }

        int[] peers =
        [
            .. group.SelectMany(other => Enumerable.Range(other * batch.Columns, batch.Columns))
                .Where(j => batch.Mask.Flags[j] && Step(batch, alignment, j) == step),
        ];
        double Weight(int j) =>
            Enumerable.Range(j / batch.Columns * batch.Columns, (j % batch.Columns) + 1).Where(k => batch.Mask.Flags[k]).Sum(k => norms[k]);
        return peers.Sum(j => batch.Advantages[j] * Weight(j)) / (peers.Sum(Weight) + Epsilon);
    }

    // The column, or the number of actions before it.
    private static int Step(TokenBatch batch, StepAlignment alignment, int i) => alignment == StepAlignment.Column
        ? i % batch.Columns
        : Enumerable.Range(i / batch.Columns * batch.Columns, i % batch.Columns).Count(j => batch.Mask.Flags[j]);
}
