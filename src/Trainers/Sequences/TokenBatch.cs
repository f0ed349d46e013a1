using RlCore.Algebra;

namespace RlCore.Trainers.Sequences;

/// <summary>
/// Sequences laid out for a forward pass: right-padded; the inputs are all tokens except the last, and column t scores token t + 1.
/// The action mask covers the completion's tokens (the end of sequence included) and never the prompt, interludes or padding; it is
/// made from lengths.
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

    /// <summary>Padded width: the longest sequence minus one.</summary>
    public int Columns { get; }

    /// <summary>Number of the pass within the step, from 0.</summary>
    internal int Pass { get; init; }

    /// <summary>Which columns score an action.</summary>
    public SequenceMask Mask { get; }

    /// <summary>Input tokens, row-major; padding is token 0 and never read by a real token.</summary>
    public ReadOnlySpan<int> Inputs => _inputs;

    /// <summary>Token that each column scores; −1 outside of the action mask.</summary>
    public ReadOnlySpan<int> Targets => _targets;

    /// <summary>Number of input tokens of each row.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <summary>Lays out sequences.</summary>
    /// <param name="sequences">At least one; each of two tokens or more.</param>
    /// <exception cref="ArgumentException">There is no sequence, or one is too short to score anything.</exception>
    public static TokenBatch Create(IReadOnlyList<TokenSequence> sequences) => Create(sequences, pass: 0);

    /// <summary>The same for a pass of a step.</summary>
    /// <param name="sequences">At least one; each of two tokens or more.</param>
    /// <param name="pass">Number of the pass within the step, from 0.</param>
    internal static TokenBatch Create(IReadOnlyList<TokenSequence> sequences, int pass)
    {
        ArgumentNullException.ThrowIfNull(sequences);
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
                throw new ArgumentException(
                    $"Sequence {row} has {sequence.PromptLength} prompt tokens of {sequence.Tokens.Length}; at least 1 of 2 is needed.",
                    nameof(sequences));
            }

            lengths[row] = sequence.Tokens.Length - 1;
            starts[row] = sequence.PromptLength - 1;
            actions[row] = sequence.CompletionLength;
            sequence.Tokens.AsSpan(..^1).CopyTo(inputs.AsSpan(row * columns));
            sequence.Completion.CopyTo(targets.AsSpan((row * columns) + starts[row]));
        }

        SequenceMask mask = SequenceMask.FromRanges(columns, starts, actions);
        return new TokenBatch(rows, columns, inputs, targets, lengths, WithoutInterludes(sequences, mask, targets)) { Pass = pass };
    }

    /// <summary>
    /// The action masks of sequences as one grid, from which an optimizer step computes its weights, whatever the micro-batches.
    /// </summary>
    /// <param name="sequences">All sequences of the step.</param>
    public static SequenceMask StepMask(IReadOnlyList<TokenSequence> sequences)
    {
        var lengths = sequences.Select(s => s.ActionCount).ToArray();
        return SequenceMask.FromRanges(lengths.DefaultIfEmpty(0).Max(), new int[lengths.Length], lengths);
    }

    /// <summary>Copies rows of a step's grid of actions (column 0 is a row's first action) to this batch's action columns.</summary>
    /// <param name="grid">One value per element of the step's mask, row-major.</param>
    /// <param name="step">The step's mask: see <see cref="StepMask"/>.</param>
    /// <param name="rows">For each row of this batch, its row of the step.</param>
    /// <returns>[rows, columns] of this batch, row-major; 0 outside of the action mask.</returns>
    /// <exception cref="ArgumentException">A row of the step differs from the batch's row in its number of actions.</exception>
    public float[] Spread(ReadOnlySpan<float> grid, SequenceMask step, ReadOnlySpan<int> rows)
    {
        var spread = new float[Rows * Columns];
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<float> actions = grid.Slice(rows[row] * step.Columns, Actions(row, step, rows[row]));
            foreach (TokenRange run in Runs(row))
            {
                actions[..run.Length].CopyTo(spread.AsSpan((row * Columns) + run.Start));
                actions = actions[run.Length..];
            }
        }

        return spread;
    }

    /// <summary>Copies this batch's action columns to consecutive rows of a step's grid: the inverse of <see cref="Spread"/>.</summary>
    /// <param name="values">[rows, columns] of this batch, row-major.</param>
    /// <param name="grid">One value per element of the step's mask, row-major.</param>
    /// <param name="step">The step's mask.</param>
    /// <param name="firstRow">The row of the step that this batch begins with.</param>
    /// <exception cref="ArgumentException">A row of the step differs from the batch's row in its number of actions.</exception>
    public void Collect(ReadOnlySpan<float> values, Span<float> grid, SequenceMask step, int firstRow)
    {
        for (int row = 0; row < Rows; row++)
        {
            Span<float> actions = grid.Slice((firstRow + row) * step.Columns, Actions(row, step, firstRow + row));
            foreach (TokenRange run in Runs(row))
            {
                values.Slice((row * Columns) + run.Start, run.Length).CopyTo(actions);
                actions = actions[run.Length..];
            }
        }
    }

    /// <summary>The action mask with whole rows left out.</summary>
    /// <param name="keeps">Whether each row keeps its actions.</param>
    public SequenceMask MaskOf(ReadOnlySpan<bool> keeps)
    {
        if (!keeps.Contains(false))
        {
            return Mask;
        }

        bool[] flags = Mask.Flags.ToArray();
        for (int row = 0; row < Rows; row++)
        {
            if (!keeps[row])
            {
                flags.AsSpan(row * Columns, Columns).Clear();
            }
        }

        return SequenceMask.FromFlags(Rows, Columns, flags);
    }

    // Column t scores token t + 1.
    private static SequenceMask WithoutInterludes(IReadOnlyList<TokenSequence> sequences, SequenceMask mask, int[] targets)
    {
        if (sequences.All(sequence => sequence.Interludes.Count == 0))
        {
            return mask;
        }

        bool[] flags = mask.Flags.ToArray();
        for (int row = 0; row < mask.Rows; row++)
        {
            foreach (TokenRange range in sequences[row].Interludes)
            {
                int start = (row * mask.Columns) + range.Start - 1;
                flags.AsSpan(start, range.Length).Clear();
                targets.AsSpan(start, range.Length).Fill(-1);
            }
        }

        return SequenceMask.FromFlags(mask.Rows, mask.Columns, flags);
    }

    // Actions next to each other, as columns of a row.
    private List<TokenRange> Runs(int row)
    {
        var runs = new List<TokenRange>(1);
        ReadOnlySpan<bool> flags = Mask.Flags.Slice(row * Columns, Columns);
        for (int start = flags.IndexOf(true); start >= 0;)
        {
            int length = flags[start..].IndexOf(false);
            int end = length < 0 ? Columns : start + length;
            runs.Add(new TokenRange(start, end));
            int next = flags[end..].IndexOf(true);
            start = next < 0 ? -1 : end + next;
        }

        return runs;
    }

    private int Actions(int row, SequenceMask step, int stepRow) => step.CountInRow(stepRow) == Mask.CountInRow(row)
        ? Mask.CountInRow(row)
        : throw new ArgumentException(
            $"Row {row} of the batch has {Mask.CountInRow(row)} actions, but row {stepRow} of the step has {step.CountInRow(stepRow)}.",
                    nameof(step));
}
