using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>A loss adds up: the split into micro-batches, the order, the padding and what it holds do not matter.</summary>
public sealed class AggregationLaws
{
    private static readonly Aggregation[] All =
    [
        new Aggregation.TokenMean(),
        new Aggregation.SequenceMean(),
        new Aggregation.SequenceMean(CountEmpty: false),
        new Aggregation.ConstantLength(7),
        new Aggregation.SequenceSum(),
        new Aggregation.SequenceSum(CountEmpty: false),
    ];

    [Property]
    public void Each_aggregation_is_its_definition(TokenBatch batch)
    {
        double[] sums = [.. Enumerable.Range(0, batch.Rows).Select(row => Enumerable.Range(0, batch.Columns)
            .Where(column => batch.Mask[row, column])
            .Sum(column => -batch.LogProbs[(row * batch.Columns) + column]))];
        double[] counts = [.. Enumerable.Range(0, batch.Rows).Select(row => (double)batch.Mask.CountInRow(row))];
        double real = Math.Max(1, counts.Count(count => count > 0));
        double means = sums.Zip(counts, (sum, count) => sum / Math.Max(1, count)).Sum();
        double[] expected =
        [
            sums.Sum() / Math.Max(1, counts.Sum()),
            means / batch.Rows,
            means / real,
            sums.Sum() / (7 * batch.Rows),
            sums.Sum() / batch.Rows,
            sums.Sum() / real,
        ];
        for (int i = 0; i < All.Length; i++)
        {
            AssertClose(expected[i], Loss(batch, All[i].RowWeights(batch.Mask)).Value, 1e-12);
        }
    }

    [Property]
    public void A_split_into_micro_batches_changes_nothing(TokenBatch batch)
    {
        foreach (Aggregation aggregation in All)
        {
            double[] weights = aggregation.RowWeights(batch.Mask);
            Dual<Real> whole = Loss(batch, weights);
            for (int cut = 0; cut <= batch.Rows; cut++)
            {
                TokenBatch first = batch.SelectRows([.. Enumerable.Range(0, cut)]);
                TokenBatch second = batch.SelectRows([.. Enumerable.Range(cut, batch.Rows - cut)]);
                Dual<Real> parts = Loss(first, weights[..cut]) + Loss(second, weights[cut..]);
                AssertClose(whole.Value, parts.Value, 1e-12);
                AssertClose(whole.Tangent, parts.Tangent, 1e-12);
            }
        }
    }

    [Property]
    public void The_order_of_the_rows_changes_nothing(TokenBatch batch)
    {
        TokenBatch reversed = batch.SelectRows([.. Enumerable.Range(0, batch.Rows).Reverse()]);
        foreach (Aggregation aggregation in All)
        {
            Dual<Real> there = Loss(batch, aggregation.RowWeights(batch.Mask));
            Dual<Real> back = Loss(reversed, aggregation.RowWeights(reversed.Mask));
            AssertClose(there.Value, back.Value, 1e-12);
            AssertClose(there.Tangent, back.Tangent, 1e-12);
        }
    }

    [Property]
    public void Wider_padding_changes_nothing_whatever_it_holds(TokenBatch batch)
    {
        TokenBatch wide = batch.Widen();
        foreach (Aggregation aggregation in All)
        {
            Dual<Real> narrow = Loss(batch, aggregation.RowWeights(batch.Mask));
            Assert.True(double.IsFinite(narrow.Value) && double.IsFinite(narrow.Tangent));
            Assert.Equal(narrow, Loss(wide, aggregation.RowWeights(wide.Mask)));
        }
    }

    [Property]
    public void Totals_form_a_commutative_monoid(Signal a, Signal b, Signal c, byte weight)
    {
        var x = new Total(a, weight);
        var y = new Total(b, 1);
        var z = new Total(c, 2);
        Assert.Equal(x, x + Total.Zero);
        Assert.Equal(x + y, y + x);
        AssertClose((x + y + z).Mean, (x + (y + z)).Mean, 1e-12);
        Assert.Equal(weight == 0 ? 0 : a / weight, x.Mean);
    }

    [Fact]
    public void A_step_without_tokens_has_loss_zero()
    {
        SequenceMask empty = SequenceMask.FromFlags(2, 2, new bool[4]);
        foreach (Aggregation aggregation in All)
        {
            Assert.Equal([0, 0], aggregation.RowWeights(empty));
        }
    }

    [Fact]
    public void A_constant_length_must_be_positive_and_weights_must_fit()
    {
        Assert.Throws<InvalidOperationException>(() => new Aggregation.ConstantLength().RowWeights(SequenceMask.Full(1, 2)));
        Grid<Real> losses = Grid<Real>.Of(1, 2, [1, 2]);
        Assert.Throws<ArgumentException>(() => TokenLosses.Aggregate(losses, SequenceMask.Full(1, 2), [1, 2]));
    }

    [Fact]
    public void A_match_hands_over_every_constant() => Assert.Equal(
        ["tokens", "sequences False 0.25", "constant 7", "sum False"],
        new Aggregation[]
        {
            new Aggregation.TokenMean(),
            new Aggregation.SequenceMean(CountEmpty: false, 0.25),
            new Aggregation.ConstantLength(7),
            new Aggregation.SequenceSum(CountEmpty: false),
        }.Select(aggregation => aggregation.Match(
            () => "tokens",
            (countEmpty, epsilon) => $"sequences {countEmpty} {epsilon}",
            length => $"constant {length}",
            countEmpty => $"sum {countEmpty}")));

    private static Dual<Real> Loss(TokenBatch batch, double[] weights)
    {
        Grid<Dual<Real>> logProbs = Grid<Dual<Real>>.Of(batch.Rows, batch.Columns, [.. batch.LogProbs.Select(l => Dual<Real>.Variable(l))]);
        Grid<Dual<Real>> losses = LogProbArguments.Map(default(TokenNllTerm), logProbs);
        return TokenLosses.Aggregate(losses, batch.Mask, weights)[0, 0];
    }
}
