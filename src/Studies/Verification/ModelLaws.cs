using RlCore.Engines;

namespace RlCore.Studies.Verification;

/// <summary>The operations of a decoder against their formulas: values, and gradients against central differences.</summary>
internal sealed class ModelLaws<T>(Workbench<T> bench)
    where T : struct, ITensor<T>
{
    private const double Tolerance = 16;
    private const double Step = 1e-5;
    private const int Repeats = 4;

    // A norm of a few nearly equal numbers divides by almost nothing.
    private const int LeastNormWidth = 8;

    public IEnumerable<Func<LawResult>> All =>
    [
        () => Law("linear", Tolerance, () =>
        {
            (int rows, int inputs, int outputs) = (Size(7), Size(40), Size(20));
            return new([Random(rows, inputs), Random(outputs, inputs), Random(1, outputs)], at => T.Linear(at[0], at[1], at[2]), at =>
            {
                double[] product = ReferenceModel.Linear(at[0], at[1], inputs);
                return [.. product.Select((value, i) => value + at[2][i % outputs])];
            });
        }),
        () => Law("layer norm", Tolerance, () =>
        {
            (int rows, int width) = (Size(6), LeastNormWidth + Size(40));
            return new(
                [Random(rows, width), Random(1, width), Random(1, width)],
                at => T.LayerNorm(at[0], at[1], at[2], 1e-5),
                at => ReferenceModel.LayerNorm(at[0], at[1], at[2], 1e-5));
        }),
        () => Law("RMS norm", Tolerance, () =>
        {
            (int rows, int width) = (Size(6), LeastNormWidth + Size(40));
            return new(
                [Random(rows, width), Random(1, width)],
                at => T.RmsNorm(at[0], at[1], 1e-5),
                at => ReferenceModel.RmsNorm(at[0], at[1], 1e-5));
        }),
        () => Law("head norms", Tolerance, () =>
        {
            HeadLayout heads = Heads() with { Size = LeastNormWidth + Size(24) };
            return new(
                [Random(Size(6), heads.PackedWidth), Random(1, heads.Size), Random(1, heads.Size)],
                at => T.NormHeads(at[0], heads, at[1], at[2], 1e-5),
                at => ReferenceModel.NormHeads(at[0], heads, at[1], at[2], 1e-5));
        }),
        () => Law("low-rank change", Tolerance, () =>
        {
            (int rows, int inputs, int outputs, int rank) = (Size(7), Size(40), Size(20), Size(6));
            (int first, double scale) = (bench.Random.Next(9), 0.5 + bench.Random.NextDouble());
            int columns = first + outputs + bench.Random.Next(9);
            return new(
                [Random(rows, columns), Random(rows, inputs), Random(rank, inputs), Random(outputs, rank)],
                at => T.LowRank(at[0], at[1], at[2], at[3], first, scale),
                at => ReferenceModel.LowRank(at[0], at[1], at[2], at[3], (inputs, rank, columns, first), scale));
        }),
        () => Law("GELU", 64, () => new([Random(Size(6), Size(40), 6)], at => T.Gelu(at[0]), at => ReferenceModel.Gelu(at[0]))),
        () => Law("gated SiLU", Tolerance, () =>
        {
            int columns = 2 * Size(20);
            return new([Random(Size(6), columns, 6)], at => T.GatedSilu(at[0]), at => ReferenceModel.GatedSilu(at[0], columns));
        }),
        () => Law("rotary positions", Tolerance, () =>
        {
            (HeadLayout heads, int rows) = (Heads(), Size(6));
            int[] positions = [.. Enumerable.Range(0, rows).Select(_ => bench.Random.Next(200))];
            double scale = 0.5 + bench.Random.NextDouble();
            return new(
                [Random(rows, heads.PackedWidth)],
                at => T.Rotary(at[0], heads, positions, new(RotaryFrequencies.Of(heads.Size, 10_000).PerPosition, scale)),
                at => ReferenceModel.Rotary(at[0], heads, positions, 10_000, scale));
        }),
        () => Law("causal attention", Tolerance, () =>
        {
            (HeadLayout heads, int time) = (Heads(), Size(7));
            int[] lengths = [.. Enumerable.Range(0, Size(3)).Select(_ => bench.Random.Next(time + 1))];
            return new(
                [Random(lengths.Length * time, heads.PackedWidth)],
                at => T.CausalAttention(at[0], heads, lengths, time),
                at => ReferenceModel.CausalAttention(at[0], heads, lengths, time));
        }),
        () => Law("rows by index", 4, () =>
        {
            (int rows, int width) = (Size(9), Size(9));
            int[] ids = [.. Enumerable.Range(0, Size(20)).Select(_ => bench.Random.Next(rows))];
            return new(
                [Random(rows, width)],
                at => T.GatherRows(at[0], ids),
                at => [.. ids.SelectMany(id => at[0][(id * width)..((id + 1) * width)])]);
        }),
        () => Law("selected log-probs", 32, () => Scored(result => result.LogProbs, result => result.LogProbs)),
        () => Law("entropy", 32, () => Scored(result => result.Entropy, result => result.Entropies)),
    ];

    private LawResult Law(string name, double tolerance, Func<Problem> draw)
    {
        var error = new UlpError();
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            Problem problem = draw();
            double[][] inputs = [.. problem.Inputs.Select(input => input.Values)];
            double[] expected = problem.Reference(inputs);
            double[] weights = bench.Uniform(expected.Length, -2, 2);
            (double[] values, double[][] gradients) = bench.Run(problem.Inputs, problem.Operation, weights);
            error.CompareAll(expected, values);
            for (int k = 0; k < inputs.Length; k++)
            {
                error.CompareAll(Slope(problem.Reference, inputs, k, weights), gradients[k]);
            }
        }

        return error.Result(name, tolerance);
    }

    private static double[] Slope(Func<double[][], double[]> reference, double[][] inputs, int index, double[] weights)
    {
        double[][] shifted = [.. inputs.Select(input => (double[])[.. input])];
        double At(int element, double step)
        {
            shifted[index][element] = inputs[index][element] + step;
            return reference(shifted).Zip(weights, (x, y) => x * y).Sum();
        }

        var slope = new double[inputs[index].Length];
        for (int i = 0; i < slope.Length; i++)
        {
            slope[i] = (At(i, Step) - At(i, -Step)) / (2 * Step);
            shifted[index][i] = inputs[index][i];
        }

        return slope;
    }

    private Problem Scored(Func<TokenLogProbs<T>, T> pick, Func<(double[] LogProbs, double[] Entropies), double[]> pickReference)
    {
        (int tokens, int width, int vocabulary) = (Size(6), Size(12), Size(40));
        int[] targets = [.. Enumerable.Range(0, tokens).Select(_ => bench.Random.Next(-1, vocabulary))];
        double temperature = 0.5 + bench.Random.NextDouble();
        return new(
            [Random(tokens, width), Random(vocabulary, width)],
            at => pick(T.SelectedLogProbs(at[0], at[1], targets, tokens, 1, temperature)),
            at => pickReference(ReferenceModel.SelectedLogProbs(at[0], at[1], width, targets, temperature)));
    }

    private int Size(int largest) => bench.Random.Next(1, largest + 1);

    private HeadLayout Heads()
    {
        int keyValueHeads = Size(2);
        return new(keyValueHeads * Size(2), keyValueHeads, 2 * Size(4));
    }

    private (int Rows, int Columns, double[] Values) Random(int rows, int columns, double largest = 1.5) =>
        (rows, columns, bench.Uniform(rows * columns, -largest, largest));

    /// <summary>An operation, its formula, and what it is tried on.</summary>
    private sealed record Problem(
        (int Rows, int Columns, double[] Values)[] Inputs, Func<T[], T> Operation, Func<double[][], double[]> Reference);
}
