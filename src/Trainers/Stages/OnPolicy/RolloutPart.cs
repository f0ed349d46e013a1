using RlCore.Engines;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>The completions of a rollout that one update uses: rows of its grids, which are not copied.</summary>
/// <param name="Rollout">The rollout.</param>
/// <param name="Rows">Indices of its completions.</param>
internal sealed record RolloutPart(Rollout Rollout, int[] Rows)
{
    /// <summary>The sequences of the part.</summary>
    public IReadOnlyList<TokenSequence> Sequences { get; } = [.. Rows.Select(row => Rollout.Sequences[row])];

    /// <summary>Number of actions in the part.</summary>
    public int Tokens => Sequences.Sum(sequence => sequence.CompletionLength);

    /// <summary>Advantage of each action of the rollout, in the engine's number format.</summary>
    public float[] Advantages { get; } = Narrow(Rollout.Advantages);

    /// <summary>Target of each value of the rollout, in the engine's number format; empty without a value model.</summary>
    public float[] Returns { get; } = Narrow(Rollout.Returns);

    /// <summary>Whether each completion of the part counts in the policy's loss.</summary>
    /// <param name="maskTruncated">Whether truncated ones do not.</param>
    public bool[] Keeps(bool maskTruncated) => [.. Rows.Select(row => !maskTruncated || Rollout.Samples[row].Ended)];

    /// <summary>A grid of the rollout, laid out on the columns of a micro-batch, as a constant of the engine.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="grid">One value per element of the rollout's mask.</param>
    /// <param name="first">The part's completion that the micro-batch begins with.</param>
    /// <param name="batch">The micro-batch.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public T On<T>(IEngine<T> engine, float[] grid, int first, TokenBatch batch)
        where T : struct, ITensor<T> =>
        engine.Constant(batch.Rows, batch.Columns, batch.Spread(grid, Rollout.Mask, Rows.AsSpan(first, batch.Rows)));

    /// <summary>A number at the tokens of first attempts, and 0 elsewhere, on the columns of a micro-batch.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="value">The number.</param>
    /// <param name="first">The part's completion that the micro-batch begins with.</param>
    /// <param name="batch">The micro-batch.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public T OnFirstAttempts<T>(IEngine<T> engine, double value, int first, TokenBatch batch)
        where T : struct, ITensor<T>
    {
        var grid = new float[batch.Rows * batch.Columns];
        for (int row = 0; row < batch.Rows; row++)
        {
            if (Rollout.IsFirstAttempt(Rows[first + row]))
            {
                grid.AsSpan(row * batch.Columns, batch.Columns).Fill((float)value);
            }
        }

        return engine.Constant(batch.Rows, batch.Columns, grid);
    }

    private static float[] Narrow(double[] grid) => [.. grid.Select(value => (float)value)];
}
