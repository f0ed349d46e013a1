using RlCore.Algebra;

namespace RlCore.Trainers.Stages;

/// <summary>Per-action arrays of completions as one grid: a row a completion, its actions from column 0.</summary>
internal static class ActionGrid
{
    /// <summary>Lays arrays out; 0 beyond a row's actions.</summary>
    /// <param name="perAction">For each row, one value an action.</param>
    /// <param name="mask">Action mask of the step.</param>
    public static double[] Lay(float[][] perAction, SequenceMask mask)
    {
        var grid = new double[mask.Flags.Length];
        for (int row = 0; row < perAction.Length; row++)
        {
            for (int i = 0; i < perAction[row].Length; i++)
            {
                grid[(row * mask.Columns) + i] = perAction[row][i];
            }
        }

        return grid;
    }

    /// <summary>Cuts a grid into the actions of each row.</summary>
    /// <param name="grid">Row-major of the mask's shape.</param>
    /// <param name="mask">Action mask of the step.</param>
    public static float[][] Cut(double[] grid, SequenceMask mask)
    {
        var rows = new float[mask.Rows][];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = [.. grid.AsSpan(row * mask.Columns, mask.CountInRow(row)).ToArray().Select(value => (float)value)];
        }

        return rows;
    }
}
