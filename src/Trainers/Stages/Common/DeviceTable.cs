using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Measurements of an update, collected on the device: each micro-batch writes its rows, and the host reads the table once, after
/// the update.
/// </summary>
/// <param name="engine">The engine that owns it.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class DeviceTable<T>(IEngine<T> engine, int rows, int columns) : IDisposable
    where T : struct, ITensor<T>
{
    private readonly T _table = engine.Parameter(rows, columns, new float[rows * columns]);

    /// <summary>Writes rows that have not been written before.</summary>
    /// <param name="firstRow">The first of them.</param>
    /// <param name="values">As wide as the table.</param>
    public void Put(int firstRow, T values) => engine.AddRows(_table, firstRow, values);

    /// <summary>Writes one row that has not been written before.</summary>
    /// <param name="row">The row.</param>
    /// <param name="values">[1, 1] each, one for each column.</param>
    public void PutRow(int row, ReadOnlySpan<T> values)
    {
        using var noGradient = engine.NoGradient();
        T line = T.ExpandOverTime(values[0], columns);
        for (int column = 1; column < columns; column++)
        {
            line = T.Where(SequenceMask.FromRanges(columns, [column], [columns - column]), T.ExpandOverTime(values[column], columns), line);
        }

        Put(row, line);
    }

    /// <summary>The whole table, row-major, with the rows that other processes have written.</summary>
    public float[] Read()
    {
        float[] values = engine.Read(_table);
        engine.Parallel.Unite(values);
        return values;
    }

    /// <summary>The sum of each column.</summary>
    public double[] Sums()
    {
        float[] values = Read();
        var sums = new double[columns];
        for (int i = 0; i < values.Length; i++)
        {
            sums[i % columns] += values[i];
        }

        return sums;
    }

    /// <inheritdoc/>
    public void Dispose() => engine.Release(_table);
}
