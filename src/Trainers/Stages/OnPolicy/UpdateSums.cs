using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Sums over the action tokens of all updates of a step. The sums of an update are computed on the device, micro-batch by micro-batch, and
/// read once, at its end.
/// </summary>
/// <param name="engine">Where the quantities are.</param>
/// <param name="columns">Number of quantities to sum.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class UpdateSums<T>(IEngine<T> engine, int columns) : IDisposable
    where T : struct, ITensor<T>
{
    private readonly double[] _totals = new double[columns];
    private DeviceTable<T>? _update;
    private double _tokens;

    private DeviceTable<T> Update => _update ?? throw new InvalidOperationException("No update has begun.");

    /// <summary>Begins an update.</summary>
    /// <param name="microBatches">Number of micro-batches that will be added.</param>
    public void Begin(int microBatches) => _update = new DeviceTable<T>(engine, microBatches, columns);

    /// <summary>Adds a micro-batch.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="grids">One grid of its mask's shape for each column.</param>
    public void Add(TokenBatch batch, ReadOnlySpan<T> grids)
    {
        var sums = new T[grids.Length];
        for (int column = 0; column < sums.Length; column++)
        {
            sums[column] = T.SumOverBatch(T.SumOverTime(grids[column], batch.Mask));
        }

        Update.PutRow(batch.Pass, sums);
    }

    /// <summary>Ends an update: reads the sums over its micro-batches.</summary>
    /// <param name="tokens">Number of actions of the update.</param>
    /// <returns>The sum of each column over the update.</returns>
    public double[] End(int tokens)
    {
        double[] sums = Update.Sums();
        Dispose();
        _tokens += tokens;
        for (int column = 0; column < columns; column++)
        {
            _totals[column] += sums[column];
        }

        return sums;
    }

    /// <summary>The sum of a column over all updates.</summary>
    /// <param name="column">The column.</param>
    public double Total(int column) => _totals[column];

    /// <summary>The mean of a column over the actions of all updates; 0 if there are none.</summary>
    /// <param name="column">The column.</param>
    public double Mean(int column) => _totals[column] / Math.Max(1, _tokens);

    /// <summary>Discards an unfinished update.</summary>
    public void Dispose()
    {
        _update?.Dispose();
        _update = null;
    }
}
