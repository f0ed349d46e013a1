using FsCheck;
using FsCheck.Fluent;
using RlCore.Algebra;
using RlCore.Facade.Tests;

[assembly: Properties(Arbitrary = [typeof(Batches)], MaxTest = 300, QuietOnSuccess = true)]

namespace RlCore.Facade.Tests;

/// <summary>A ragged batch drawn from a seed; what lies outside the mask is NaN.</summary>
public sealed class Batch
{
    public Batch(int seed, int rows, int columns)
    {
        var random = new Random(seed);
        (Seed, Rows, Columns) = (seed, rows, columns);
        bool[] flags = [.. Enumerable.Range(0, Rows * Columns).Select(_ => random.NextDouble() < 0.8)];
        Mask = seed % 3 == 0 ? SequenceMask.Full(Rows, Columns) : SequenceMask.FromFlags(Rows, Columns, flags);
        // Every number is a float, so that both precisions compute from the same.
        LogProbs = Tokens(() => -6 * random.NextDouble());
        OldLogProbs = [.. LogProbs.Select(l => (double)(float)(l + OrTie(() => (1.2 * random.NextDouble()) - 0.6)))];
        RefLogProbs = [.. LogProbs.Select(l => (double)(float)(l + OrTie(() => (1.2 * random.NextDouble()) - 0.6)))];
        Advantages = Tokens(() => OrTie(() => (4 * random.NextDouble()) - 2));
        RowAdvantages = [.. Enumerable.Range(0, Rows).Select(_ => (double)(float)OrTie(() => (4 * random.NextDouble()) - 2))];

        // One in eight is no difference at all: a ratio of 1, an advantage of 0.
        double OrTie(Func<double> draw) => random.Next(8) == 0 ? 0 : draw();
    }

    public int Seed { get; }

    public int Rows { get; }

    public int Columns { get; }

    public SequenceMask Mask { get; }

    public double[] LogProbs { get; }

    public double[] OldLogProbs { get; }

    public double[] RefLogProbs { get; }

    public double[] Advantages { get; }

    public double[] RowAdvantages { get; }

    public override string ToString() => $"batch of seed {Seed}, {Rows} × {Columns}";

    public static float[] Narrow(double[] numbers) => [.. numbers.Select(number => (float)number)];

    /// <summary>Value and gradient of a loss of the whole grid by the reference carrier, one forward pass an input.</summary>
    public (double Loss, double[] Gradient) Reference(Func<Grid<Dual<Real>>, Grid<Dual<Real>>> loss)
    {
        var gradient = new double[LogProbs.Length];
        double value = loss(Seeded(-1))[0, 0].Value;
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = loss(Seeded(i))[0, 0].Tangent;
        }

        return (value, gradient);
    }

    public Grid<Dual<Real>> Data(double[] numbers) =>
        Grid<Dual<Real>>.Of(Rows, numbers.Length / Rows, [.. numbers.Select(number => Dual<Real>.Constant((Real)number))]);

    private Grid<Dual<Real>> Seeded(int variable) => Grid<Dual<Real>>.Of(
        Rows, Columns, [.. LogProbs.Select((l, i) => i == variable ? Dual<Real>.Variable(l) : Dual<Real>.Constant((Real)l))]);

    private double[] Tokens(Func<double> draw) => [.. Mask.Flags.ToArray().Select(flag => flag ? (float)draw() : double.NaN)];
}

/// <summary>Batches of every seed, up to 4 rows × 39 columns. They shrink to fewer rows and columns of the same seed.</summary>
public static class Batches
{
    public static Arbitrary<Batch> Batch() => Arb.From(
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from rows in Gen.Choose(1, 4)
        from columns in Gen.Choose(1, 39)
        select new Batch(seed, rows, columns),
        Smaller);

    private static IEnumerable<Batch> Smaller(Batch batch) =>
    [
        .. Below(batch.Rows).Select(rows => new Batch(batch.Seed, rows, batch.Columns)),
        .. Below(batch.Columns).Select(columns => new Batch(batch.Seed, batch.Rows, columns)),
    ];

    private static IEnumerable<int> Below(int size) => new[] { 1, size / 2, size - 1 }.Where(s => s >= 1 && s < size).Distinct();
}
