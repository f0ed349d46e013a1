
namespace RlCore.Engines.Tests;

/// <summary>Selected log-probs and entropies.</summary>
public abstract class LogProbLaws<T> : EngineSuite<T>
    where T : struct, ITensor<T>
{
    [Fact]
    public void Log_probs_are_the_log_softmax_at_the_targets() => Holds(20, result => result.LogProbs, result => result.LogProbs);

    [Fact]
    public void Entropies_are_those_of_the_softmax() => Holds(20, result => result.Entropy, result => result.Entropy);

    [Fact]
    public void Both_gradients_add_up() =>
        Holds(
            20,
            result => T.Scale(result.LogProbs, 0.5) + T.Scale(result.Entropy, 2) + result.LogProbs,
            result =>
                Matrix.Of(
                    result.LogProbs.Rows, result.LogProbs.Columns, (i, j) => (1.5 * result.LogProbs[i, j]) + (2 * result.Entropy[i, j])));

    [Fact]
    public void Extreme_logits_stay_finite()
    {
        using var scope = Engine.Scope();
        var hidden = Constant(new Matrix(2, 1, [1000, -1000]));
        var head = Constant(new Matrix(3, 1, [1, 1, 0]));
        var result = T.SelectedLogProbs(hidden, head, [0, 2], 1, 2, 1);
        Close.To(new Matrix(1, 2, [-Math.Log(2), 0]), Read(result.LogProbs), 1e-6, "log-probs");
        Close.To(new Matrix(1, 2, [Math.Log(2), 0]), Read(result.Entropy), 1e-6, "entropy");
    }

    [Fact]
    public void A_large_vocabulary_and_many_rows_agree_with_small_pieces()
    {
        // Wider than any tile of logits, and more scored rows than one.
        const int Rows = 330, Width = 3, Vocabulary = 5200;

        // A float32 sum of n terms, in whatever order, is within λ·√n·2⁻²⁴ of its largest partial sum, but for a chance of 2e^(−λ²/2)
        // (Higham and Mary 2019, theorem 2.8); λ = 6 leaves 2e-5 for all the elements here. One of hidden's gradient sums the vocabulary.
        double sumOfVocabulary = 6 * Math.Sqrt(Vocabulary) * Math.Pow(2, -24);
        var random = new Random(7);
        var (hidden, head) = (Matrix.Random(random, Rows, Width), Matrix.Random(random, Vocabulary, Width));
        int[] targets = [.. Enumerable.Range(0, Rows).Select(i => i % 5 == 0 ? -1 : random.Next(Vocabulary))];
        using var scope = Engine.Scope();
        var (x, weight) = (Parameter(hidden), Parameter(head));
        var result = T.SelectedLogProbs(x, weight, targets, Rows, 1, 0.7);
        var expected = References.SelectedLogProbs(hidden, head, targets, Rows, 1, 0.7);
        Close.To(expected.LogProbs, Read(result.LogProbs), 1e-5, "log-probs");
        Close.To(expected.Entropy, Read(result.Entropy), 1e-5, "entropy");
        double[] slopes = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble())];
        Engine.Backward(SumAll(result.LogProbs) + Weighted(result.Entropy, new Matrix(Rows, 1, slopes)));
        var gradients = Gradients(hidden, head, targets, 0.7, slopes);
        Close.To(gradients.Hidden, ReadGradient(x), sumOfVocabulary, "hidden");
        Close.To(gradients.Head, ReadGradient(weight), 2e-5, "head");
    }

    [Fact]
    public void Nothing_scored_gives_zeros_and_no_gradient()
    {
        using var scope = Engine.Scope();
        var (hidden, head) = (Parameter(new Matrix(2, 2, [1, double.NaN, 3, 4])), Parameter(Matrix.Zeros(3, 2)));
        var result = T.SelectedLogProbs(hidden, head, [-1, -1], 2, 1, 1);
        Engine.Backward(SumAll(result.LogProbs) + SumAll(result.Entropy));
        Assert.Equal([0, 0], Read(result.LogProbs).Values);
        Assert.Equal(new double[4], ReadGradient(hidden).Values);
        Assert.Equal(new double[6], ReadGradient(head).Values);
    }

    [Fact]
    public void A_target_past_the_vocabulary_is_refused()
    {
        var (hidden, head) = (Constant(Matrix.Zeros(1, 2)), Constant(Matrix.Zeros(3, 2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => T.SelectedLogProbs(hidden, head, [3], 1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => T.SelectedLogProbs(hidden, head, [0], 1, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => T.SelectedLogProbs(hidden, head, [0], 1, 1, 1e-39));
        Assert.Throws<ArgumentException>(() => T.SelectedLogProbs(hidden, head, [0], 1, 2, 1));
    }

    // Of the sum of all log-probs and of each row's entropy times its slope.
    private static (Matrix Hidden, Matrix Head) Gradients(
        Matrix hidden, Matrix head, int[] targets, double temperature, double[] entropySlopes)
    {
        var logits = hidden.Times(head.Transposed);
        var slopes = Matrix.Zeros(logits.Rows, logits.Columns);
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] >= 0)
            {
                double[] row = References.LogSoftmax([.. References.Row(logits, i).Select(z => z / temperature)]);
                double entropy = -row.Sum(logProb => logProb * Math.Exp(logProb));
                for (int j = 0; j < row.Length; j++)
                {
                    double ofEntropy = -Math.Exp(row[j]) * (row[j] + entropy);
                    slopes[i, j] = ((targets[i] == j ? 1 : 0) - Math.Exp(row[j]) + (entropySlopes[i] * ofEntropy)) / temperature;
                }
            }
        }

        return (slopes.Times(head), slopes.Transposed.Times(hidden));
    }

    private void Holds(int cases, Func<TokenLogProbs<T>, T> pick, Func<(Matrix LogProbs, Matrix Entropy), Matrix> pickReference) =>
        Laws.Hold(cases, [5, 6, 12, 40], (random, size) =>
        {
            var (rows, columns) = (size[0], size[1]);
            int[] targets = [.. Enumerable.Range(0, rows * columns).Select(_ => random.Next(-1, size[3]))];
            double temperature = 0.5 + random.NextDouble();
            AgreesWithReference(
                random,
                [Matrix.Random(random, rows * columns, size[2], -1, 1), Matrix.Random(random, size[3], size[2], -1, 1)],
                v => pick(T.SelectedLogProbs(v[0], v[1], targets, rows, columns, temperature)),
                v => pickReference(References.SelectedLogProbs(v[0], v[1], targets, rows, columns, temperature)));
        });
}
