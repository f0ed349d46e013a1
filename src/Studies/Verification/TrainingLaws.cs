using RlCore.Algebra;
using RlCore.Engines;

namespace RlCore.Studies.Verification;

/// <summary>Sampling and the optimizer.</summary>
internal sealed class TrainingLaws<T>(Workbench<T> bench)
    where T : struct, ITensor<T>
{
    private const int Width = 24;
    private const int Vocabulary = 61;

    public IEnumerable<Func<LawResult>> All =>
    [
        () => Draws("draws", new SamplingOptions()),
        () => Draws("draws at temperature 0.7", new SamplingOptions { Temperature = 0.7 }),
        () => Draws("draws of the 5 most probable", new SamplingOptions { TopK = 5 }),
        Greedy,
        AdamWithDecay,
    ];

    private int Rows => Math.Max(64, bench.Cases / 16);

    // A uniform u draws the first token whose cumulative probability passes u; a float's cumulative may be off by its rounding.
    private LawResult Draws(string name, SamplingOptions options)
    {
        var error = new UlpError();
        ForEachDraw(options, (logits, uniform, token, logProb) =>
        {
            double[] probabilities = Kept(logits, options);
            double below = probabilities.Take(token).Sum();
            double outside = Math.Max(0, Math.Max(below - uniform, uniform - (below + probabilities[token])));
            error.Compare(0, outside, 1);
            error.Compare(Math.Log(probabilities[token]), logProb, Math.Max(1, Math.Abs(Math.Log(probabilities[token]))));
        });
        return error.Result(name, 64);
    }

    private LawResult Greedy()
    {
        var error = new UlpError();
        ForEachDraw(new SamplingOptions { Temperature = 0 }, (logits, _, token, logProb) =>
        {
            error.Compare(logits.Max(), logits[token], Math.Abs(logits.Max()));
            error.Compare(0, logProb, 1);
        });
        return error.Result("greedy choice", 64);
    }

    private void ForEachDraw(SamplingOptions options, Action<double[], double, int, double> check)
    {
        double[] hidden = bench.Uniform(Rows * Width, -1, 1);
        double[] head = bench.Uniform(Vocabulary * Width, -1, 1);
        double[] uniforms = [.. Enumerable.Range(0, Rows).Select(_ => bench.Random.NextDouble())];
        var tokens = new int[Rows];
        var logProbs = new float[Rows];
        using IDisposable scope = bench.Engine.Scope();
        bench.Engine.Sample(
            bench.Constant(Rows, Width, hidden), bench.Constant(Vocabulary, Width, head), options, uniforms, tokens, logProbs);
        double[] logits = ReferenceModel.Linear(hidden, head, Width);
        for (int row = 0; row < Rows; row++)
        {
            check(logits[(row * Vocabulary)..((row + 1) * Vocabulary)], uniforms[row], tokens[row], logProbs[row]);
        }
    }

    private static double[] Kept(double[] logits, SamplingOptions options)
    {
        double threshold = options.TopK == 0 ? double.NegativeInfinity : logits.OrderDescending().ElementAt(options.TopK - 1);
        double[] logProbs = ReferenceModel.LogSoftmax(
            [.. logits.Select(logit => logit < threshold ? double.NegativeInfinity : logit / options.Temperature)]);
        return [.. logProbs.Select(Math.Exp)];
    }

    // Five updates with the global norm clipped, against the pure step in doubles.
    private LawResult AdamWithDecay()
    {
        const double LearningRate = 0.01;
        const double MaxNorm = 1;
        const int Columns = 33;
        int rows = Math.Max(2, bench.Cases / 64);
        var options = new AdamWOptions { WeightDecay = 0.1 };
        AdamState reference = AdamState.Start(bench.Uniform(rows * Columns, -1, 1));
        T parameter = bench.Parameter(rows, Columns, reference.Parameters);
        using IOptimizer optimizer = bench.Engine.CreateAdamW([new NamedParameter<T>("w", parameter, Decays: true)], options);
        var error = new UlpError();
        for (int step = 0; step < 5; step++)
        {
            double[] gradient = bench.Uniform(rows * Columns, -1, 1);
            using IDisposable scope = bench.Engine.Scope();
            bench.Engine.Backward(Workbench<T>.SumAll(parameter * bench.Constant(rows, Columns, gradient)));
            double measured = optimizer.Step(LearningRate, MaxNorm);
            double norm = Math.Sqrt(gradient.Sum(g => g * g));
            error.Compare(norm, measured, norm);
            double clip = Descent.ClipFactor(norm, MaxNorm);
            reference = reference.Step([.. gradient.Select(g => g * clip)], LearningRate, options);
            double[] values = bench.Read(parameter);
            for (int i = 0; i < values.Length; i++)
            {
                error.Compare(reference.Parameters[i], values[i], Math.Max(Math.Abs(reference.Parameters[i]), LearningRate));
            }
        }

        bench.Engine.Release(parameter);
        return error.Result("AdamW with a clipped norm", 32);
    }
}
