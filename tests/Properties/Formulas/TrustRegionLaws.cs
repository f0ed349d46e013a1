using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>TRPO's steps: the line search holds the constraint whatever it is given; the natural gradient is what it is called.</summary>
public sealed class TrustRegionLaws
{
    private const int Vocabulary = 4;

    [Property]
    public void Every_accepted_step_is_in_the_region_and_improves_and_is_the_first_that_does(int seed)
    {
        var random = new Random(seed);
        var options = new TrustRegionOptions
        {
            MaxKl = random.NextDouble() + 1e-3, Backtracks = random.Next(6), Shrink = 0.1 + (0.8 * random.NextDouble()),
        };
        var tried = new List<(double Fraction, StepMeasure Measure)>();
        AcceptedStep step = TrustRegions.Search(options, fraction =>
        {
            // Any numbers at all, NaN included.
            double kl = random.Next(8) == 0 ? double.NaN : 2 * random.NextDouble();
            var measure = new StepMeasure(kl, random.Next(8) == 0 ? double.NaN : random.NextDouble() - 0.5);
            tried.Add((fraction, measure));
            return measure;
        });
        bool Fits(StepMeasure measure) => measure.Kl <= options.MaxKl && measure.Improvement > 0;
        Assert.All(tried.SkipLast(1), one => Assert.False(Fits(one.Measure)));
        Assert.All(tried.Select((one, i) => (one.Fraction, i)), one => AssertClose(Math.Pow(options.Shrink, one.i), one.Fraction));
        if (step.Fraction > 0)
        {
            Assert.True(Fits(step.Measure));
            Assert.Equal((step.Fraction, step.Measure), tried[^1]);
            Assert.Equal(tried.Count - 1, step.Backtracks);
        }
        else
        {
            Assert.False(Fits(tried[^1].Measure));
            Assert.Equal(options.Backtracks + 1, tried.Count);
            Assert.Equal(new AcceptedStep(0, options.Backtracks, default), step);
        }
    }

    [Property]
    public void A_step_of_a_table_is_in_the_region_at_any_advantages(int seed)
    {
        // The exact KL and surrogate of softmax rows, along the natural gradient made far too long.
        var random = new Random(seed);
        Table table = Table.Random(random, 3);
        double[] advantages = [.. table.Logits.Select(_ => (4 * random.NextDouble()) - 2)];
        var options = new TrustRegionOptions { MaxKl = 0.01, Backtracks = 40 };
        double[] full = [.. TrustRegions.NaturalStep(table.Gradient(advantages), table.Fisher, 1000 * options.MaxKl)];
        double before = table.Surrogate(table, advantages);
        Table At(double fraction) => table with { Logits = [.. table.Logits.Zip(full, (logit, d) => logit + (fraction * d))] };
        AcceptedStep step = TrustRegions.Search(
            options, fraction => new StepMeasure(table.Kl(At(fraction)), table.Surrogate(At(fraction), advantages) - before));
        Table after = At(step.Fraction);
        Assert.True(step.Fraction > 0, "A long step up the natural gradient can be shortened to one that improves.");
        Assert.True(table.Kl(after) <= options.MaxKl && table.Surrogate(after, advantages) > before);
    }

    [Property]
    public void The_natural_gradient_of_a_softmax_table_is_its_advantage(int seed)
    {
        // Kakade 2001: F⁻¹∇ Σ w·Σ_a π·A is A less a constant for each row, here less its mean over the tokens.
        var random = new Random(seed);
        Table table = Table.Random(random, 3);
        double[] advantages = [.. table.Logits.Select(_ => (4 * random.NextDouble()) - 2)];
        double[] direction = ConjugateGradients.Solve(table.Fisher, table.Gradient(advantages), 100);
        for (int row = 0; row < table.Weights.Length; row++)
        {
            double[] expected = [.. advantages.Skip(row * Vocabulary).Take(Vocabulary)];
            double[] found = [.. direction.Skip(row * Vocabulary).Take(Vocabulary)];
            for (int a = 0; a < Vocabulary; a++)
            {
                AssertClose(expected[a] - expected.Average(), found[a] - found.Average(), 1e-6);
            }
        }
    }

