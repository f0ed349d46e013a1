using FsCheck;
using FsCheck.Fluent;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>Fits of scaling laws: what they find, what does not change it, and how often their intervals are right.</summary>
public sealed class ScalingLaws
{
    private static readonly double[] Widths = [1e5, 4e5, 2e6, 1e7], Sizes = [1e6, 1e7, 6e7, 3e8];

    private static readonly (double N, double D)[] Cells = [.. from n in Widths from d in Sizes select (n, d)];

    private static readonly ScalingLaw Hoffmann = new(1.69, [new(406.4, 0.34), new(410.7, 0.28)]);

    private static readonly ScalingLaw Kaplan = Of(6.4e13, 0.076, 1.8e13, 0.103);

    private static Arbitrary<ScalingLaw> OfOne => (from floor in Gen.Choose(0, 30)
                                                   from height in Gen.Choose(5, 40)
                                                   from exponent in Gen.Choose(10, 80)
                                                   let a = exponent / 100.0
                                                   select new ScalingLaw(floor / 10.0, [new(height / 10.0 * Math.Pow(1e5, a), a)]))
        .ToArbitrary();

    [Property]
    public Property Exact_losses_give_their_law_back(bool hasIrreducible) => Prop.ForAll(OfOne, law =>
    {
        law = hasIrreducible ? law : law with { Irreducible = 0 };
        double[] x = [1e4, 1e5, 3e5, 1e6, 1e7, 1e8];
        ScalingFit fit = ScalingFit.Of(x, [.. x.Select(value => law.Loss(value))], hasIrreducible || law.Irreducible > 0);
        Close(law.Irreducible, fit.Law.Irreducible, 1e-5, 1e-5);
        Close(law.Terms[0].Exponent, fit.Law.Terms[0].Exponent, 1e-5);
        Close(Math.Log(law.Terms[0].Coefficient), Math.Log(fit.Law.Terms[0].Coefficient), 1e-4, 1e-4);
        Assert.InRange(fit.Deviation, 0, 1e-7);
        ScalingEstimate exponent = fit.Estimate(found => found.Terms[0].Exponent);
        Assert.True(exponent.Interval.High - exponent.Interval.Low < 1e-4);
    });

    [Fact]
    public void Exact_losses_of_the_published_joint_law_give_it_back()
    {
        ScalingFit fit = Joint(Cells, Hoffmann, (_, _) => 1);
        Close(1.69, fit.Law.Irreducible, 1e-6);
        Close(0.34, fit.Law.Terms[0].Exponent, 1e-6);
        Close(0.28, fit.Law.Terms[1].Exponent, 1e-6);
        Close(406.4, fit.Law.Terms[0].Coefficient, 1e-4);
        Close(410.7, fit.Law.Terms[1].Coefficient, 1e-4);
        Assert.Equal(11, fit.DegreesOfFreedom);
    }

    // Kaplan et al. 2020, table 2: N_c = 6.4e13, D_c = 1.8e13, alpha_N = 0.076, alpha_D = 0.103.
    [Fact]
    public void Exact_losses_of_the_published_law_with_a_power_give_it_back()
    {
        ScalingFit fit = Power(Cells, Kaplan, (_, _) => 1);
        Close(0.103, fit.Law.Power, 1e-5);
        Close(0.076, fit.Law.Terms[0].Exponent * fit.Law.Power, 1e-5);
        Close(Math.Log(6.4e13), Math.Log(fit.Law.Terms[0].Inverse(1)), 1e-5);
        Close(Math.Log(1.8e13), Math.Log(fit.Law.Terms[1].Inverse(1)), 1e-5);
        Assert.Equal((1.0, 0.0, 12), (fit.Law.Terms[1].Exponent, fit.Law.Irreducible, fit.DegreesOfFreedom));

        // Where there is data without end, and where the model is as large as can be, it is a power law of the other.
        Close(Math.Pow(6.4e13 / 1e8, 0.076), fit.Law.Loss(1e8, 1e200), 1e-4);
        Close(Math.Pow(1.8e13 / 1e9, 0.103), fit.Law.Loss(1e200, 1e9), 1e-4);
    }

