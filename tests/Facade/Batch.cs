using RlCore.Algebra;

namespace RlCore.Facade.Tests;

/// <summary>A ragged batch drawn from a seed; what lies outside the mask is NaN.</summary>
internal sealed class Batch
{
    public Batch(int seed)
    {
        var random = new Random(seed);
        (Rows, Columns) = (random.Next(1, 5), random.Next(1, 40));
        bool[] flags = [.. Enumerable.Range(0, Rows * Columns).Select(_ => random.NextDouble() < 0.8)];
        Mask = seed % 3 == 0 ? SequenceMask.Full(Rows, Columns) : SequenceMask.FromFlags(Rows, Columns, flags);
        // Every number is a float, so that both precisions compute from the same.
        LogProbs = Tokens(() => -6 * random.NextDouble());
        OldLogProbs = [.. LogProbs.Select(l => (double)(float)(l + (1.2 * random.NextDouble()) - 0.6))];
        RefLogProbs = [.. LogProbs.Select(l => (double)(float)(l + (1.2 * random.NextDouble()) - 0.6))];
        Advantages = Tokens(() => (4 * random.NextDouble()) - 2);
        RowAdvantages = [.. Enumerable.Range(0, Rows).Select(_ => (double)(float)((4 * random.NextDouble()) - 2))];
    }

    public int Rows { get; }

    public int Columns { get; }

    public SequenceMask Mask { get; }

    public double[] LogProbs { get; }

    public double[] OldLogProbs { get; }

    public double[] RefLogProbs { get; }

    public double[] Advantages { get; }

    public double[] RowAdvantages { get; }

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
