using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Tests.Rollouts;

/// <summary>Which rows the steps of a stage take.</summary>
public sealed class DataOrderLaws
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(12, 4)]
    [InlineData(5, 8)]
    public void Every_epoch_takes_every_row_once(int count, int perStep)
    {
        var order = new DataOrder(3, 0, count, perStep);
        const int Epochs = 6;
        int[] taken = [.. Enumerable.Range(0, count * Epochs).SelectMany(step => order.RowsOf(step)).Take(count * Epochs)];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            Assert.Equal(Enumerable.Range(0, count), taken.Skip(epoch * count).Take(count).Order());
        }
    }

    [Fact]
    public void A_step_does_not_depend_on_the_steps_before_it()
    {
        var whole = new DataOrder(3, 1, 11, 4);
        int[][] rows = [.. Enumerable.Range(0, 20).Select(step => whole.RowsOf(step))];
        for (int step = 19; step >= 0; step--)
        {
            Assert.Equal(rows[step], new DataOrder(3, 1, 11, 4).RowsOf(step));
            Assert.Equal(rows[step], whole.RowsOf(step));
        }
    }

    [Theory]
    [InlineData(DataOrder.MostHeld + 1)]
    [InlineData(3_000_017)]
    public void An_epoch_of_a_large_dataset_takes_every_row_once_in_an_order_of_its_own(int count)
    {
        var order = new DataOrder(3, 1, count, count);
        int[] first = order.RowsOf(0);
        int[] second = order.RowsOf(1);
        foreach (int[] epoch in new[] { first, second })
        {
            var taken = new bool[count];
            Array.ForEach(epoch, row => taken[row] = true);
            Assert.DoesNotContain(false, taken);

            // Neighbours of a random order are a third of the range apart, and it keeps hardly a row at its place.
            Assert.InRange(epoch.Zip(epoch.Skip(1), (a, b) => Math.Abs((double)a - b)).Average() / count, 0.33, 0.337);
            Assert.InRange(epoch.Where((row, place) => row == place).Count(), 0, 12);
        }

        Assert.InRange(first.Zip(second).Count(pair => pair.First == pair.Second), 0, 12);

        var shortSteps = new DataOrder(3, 1, count, 8);
        Assert.Equal(first[7000..7064], Enumerable.Range(875, 8).SelectMany(shortSteps.RowsOf));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(DataOrder.MostHeld)]
    [InlineData(DataOrder.MostHeld + 1)]
    [InlineData(3_000_017)]
    public void A_later_first_epoch_skips_the_epochs_before_it(int count)
    {
        var all = new DataOrder(3, 1, count, perStep: 16);
        var later = new DataOrder(3, 1, count, perStep: 16, firstEpoch: 2);
        int[] rows = later.Rows(0, 16);
        Assert.Equal(all.Rows(2L * count, 16), rows);
        Assert.NotEqual(all.Rows(0, 16), rows);
    }

    [Fact]
    public void Epochs_seeds_and_stages_have_orders_of_their_own()
    {
        int[] Epoch(ulong seed, int stage, int epoch) => new DataOrder(seed, stage, 50, 50).RowsOf(epoch);
        int[][] orders = [Epoch(1, 0, 0), Epoch(1, 0, 1), Epoch(2, 0, 0), Epoch(1, 1, 0)];
        Assert.Equal(orders.Length, orders.Select(o => string.Join(',', o)).Distinct().Count());
    }

    [Fact]
    public void The_steps_of_two_stages_have_no_address_in_common()
    {
        const int MostSteps = (1 << 24) - 1;
        Assert.True(RunAddress.Of(0, MostSteps) < RunAddress.Of(1, 0));
        Assert.True(RunAddress.Of(1, MostSteps) < RunAddress.Of(2, 0));
    }
}
