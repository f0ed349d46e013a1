using RlCore.Algebra;
using RlCore.Engines;

namespace RlCore.Studies.Verification;

/// <summary>Reductions under masks whose padding is NaN, and aggregation under splits.</summary>
internal sealed class ReductionLaws<T>(Workbench<T> bench)
    where T : struct, ITensor<T>
{
    private const double Tolerance = 8;
    private const int Columns = 37;

    private static readonly Aggregation[] Aggregations =
    [
        new Aggregation.TokenMean(),
        new Aggregation.SequenceMean(),
        new Aggregation.SequenceMean(CountEmpty: false, 1e-8),
        new Aggregation.ConstantLength(50),
        new Aggregation.SequenceSum(),
    ];

    public IEnumerable<Func<LawResult>> All => [SumsOverTime, SumsOverBatch, SelectionByMask, Repeats, AggregationUnderSplits];

    private int Rows => Math.Max(4, bench.Cases / Columns);

    private LawResult SumsOverTime()
    {
        SequenceMask mask = Mask();
        double[] x = Poisoned(mask);
        (double[] sums, double[][] gradients) = bench.Run([(Rows, Columns, x)], at => T.SumOverTime(at[0] * at[0], mask));
        var error = new UlpError();
        for (int row = 0; row < Rows; row++)
        {
            double[] squares = [.. Row(mask, row).Select(i => x[i] * x[i])];
            error.Compare(squares.Sum(), sums[row], squares.Sum());
        }

        for (int i = 0; i < x.Length; i++)
        {
            error.Compare(mask.Flags[i] ? 2 * x[i] : 0, gradients[0][i], Math.Abs(x[i]));
        }

        return error.Result("sums over time, padding NaN", Tolerance);
    }

    private LawResult SumsOverBatch()
    {
        double[] x = bench.Uniform(Rows * Columns, -2, 2);
        double[] weights = bench.Uniform(Columns, -2, 2);
        (double[] sums, double[][] gradients) = bench.Run([(Rows, Columns, x)], at => T.SumOverBatch(at[0]), weights);
        var error = new UlpError();
        for (int column = 0; column < Columns; column++)
        {
            double[] values = [.. Enumerable.Range(0, Rows).Select(row => x[(row * Columns) + column])];
            error.Compare(values.Sum(), sums[column], values.Sum(Math.Abs));
        }

        for (int i = 0; i < x.Length; i++)
        {
            error.Compare(weights[i % Columns], gradients[0][i], Math.Abs(weights[i % Columns]));
        }

        return error.Result("sums over the batch", Tolerance);
    }

    private LawResult SelectionByMask()
    {
        SequenceMask mask = Mask();
        double[] x = Poisoned(mask);
        double[] otherwise = bench.Uniform(x.Length, -2, 2);
        (double[] values, double[][] gradients) = bench.Run(
            [(Rows, Columns, x), (Rows, Columns, otherwise)], at => T.Where(mask, at[0], at[1]));
        var error = new UlpError();
        for (int i = 0; i < x.Length; i++)
        {
            bool set = mask.Flags[i];
            error.Compare(set ? x[i] : otherwise[i], values[i], 1);
            error.Compare(set ? 1 : 0, gradients[0][i], 1);
            error.Compare(set ? 0 : 1, gradients[1][i], 1);
        }

        return error.Result("selection by mask, padding NaN", 0);
    }

    private LawResult Repeats()
    {
        double[] column = bench.Uniform(Rows, -2, 2);
        double[] row = bench.Uniform(Columns, -2, 2);
        double[] weights = bench.Uniform(Rows * Columns, -2, 2);
        (double[] overTime, double[][] columnGradient) = bench.Run([(Rows, 1, column)], at => T.ExpandOverTime(at[0], Columns), weights);
        (double[] overBatch, double[][] rowGradient) = bench.Run([(1, Columns, row)], at => T.ExpandOverBatch(at[0], Rows), weights);
        var error = new UlpError();
        for (int i = 0; i < weights.Length; i++)
        {
            error.Compare(column[i / Columns], overTime[i], 1);
            error.Compare(row[i % Columns], overBatch[i], 1);
        }

        CompareSums(
            error,
            [.. Enumerable.Range(0, Rows)],
            i => Enumerable.Range(0, Columns).Select(j => weights[(i * Columns) + j]),
            columnGradient[0]);
        CompareSums(
            error,
            [.. Enumerable.Range(0, Columns)],
            j => Enumerable.Range(0, Rows).Select(i => weights[(i * Columns) + j]),
            rowGradient[0]);
        return error.Result("repeats over time and batch", Tolerance);
    }

    // The parts of a step, each with the weights of the whole step, add up to the step, value and gradient.
    private LawResult AggregationUnderSplits()
    {
        var error = new UlpError();
        foreach (Aggregation aggregation in Aggregations)
        {
            SequenceMask mask = Mask();
            double[] x = Poisoned(mask);
            double[] weights = aggregation.RowWeights(mask);
            double[] terms = [.. Enumerable.Range(0, x.Length).Select(i => mask.Flags[i] ? weights[i / Columns] * Math.Exp(x[i]) : 0)];
            double total = 0;
            for (int first = 0; first < Rows;)
            {
                int count = Math.Min(bench.Random.Next(1, Rows), Rows - first);
                SequenceMask part = mask.SliceRows(first, count);
                double[] rowWeights = weights[first..(first + count)];
                (double[] values, double[][] gradients) = bench.Run(
                    [(count, Columns, x[(first * Columns)..((first + count) * Columns)])],
                    at => TokenLosses.Aggregate(T.Exp(T.Where(part, at[0], T.Constant(at[0], 0))), part, rowWeights));
                total += values[0];
                for (int i = 0; i < gradients[0].Length; i++)
                {
                    double expected = terms[(first * Columns) + i];
                    error.Compare(expected, gradients[0][i], expected);
                }

                first += count;
            }

            error.Compare(terms.Sum(), total, terms.Sum());
        }

        return error.Result("aggregations under splits, padding NaN", Tolerance);
    }

    private static void CompareSums(UlpError error, int[] indices, Func<int, IEnumerable<double>> parts, double[] actual)
    {
        foreach (int index in indices)
        {
            error.Compare(parts(index).Sum(), actual[index], parts(index).Sum(Math.Abs));
        }
    }

    private static IEnumerable<int> Row(SequenceMask mask, int row) =>
        Enumerable.Range(row * Columns, Columns).Where(i => mask.Flags[i]);

    // Holes, and a row that is masked out altogether.
    private SequenceMask Mask() =>
        SequenceMask.FromFlags(
            Rows, Columns, [.. Enumerable.Range(0, Rows * Columns).Select(i => i >= Columns && bench.Random.Next(3) > 0)]);

    private double[] Poisoned(SequenceMask mask)
    {
        double[] x = bench.Uniform(Rows * Columns, -2, 2);
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = mask.Flags[i] ? x[i] : i % 2 == 0 ? double.NaN : double.NegativeInfinity;
        }

        return x;
    }
}