    [Property(MaxTest = 20)]
    public Property Any_law_with_a_power_is_found_again() => Prop.ForAll(
        (from n in Gen.Choose(10, 40) from d in Gen.Choose(10, 40) from ratio in Gen.Choose(-10, 10) select (n, d, ratio)).ToArbitrary(),
        given =>
        {
            // In the middle of the cells both terms matter, and the loss is about 3.
            double power = given.d / 100.0, inner = (double)given.n / given.d, term = Math.Pow(3, 1 / power) / 2;
            ScalingLaw law = new(0, [new(term * Math.Pow(1e6, inner), inner), new(term * Math.Exp(given.ratio / 10.0) * 2e7, 1)])
            {
                Power = power,
            };
            ScalingFit fit = Power(Cells, law, (_, _) => 1);
            Close(law.Power, fit.Law.Power, 1e-3);
            Close(law.Terms[0].Exponent, fit.Law.Terms[0].Exponent, 1e-3);
            Assert.InRange(fit.Deviation, 0, 1e-6);
        });

    [Fact]
    public void Intervals_of_a_law_with_a_power_contain_the_truth_as_often_as_they_say()
    {
        const int Sets = 150;
        Func<ScalingLaw, double>[] quantities =
            [law => law.Power, law => law.Terms[0].Exponent * law.Power, law => law.SplitExponent, law => law.OfCompute().Loss(1e18)];
        int[] hits = new int[quantities.Length];
        for (uint set = 0; set < Sets; set++)
        {
            ScalingFit fit = Power(Cells, Kaplan, Noise(set, 0.02));
            for (int i = 0; i < hits.Length; i++)
            {
                hits[i] += fit.Estimate(quantities[i]).Interval.Contains(quantities[i](Kaplan)) ? 1 : 0;
            }
        }

        double most = 4 * Math.Sqrt(Sets * 0.95 * 0.05);
        Assert.All(hits, hit => Assert.True(Math.Abs(hit - (Sets * 0.95)) <= most, $"{hit} of {Sets}"));
    }

    [Property]
    public void Derivatives_with_a_power_are_those_of_the_residuals(uint seed)
    {
        var model = new ScalingModel(
            [[.. Cells.Select(cell => cell.N)], [.. Cells.Select(cell => cell.D)]],
            Losses(Cells, Kaplan, Noise(seed, 0.1)),
            hasIrreducible: false,
            hasPower: true);
        double[] at = [.. Enumerable.Range(0, 4).Select(j => Noise(seed, 0.5)(j, 99))];
        double[][] slopes = model.Evaluate(at).Slopes;
        for (int j = 0; j < at.Length; j++)
        {
            double[] more = [.. at], less = [.. at];
            more[j] += 1e-6;
            less[j] -= 1e-6;
            double[] above = model.Evaluate(more).Values, below = model.Evaluate(less).Values;
            Assert.All(Enumerable.Range(0, above.Length), i => Close((above[i] - below[i]) / 2e-6, slopes[i][j], 1e-6, 1e-7));
        }

        ScalingLaw law = model.LawOf(at);
        double[] losses = Losses(Cells, Kaplan, Noise(seed, 0.1));
        double[] residuals = [.. Cells.Zip(losses, (cell, loss) => Math.Log(law.Loss(cell.N, cell.D) / loss)).Order()];
        Assert.All(model.Evaluate(at).Values.Order().Zip(residuals), pair => Close(pair.Second, pair.First, 1e-9, 1e-9));
    }