    [Property]
    public void A_Fisher_product_is_the_curvature_of_the_KL(int seed)
    {
        var random = new Random(seed);
        Table table = Table.Random(random, 3);
        double[] direction = [.. table.Logits.Select(_ => (2 * random.NextDouble()) - 1)];
        double second = 0;
        for (int row = 0; row < table.Weights.Length; row++)
        {
            Dual<Dual<Real>>[] old = Categorical.LogSoftmax<Dual<Dual<Real>>>(
                [.. table.Row(row).Select(logit => Dual<Dual<Real>>.Constant(Dual<Real>.Constant(logit)))]);
            Dual<Dual<Real>>[] now = Categorical.LogSoftmax<Dual<Dual<Real>>>(
                [.. table.Row(row).Select((logit, a) => new Dual<Dual<Real>>(
                    new(logit, direction[(row * Vocabulary) + a]),
                    Dual<Real>.Constant((Real)direction[(row * Vocabulary) + a])))]);
            second += table.Weights[row] * Categorical.Kl<Dual<Dual<Real>>>(old, now).Tangent.Tangent;
        }

        AssertClose(second, direction.Zip(table.Fisher(direction), (d, f) => d * f).Sum(), 1e-9);
    }

    [Property]
    public void A_short_natural_step_has_the_KL_that_was_asked_for(int seed)
    {
        const double MaxKl = 1e-6;
        var random = new Random(seed);
        Table table = Table.Random(random, 3);
        double[] advantages = [.. table.Logits.Select(_ => (4 * random.NextDouble()) - 2)];
        double[] step = TrustRegions.NaturalStep(table.Gradient(advantages), table.Fisher, MaxKl);
        AssertClose(1, table.Kl(table with { Logits = [.. table.Logits.Zip(step, (logit, d) => logit + d)] }) / MaxKl, 0.05);
        Assert.Equal(new double[step.Length], TrustRegions.NaturalStep(new double[step.Length], table.Fisher, MaxKl));
    }

