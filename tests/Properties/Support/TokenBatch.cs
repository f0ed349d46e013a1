using System.Globalization;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>A ragged batch of tokens with everything that a policy loss reads. What lies outside the mask is NaN.</summary>
public sealed class TokenBatch
{
    public TokenBatch(
        int rows, int columns, double[] logProbs, double[] oldLogProbs, double[] refLogProbs, double[] advantages, bool[] flags)
    {
        Mask = SequenceMask.FromFlags(rows, columns, flags);
        LogProbs = Poison(logProbs);
        OldLogProbs = Poison(oldLogProbs);
        RefLogProbs = Poison(refLogProbs);
        Advantages = Poison(advantages);
    }

    public SequenceMask Mask { get; }

    public double[] LogProbs { get; }

    public double[] OldLogProbs { get; }

    public double[] RefLogProbs { get; }

    public double[] Advantages { get; }

    public int Rows => Mask.Rows;

    public int Columns => Mask.Columns;

    public TokenBatch SelectRows(params int[] rows) => new(
        rows.Length,
        Columns,
        Rearrange(LogProbs, rows),
        Rearrange(OldLogProbs, rows),
        Rearrange(RefLogProbs, rows),
        Rearrange(Advantages, rows),
        Rearrange(Mask.Flags.ToArray(), rows));

    /// <summary>The same tokens with a column of padding on the right.</summary>
    public TokenBatch Widen() => new(
        Rows,
        Columns + 1,
        Widen(LogProbs, double.NaN),
        Widen(OldLogProbs, double.NaN),
        Widen(RefLogProbs, double.NaN),
        Widen(Advantages, double.NaN),
        Widen(Mask.Flags.ToArray(), false));

    public TV[] Rearrange<TV>(TV[] values, int[] rows) => [.. rows.SelectMany(row => values.Skip(row * Columns).Take(Columns))];

    /// <summary>C# that makes this batch again.</summary>
    public override string ToString() =>
        $"new TokenBatch({Rows}, {Columns}, {Text(LogProbs)}, {Text(OldLogProbs)}, {Text(RefLogProbs)}, {Text(Advantages)}, "
            + $"[{string.Join(", ", Mask.Flags.ToArray().Select(flag => flag ? "true" : "false"))}])";

    private static string Text(double[] values) =>
        $"[{string.Join(", ", values.Select(v => double.IsNaN(v) ? "double.NaN" : v.ToString("R", CultureInfo.InvariantCulture)))}]";

    private double[] Poison(double[] values) => [.. values.Select((v, i) => Mask.Flags[i] ? v : double.NaN)];

    private TV[] Widen<TV>(TV[] values, TV padding) =>
        [.. Enumerable.Range(0, Rows).SelectMany(row => values.Skip(row * Columns).Take(Columns).Append(padding))];
}