    [Property]
    public Property Other_units_change_the_coefficient_alone(uint seed) => Prop.ForAll(Gen.Choose(1, 60).ToArbitrary(), power =>
    {
        double factor = Math.Pow(10, (power - 30) / 5.0);
        (double N, double D)[] scaled = [.. Cells.Select(cell => (cell.N * factor, cell.D))];
        ScalingFit fit = Joint(Cells, Hoffmann, Noise(seed, 0.01)), other = ScalingFit.Joint(
            [.. scaled.Select(cell => cell.N)], [.. scaled.Select(cell => cell.D)], Losses(Cells, Hoffmann, Noise(seed, 0.01)));
        Close(fit.Law.Irreducible, other.Law.Irreducible, 1e-4, 1e-6);
        Close(fit.Law.Terms[0].Exponent, other.Law.Terms[0].Exponent, 1e-4);
        Close(fit.Law.Terms[1].Coefficient, other.Law.Terms[1].Coefficient, 1e-3);
        Close(fit.Law.Terms[0].At(1e6), other.Law.Terms[0].At(1e6 * factor), 1e-4);
        Close(fit.Deviation, other.Deviation, 1e-8);
    });

    [Property]
    public void The_order_of_the_runs_changes_nothing_at_all(uint seed)
    {
        double[] losses = Losses(Cells, Hoffmann, Noise(seed, 0.02));
        int[] order = Philox.Permutation(seed, RandomPurpose.Shuffle, 0, losses.Length);
        ScalingFit fit = Joint(Cells, Hoffmann, Noise(seed, 0.02)), other = ScalingFit.Joint(
            [.. order.Select(i => Cells[i].N)], [.. order.Select(i => Cells[i].D)], [.. order.Select(i => losses[i])]);
        Assert.Equal(fit.Law, other.Law);
        Assert.Equal(fit.Law.GetHashCode(), other.Law.GetHashCode());
        Assert.Equal(fit.Estimate(law => law.SplitExponent), other.Estimate(law => law.SplitExponent));
    }

    [Property]
    public void A_power_law_is_the_line_through_the_logarithms(uint seed)
    {
        double[] x = [1, 3, 10, 30, 100];
        double[] losses = [.. x.Select((value, i) => 3 * Math.Pow(value, -0.2) * Noise(seed, 0.1)(i, 0))];
        PowerLaw line = PowerLaw.Fit(x, losses), law = ScalingFit.Of(x, losses, hasIrreducible: false).Law.Terms[0].ToPowerLaw();
        Close(line.Exponent, law.Exponent, 1e-6);
        Close(Math.Log(line.Scale), Math.Log(law.Scale), 1e-6, 1e-6);
    }

    // Of a line the interval has a closed form: b ± t·s/√Σ(x − x̄)².
    [Property]
    public void The_interval_of_a_power_law_is_that_of_the_slope_of_a_line(uint seed)
    {
        double[] x = [1, 3, 10, 30, 100, 500];
        double[] losses = [.. x.Select((value, i) => 3 * Math.Pow(value, -0.4) * Noise(seed, 0.02)(i, 0))];
        ScalingFit fit = ScalingFit.Of(x, losses, hasIrreducible: false);
        double spread = Moments.Of([.. x.Select(value => Math.Log(value))]).SquaredDeviations;
        double half = StudentT.Quantile(0.9, 4) * fit.Deviation / Math.Sqrt(spread);
        ScalingEstimate exponent = fit.Estimate(law => law.Terms[0].Exponent, 0.9);
        Close(exponent.Value - half, exponent.Interval.Low, 1e-3);
        Close(exponent.Value + half, exponent.Interval.High, 1e-3);
    }

