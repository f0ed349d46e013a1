using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>A grid's masks select, its reductions add what is selected, and nothing broadcasts unasked.</summary>
public sealed class GridLaws
{
    [Property]
    public void What_the_mask_excludes_contributes_nothing_forward_or_backward(TokenBatch batch)
    {
        Grid<Dual<Real>> x = Poisoned(batch);
        Grid<Dual<Real>> sums = Grid<Dual<Real>>.SumOverTime(x, batch.Mask);
        for (int row = 0; row < batch.Rows; row++)
        {
            double expected = Enumerable.Range(0, batch.Columns).Where(c => batch.Mask[row, c]).Sum(c => x[row, c].Value.Value);
            Derivative.AssertClose(expected, sums[row, 0].Value, 1e-12);
            Assert.Equal(batch.Mask.CountInRow(row), (double)sums[row, 0].Tangent);
        }
    }

    [Property]
    public void Where_takes_each_element_from_its_own_side(TokenBatch batch)
    {
        Grid<Dual<Real>> x = Poisoned(batch);
        Grid<Dual<Real>> chosen = Grid<Dual<Real>>.Where(batch.Mask, x, Grid<Dual<Real>>.Constant(x, 7));
        for (int i = 0; i < chosen.Values.Length; i++)
        {
            Dual<Real> expected = batch.Mask.Flags[i] ? x.Values[i] : Dual<Real>.Constant(7);
            Assert.Equal(expected, chosen.Values[i]);
        }
    }

    [Fact]
    public void Reductions_and_expansions_have_the_stated_shapes_and_values()
    {
        Grid<Real> x = Grid<Real>.Of(2, 3, [1, 2, 3, 4, 5, 6]);
        Grid<Real> down = Grid<Real>.SumOverBatch(x);
        Assert.Equal((1, 3), (down.Rows, down.Columns));
        Assert.Equal([5, 7, 9], down.Values.ToArray().Select(v => (double)v));
        Grid<Real> across = Grid<Real>.SumOverTime(x, SequenceMask.Full(2, 3));
        Assert.Equal((2, 1), (across.Rows, across.Columns));
        Assert.Equal([6, 15], across.Values.ToArray().Select(v => (double)v));
        Grid<Real> wide = Grid<Real>.ExpandOverTime(across, 2);
        Assert.Equal([6, 6, 15, 15], wide.Values.ToArray().Select(v => (double)v));
        Grid<Real> tall = Grid<Real>.ExpandOverBatch(down, 2);
        Assert.Equal([5, 7, 9, 5, 7, 9], tall.Values.ToArray().Select(v => (double)v));
        Assert.Equal([0.5, 0.25], Grid<Real>.FromValues(x, 2, 1, [0.5, 0.25]).Values.ToArray().Select(v => (double)v));
    }

    [Fact]
    public void Shapes_that_differ_are_refused_with_both_named()
    {
        Grid<Real> x = Grid<Real>.Of(2, 3, new Real[6]);
        Grid<Real> y = Grid<Real>.Of(3, 2, new Real[6]);
        SequenceMask mask = SequenceMask.Full(1, 3);
        foreach (Action action in new Action[]
        {
            () => _ = x + y,
            () => Grid<Real>.Min(x, y),
            () => Grid<Real>.SelectByOrder(x, x, x, x, y),
            () => Grid<Real>.SelectInside(x, 0, 1, x, y),
            () => Grid<Real>.MapElements(default(Total), x, x, x, x, y),
            () => Grid<Real>.ExpandOverBatch(x, 2),
            () => Grid<Real>.ExpandOverTime(x, 2),
        })
        {
            Assert.Contains("×", Assert.Throws<ArgumentException>(action).Message);
        }

        string message = Assert.Throws<ArgumentException>(() => Grid<Real>.SumOverTime(x, mask)).Message;
        Assert.Contains("1 × 3", message);
        Assert.Contains("2 × 3", message);
        Assert.Throws<ArgumentException>(() => Grid<Real>.Where(mask, x, x));
        Assert.Throws<ArgumentException>(() => Grid<Real>.Of(2, 2, new Real[3]));
        Assert.Throws<ArgumentException>(() => Grid<Real>.FromValues(x, 2, 2, [1.0]));
    }

    [Property]
    public void A_mapped_formula_differentiates_its_variable_alone(TokenBatch batch)
    {
        // Every argument is the same variable; only the first carries its gradient.
        Grid<Dual<Real>> x = Poisoned(batch);
        Grid<Dual<Real>> result = Grid<Dual<Real>>.MapElements(default(Total), x, x, x, x, x);
        for (int i = 0; i < result.Values.Length; i++)
        {
            if (batch.Mask.Flags[i])
            {
                Derivative.AssertClose(5 * x.Values[i].Value, result.Values[i].Value, 1e-12);
                Assert.Equal(1, (double)result.Values[i].Tangent);
            }
        }
    }

    private static Grid<Dual<Real>> Poisoned(TokenBatch batch) => Grid<Dual<Real>>.Of(
        batch.Rows,
        batch.Columns,
        [.. batch.LogProbs.Select(v => double.IsNaN(v) ? new Dual<Real>(double.NaN, double.NaN) : Dual<Real>.Variable(v))]);

    private readonly struct Total : IElementFormula
    {
        public T Evaluate<T>(T variable, T first, T second, T third, T fourth)
            where T : struct, IAlgebra<T> => variable + first + second + third + fourth;
    }
}