    [Property]
    public void Conjugate_gradients_solve_what_they_are_given(int seed)
    {
        var random = new Random(seed);
        int size = random.Next(1, 7);
        double[,] root = new double[size, size];
        for (int i = 0; i < size * size; i++)
        {
            root[i / size, i % size] = (2 * random.NextDouble()) - 1;
        }

        // A = RᵀR + I, and b = A·x.
        double[] Product(double[] v) => [.. Enumerable.Range(0, size).Select(i => v[i] + Enumerable.Range(0, size)
            .Sum(k => root[k, i] * Enumerable.Range(0, size).Sum(j => root[k, j] * v[j])))];
        double[] x = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5)];
        double[] found = ConjugateGradients.Solve(Product, Product(x), 4 * size);
        Assert.All(x.Zip(found), pair => AssertClose(pair.First, pair.Second, 1e-7));
        Assert.Equal(new double[size], ConjugateGradients.Solve(Product, Product(x), 0));
    }

    [Fact]
    public void Conjugate_gradients_ask_for_no_more_products_than_they_need()
    {
        // One for a multiple of the identity, at any scale; none for b = 0; no more than are allowed; and what has no curvature ends it.
        foreach (double scale in new[] { 1, 1e-10, 1e10 })
        {
            (double first, double second, int products) = Solve(v => [2 * v[0], 2 * v[1]], [scale, -2 * scale], 9);
            AssertClose(0.5, first / scale);
            AssertClose(-1, second / scale);
            Assert.Equal(1, products);
        }

        Assert.Equal((0, 0, 0), Solve(v => v, [0, 0], 9));
        Assert.Equal(1, Solve(v => [v[0], 3 * v[1]], [1, 1], 1).Products);
        Assert.Equal((0, 0, 1), Solve(_ => [0, 0], [1, 2], 9));
        Assert.Equal("product", Assert.Throws<ArgumentNullException>(() => ConjugateGradients.Solve(null!, [1], 1)).ParamName);
        Assert.Equal(
            "iterations", Assert.Throws<ArgumentOutOfRangeException>(() => ConjugateGradients.Solve(v => v, [1], -1)).ParamName);

        static (double First, double Second, int Products) Solve(Func<double[], double[]> product, double[] target, int iterations)
        {
            int products = 0;
            double[] solution = ConjugateGradients.Solve(
                v =>
                {
                    products++;
                    return product(v);
                },
                target,
                iterations);
            return (solution[0], solution[1], products);
        }
    }

    [Fact]
    public void The_bound_itself_is_in_the_region_and_a_step_that_changes_nothing_is_no_improvement()
    {
        var options = new TrustRegionOptions { MaxKl = 0.25 };
        Assert.Equal(1, TrustRegions.Search(options, _ => new(0.25, 1)).Fraction);
        Assert.Equal(0, TrustRegions.Search(options, _ => new(0.25, 0)).Fraction);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => TrustRegions.Search(null!, _ => default)).ParamName);
        Assert.Equal("at", Assert.Throws<ArgumentNullException>(() => TrustRegions.Search(options, null!)).ParamName);
        Assert.Equal("fisher", Assert.Throws<ArgumentNullException>(() => TrustRegions.NaturalStep([1], null!, 1)).ParamName);
    }

    [Fact]
    public void A_Fisher_product_of_other_shapes_is_refused()
    {
        Assert.Contains(
            "2 log-probs of 1 rows cannot multiply 3 numbers",
            Assert.Throws<ArgumentException>(() => TrustRegions.SoftmaxFisher([-1, -1], [1], [0, 0, 0])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TrustRegions.SoftmaxFisher([-1, -1, -1], [1, 1], [0, 0, 0]));
        Assert.Throws<ArgumentException>(() => TrustRegions.SoftmaxFisher([-1, -1], [1], [0]));
        Assert.Throws<ArgumentException>(() => TrustRegions.SoftmaxFisher([], [], []));
    }

    private sealed record Table(double[] Logits, double[] Weights)
    {
        public static Table Random(Random random, int rows) => new(
            [.. Enumerable.Range(0, rows * Vocabulary).Select(_ => (3 * random.NextDouble()) - 1.5)],
            [.. Enumerable.Range(0, rows).Select(_ => (0.2 + random.NextDouble()) / rows)]);

        public double[] LogProbs => [.. Enumerable.Range(0, Weights.Length).SelectMany(row => LogitFilters.LogSoftmax(Row(row)))];

        public double[] Row(int row) => Logits[(row * Vocabulary)..((row + 1) * Vocabulary)];

        public double[] Fisher(double[] vector) => TrustRegions.SoftmaxFisher(LogProbs, Weights, vector);

        // Σ_s w_s·Σ_a π(a|s)·A(s, a).
        public double Surrogate(Table policy, double[] advantages) =>
            policy.LogProbs.Select((logProb, i) => Weights[i / Vocabulary] * Math.Exp(logProb) * advantages[i]).Sum();

        // ∂Surrogate/∂logits at this table, by differentiation.
        public double[] Gradient(double[] advantages) => [.. Logits.Select((_, i) =>
        {
            int row = i / Vocabulary;
            Dual<Real>[] logProbs = Categorical.LogSoftmax<Dual<Real>>(
                [.. Row(row).Select((logit, a) => a == i % Vocabulary ? Dual<Real>.Variable(logit) : Dual<Real>.Constant((Real)logit))]);
            return Weights[row] * logProbs.Select((logProb, a) =>
                Dual<Real>.Scale(Dual<Real>.Exp(logProb), advantages[(row * Vocabulary) + a]).Tangent.Value).Sum();
        })];

        public double Kl(Table other) => LogProbs.Zip(other.LogProbs)
            .Select((pair, i) => Weights[i / Vocabulary] * Math.Exp(pair.First) * (pair.First - pair.Second)).Sum();
    }
}