    // 300 sets of runs whose law is known: as many intervals contain the truth as 95 % allows, within four standard deviations.
    [Fact]
    public void Intervals_contain_the_truth_as_often_as_they_say()
    {
        const int Sets = 300;
        (string Name, Func<ScalingLaw, double> Of)[] quantities =
        [
            ("E", law => law.Irreducible), ("alpha", law => law.Terms[0].Exponent), ("beta", law => law.Terms[1].Exponent),
            ("split", law => law.SplitExponent), ("best size", law => law.Split(1e15).Parameters),
        ];
        int[] hits = new int[quantities.Length];
        for (uint set = 0; set < Sets; set++)
        {
            ScalingFit fit = Joint(Cells, Hoffmann, Noise(set, 0.02));
            for (int i = 0; i < hits.Length; i++)
            {
                hits[i] += fit.Estimate(quantities[i].Of).Interval.Contains(quantities[i].Of(Hoffmann)) ? 1 : 0;
            }
        }

        double most = 4 * Math.Sqrt(Sets * 0.95 * 0.05);
        Assert.All(
            hits.Zip(quantities),
            pair => Assert.True(Math.Abs(pair.First - (Sets * 0.95)) <= most, $"{pair.Second.Name}: {pair.First} of {Sets}"));
    }

    // Without a floor in the data the runs cannot exclude one that is 0, nor an exponent that is as small as the data's.
    [Fact]
    public void An_end_that_the_runs_leave_open_is_zero_or_infinite()
    {
        double[] x = [1, 2, 4, 8, 16, 32];
        double[] losses = [.. x.Select((value, i) => 3 * Math.Pow(value, -0.2) * Noise(7, 0.02)(i, 0))];
        ScalingFit fit = ScalingFit.Of(x, losses, hasIrreducible: true);
        Assert.Equal(0, fit.Estimate(law => law.Irreducible).Interval.Low);
        double floor = fit.Estimate(law => law.Irreducible).Interval.High;
        Assert.InRange(floor, 0.1, losses.Min());
        Assert.Equal(double.PositiveInfinity, fit.Inverse(floor * 0.98).Interval.High);
        Assert.True(double.IsFinite(fit.Inverse(floor * 1.1).Interval.High));
        Assert.InRange(fit.Inverse(floor * 0.98).Interval.Low, 32, 1e4);
        ScalingEstimate reached = fit.Inverse(losses.Min());
        Assert.InRange(reached.Interval.Low, 20, reached.Value);
        Assert.InRange(reached.Interval.High, reached.Value, 60);
    }

    [Property(MaxTest = 10)]
    public void The_interval_of_an_inverse_has_what_the_intervals_of_losses_say(uint seed)
    {
        ScalingFit fit = Joint(Cells, Hoffmann, Noise(seed, 0.02));
        ScalingEstimate compute = fit.Inverse(6);
        Close(6, fit.Law.OfCompute().Loss(compute.Value), 1e-9);
        Close(6, fit.Estimate(law => law.OfCompute().Loss(compute.Interval.Low)).Interval.Low, 1e-3);
        Close(6, fit.Estimate(law => law.OfCompute().Loss(compute.Interval.High)).Interval.High, 1e-3);
        Assert.Equal(double.PositiveInfinity, fit.Inverse(fit.Law.Irreducible * 0.999).Value);
    }

    [Property]
    public void Derivatives_are_those_of_the_residuals(uint seed)
    {
        var model = new ScalingModel(
            [[.. Cells.Select(cell => cell.N)], [.. Cells.Select(cell => cell.D)]], Losses(Cells, Hoffmann, Noise(seed, 0.1)), true);
        double[] at = [.. Enumerable.Range(0, 5).Select(j => Noise(seed, 0.5)(j, 99))];
        double[][] slopes = model.Evaluate(at).Slopes;
        for (int j = 0; j < at.Length; j++)
        {
            double[] more = [.. at], less = [.. at];
            more[j] += 1e-6;
            less[j] -= 1e-6;
            double[] above = model.Evaluate(more).Values, below = model.Evaluate(less).Values;
            Assert.All(Enumerable.Range(0, above.Length), i => Close((above[i] - below[i]) / 2e-6, slopes[i][j], 1e-6, 1e-7));
        }
    }

    [Theory]
    [InlineData(1, 0.95, 12.7062047)]
    [InlineData(2, 0.95, 4.30265273)]
    [InlineData(3, 0.90, 2.35336343)]
    [InlineData(7, 0.95, 2.36462425)]
    [InlineData(10, 0.99, 3.16927267)]
    public void Quantiles_of_t_are_those_of_the_tables(int freedom, double level, double expected) =>
        Close(expected, StudentT.Quantile(level, freedom), 1e-8);

