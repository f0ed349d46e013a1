using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>A mask is the flags that made it, and nothing else tells two masks apart.</summary>
public sealed class MaskLaws
{
    [Property]
    public void Ranges_set_their_columns_and_no_others(byte[] data)
    {
        const int Columns = 7;
        int[] starts = [.. data.Take(5).Select(b => b % (Columns + 1))];
        int[] lengths = [.. data.Take(5).Select(b => b / 8 % (Columns + 1 - (b % (Columns + 1))))];
        SequenceMask mask = SequenceMask.FromRanges(Columns, starts, lengths);
        Assert.Equal((starts.Length, Columns, lengths.Sum()), (mask.Rows, mask.Columns, mask.Count));
        for (int row = 0; row < mask.Rows; row++)
        {
            Assert.Equal(lengths[row], mask.CountInRow(row));
            for (int column = 0; column < Columns; column++)
            {
                Assert.Equal(column >= starts[row] && column < starts[row] + lengths[row], mask[row, column]);
            }
        }
    }

    [Property]
    public void A_mask_equals_its_copy_and_no_mask_of_another_shape_or_flag(TokenBatch batch)
    {
        SequenceMask mask = batch.Mask;
        SequenceMask copy = SequenceMask.FromFlags(mask.Rows, mask.Columns, mask.Flags);
        Assert.True(mask.Equals(copy) && mask.Equals((object)copy) && mask.GetHashCode() == copy.GetHashCode());
        Assert.False(mask.Equals(null));
        Assert.Equal(mask.Rows == mask.Columns, mask.Equals(SequenceMask.FromFlags(mask.Columns, mask.Rows, mask.Flags)));
        bool[] flipped = mask.Flags.ToArray();
        flipped[^1] = !flipped[^1];
        Assert.False(mask.Equals(SequenceMask.FromFlags(mask.Rows, mask.Columns, flipped)));
        Assert.Equal(mask, batch.Mask.SliceRows(0, batch.Rows));
    }

    [Fact]
    public void Masks_without_elements_differ_by_their_shape()
    {
        Assert.NotEqual(SequenceMask.Full(0, 2), SequenceMask.Full(0, 3));
        Assert.NotEqual(SequenceMask.Full(2, 0), SequenceMask.Full(3, 0));
        Assert.Equal(SequenceMask.Full(0, 2), SequenceMask.Full(0, 2));
    }

    [Fact]
    public void A_mask_and_a_grid_print_what_they_hold()
    {
        Assert.Equal("101\n010", SequenceMask.FromFlags(2, 3, [true, false, true, false, true, false]).ToString());
        Assert.Equal("1 × 2: 1.5, -2", Grid<Real>.Of(1, 2, [1.5, -2]).ToString());
        Assert.Equal("0 × 0: ", default(Grid<Real>).ToString());
    }

    [Fact]
    public void Every_argument_of_a_grids_operation_must_have_its_shape()
    {
        Grid<Real> x = Grid<Real>.Of(2, 3, new Real[6]);
        Grid<Real> y = Grid<Real>.Of(3, 2, new Real[6]);
        Action[] mistakes =
        [
            () => Grid<Real>.SelectByOrder(x, y, x, x, x), () => Grid<Real>.SelectByOrder(x, x, y, x, x),
            () => Grid<Real>.SelectByOrder(x, x, x, y, x), () => Grid<Real>.SelectByOrder(x, x, x, x, y),
            () => Grid<Real>.SelectInside(x, 0, 1, y, x), () => Grid<Real>.SelectInside(x, 0, 1, x, y),
            () => Grid<Real>.Where(SequenceMask.Full(2, 3), x, y), () => Grid<Real>.Where(SequenceMask.Full(3, 2), x, x),
            () => Grid<Real>.MapElements(default(LogProbArguments.Formula<TokenNllTerm>), x, y, x, x, x),
            () => Grid<Real>.MapElements(default(LogProbArguments.Formula<TokenNllTerm>), x, x, y, x, x),
            () => Grid<Real>.MapElements(default(LogProbArguments.Formula<TokenNllTerm>), x, x, x, y, x),
            () => Grid<Real>.MapElements(default(LogProbArguments.Formula<TokenNllTerm>), x, x, x, x, y),
        ];
        foreach (Action mistake in mistakes)
        {
            string message = Assert.Throws<ArgumentException>(mistake).Message;
            Assert.Contains("2 × 3", message, StringComparison.Ordinal);
            Assert.Contains("3 × 2", message, StringComparison.Ordinal);
        }
    }
}
