using RlCore.Trainers.Objectives;

namespace RlCore.Trainers.Tests.Objectives;

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
        }
    }

    [Fact]
    public void Epochs_seeds_and_stages_have_orders_of_their_own()
    {
        int[] Epoch(ulong seed, int stage, int epoch) => new DataOrder(seed, stage, 50, 50).RowsOf(epoch);
        int[][] orders = [Epoch(1, 0, 0), Epoch(1, 0, 1), Epoch(2, 0, 0), Epoch(1, 1, 0)];
        Assert.Equal(orders.Length, orders.Select(o => string.Join(',', o)).Distinct().Count());
    }
}