    [Fact]
    public void Too_few_runs_are_refused_with_what_is_needed()
    {
        static string Refusal(Func<ScalingFit> fit) => Assert.ThrowsAny<ArgumentException>(fit).Message;
        Assert.Contains("2 runs: this law needs at least 3", Refusal(() => ScalingFit.Of([1, 2], [2, 1], false)), StringComparison.Ordinal);
        Assert.Contains(
            "3 runs: this law needs at least 4", Refusal(() => ScalingFit.Of([1, 2, 3], [3, 2, 1], true)), StringComparison.Ordinal);
        Assert.Contains(
            "2 different values of a variable: this law needs at least 3",
            Refusal(() => ScalingFit.Of([1, 1, 2, 2], [3, 2, 1, 1], true)),
            StringComparison.Ordinal);
        Assert.Contains("5 runs: this law needs at least 6", Refusal(() => ScalingFit.Joint(
            [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1])), StringComparison.Ordinal);
        Assert.Contains("2 different", Refusal(() => ScalingFit.Joint(
            [1, 2, 1, 2, 1, 2], [1, 2, 3, 4, 5, 6], [5, 4, 3, 2, 1, 1])), StringComparison.Ordinal);
        Assert.Contains("4 runs: this law needs at least 5", Refusal(() => ScalingFit.JointPower(
            [1, 2, 1, 2], [1, 1, 2, 2], [4, 3, 2, 1])), StringComparison.Ordinal);
        Assert.Contains("2 numbers and 3 losses", Refusal(() => ScalingFit.Of([1, 2], [3, 2, 1], false)), StringComparison.Ordinal);
        Assert.Contains("not positive", Refusal(() => ScalingFit.Of([1, 2, 0], [3, 2, 1], false)), StringComparison.Ordinal);
        Assert.Contains("not positive", Refusal(() => ScalingFit.Of([1, 2, 3], [3, 2, double.NaN], false)), StringComparison.Ordinal);
        ScalingFit good = ScalingFit.Of([1, 2, 3], [3, 2.1, 1.4], false);
        Assert.Throws<ArgumentOutOfRangeException>(() => good.Estimate(law => law.Terms[0].Exponent, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => good.Estimate(law => law.Terms[0].Exponent, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => good.Inverse(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => good.Inverse(1, 1));
    }

    private static ScalingLaw Of(double sizeScale, double sizeExponent, double dataScale, double dataExponent)
    {
        double inner = sizeExponent / dataExponent;
        return new(0, [new(Math.Pow(sizeScale, inner), inner), new(dataScale, 1)]) { Power = dataExponent };
    }

    private static ScalingFit Power((double N, double D)[] cells, ScalingLaw law, Func<int, int, double> noise) => ScalingFit.JointPower(
        [.. cells.Select(cell => cell.N)], [.. cells.Select(cell => cell.D)], Losses(cells, law, noise));

    private static ScalingFit Joint((double N, double D)[] cells, ScalingLaw law, Func<int, int, double> noise) => ScalingFit.Joint(
        [.. cells.Select(cell => cell.N)], [.. cells.Select(cell => cell.D)], Losses(cells, law, noise));

    private static double[] Losses((double N, double D)[] cells, ScalingLaw law, Func<int, int, double> noise) =>
        [.. cells.Select((cell, i) => law.Loss(cell.N, cell.D) * noise(i, 0))];

    private static Func<int, int, double> Noise(uint seed, double deviation) => (i, row) =>
        Math.Exp(deviation * Philox.Normal(seed, RandomPurpose.Control, 0, (uint)row, (uint)i));

    private static void Close(double expected, double actual, double relative, double absolute = 0) => Assert.True(
        Math.Abs(expected - actual) <= (relative * Math.Abs(expected)) + absolute, $"expected {expected:R}, found {actual:R}");
}
