using RlCore.Algebra;

namespace RlCore.Trainers.Sequences;

/// <summary>
/// Sequences laid out for a forward pass: right-padded, inputs are all tokens but the last, and column t scores token t + 1.
/// The action mask covers the completion's tokens (the end of sequence included) and never the prompt or padding; it is made
/// from lengths.
/// </summary>
public sealed class TokenBatch
{
    private readonly int[] _inputs;
    private readonly int[] _targets;
    private readonly int[] _lengths;

    private TokenBatch(int rows, int columns, int[] inputs, int[] targets, int[] lengths, SequenceMask mask)
    {
        Rows = rows;
        Columns = columns;
        _inputs = inputs;
        _targets = targets;
        _lengths = lengths;
        Mask = mask;
    }

    /// <summary>Sequences.</summary>
    public int Rows { get; }

    /// <summary>Padded width: the longest sequence less one.</summary>
    public int Columns { get; }

    /// <summary>Which columns score an action.</summary>
    public SequenceMask Mask { get; }

    /// <summary>Input tokens, row-major; padding is token 0 and never read by a real token.</summary>
    public ReadOnlySpan<int> Inputs => _inputs;

    /// <summary>Token that each column scores; −1 outside of the action mask.</summary>
    public ReadOnlySpan<int> Targets => _targets;

    /// <summary>Input tokens of each row.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <summary>Lays out sequences.</summary>
    /// <param name="sequences">At least one; each of two tokens or more.</param>
    /// <exception cref="ArgumentException">There is no sequence, or one is too short to score anything.</exception>
    public static TokenBatch Create(IReadOnlyList<TokenSequence> sequences)
    {
        if (sequences.Count == 0)
        {
            throw new ArgumentException("A batch needs at least one sequence.", nameof(sequences));
        }

        int rows = sequences.Count;
        int columns = sequences.Max(s => s.Tokens.Length) - 1;
        var inputs = new int[rows * columns];
        var targets = new int[rows * columns];
        var lengths = new int[rows];
        var starts = new int[rows];
        var actions = new int[rows];
        Array.Fill(targets, -1);
        for (int row = 0; row < rows; row++)
        {
            var sequence = sequences[row];
            if (sequence.PromptLength < 1 || sequence.Tokens.Length < 2)
            {
                throw new ArgumentException($"Sequence {row} has {sequence.PromptLength} prompt tokens of {sequence.Tokens.Length}; at least 1 of 2 is needed.", nameof(sequences));
            }

            lengths[row] = sequence.Tokens.Length - 1;
            starts[row] = sequence.PromptLength - 1;
            actions[row] = sequence.CompletionLength;
            sequence.Tokens.AsSpan(..^1).CopyTo(inputs.AsSpan(row * columns));
            sequence.Completion.CopyTo(targets.AsSpan((row * columns) + starts[row]));
        }

        return new TokenBatch(rows, columns, inputs, targets, lengths, SequenceMask.FromRanges(columns, starts, actions));
    }

    /// <summary>
    /// The action masks of sequences as one grid: what an optimizer step counts its weights from, whatever the micro-batches.
    /// </summary>
    /// <param name="sequences">All sequences of the step.</param>
    public static SequenceMask StepMask(IReadOnlyList<TokenSequence> sequences)
    {
        var lengths = sequences.Select(s => s.CompletionLength).ToArray();
        return SequenceMask.FromRanges(lengths.DefaultIfEmpty(0).Max(), new int[lengths.Length], lengths);
    }

    /// <summary>Lays per-action values of each sequence out on the action columns; 0 elsewhere.</summary>
    /// <param name="perAction">For each row, one value an action token.</param>
    public float[] SpreadActions(IReadOnlyList<float[]> perAction)
    {
        var grid = new float[Rows * Columns];
        for (int row = 0; row < Rows; row++)
        {
            int start = _lengths[row] - perAction[row].Length;
            perAction[row].CopyTo(grid.AsSpan((row * Columns) + start));
        }

        return grid;
    }

    /// <summary>Takes the action columns out of a [rows, columns] grid: the inverse of <see cref="SpreadActions"/>.</summary>
    /// <param name="grid">rows · columns values.</param>
    /// <param name="row">The row.</param>
    public float[] TakeActions(ReadOnlySpan<float> grid, int row)
    {
        int actions = Mask.CountInRow(row);
        return grid.Slice((row * Columns) + _lengths[row] - actions, actions).ToArray();
    }

    /// <summary>The action columns of every row.</summary>
    /// <param name="grid">rows · columns values.</param>
    public float[][] TakeActions(float[] grid) => [.. Enumerable.Range(0, Rows).Select(row => TakeActions(grid, row))];
}
