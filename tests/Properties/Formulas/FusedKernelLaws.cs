using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>A fused sum is the sum of the term over the mask, and its gradient is the derivative of that sum, at every length.</summary>
public sealed class FusedKernelLaws
{
    private const double Weight = 0.375;

    private static readonly PolicyArguments.Formula<ImportanceWeightedKlTerm> Formula = new(new(40));
    private static readonly int[] Lengths = [0, 1, 15, 16, 17, 32, 33];

    [Property(MaxTest = 200)]
    public void A_weighted_sum_in_doubles_is_the_sum_of_the_term(Signal[] data)
    {
        foreach (int length in Lengths)
        {
            (double[] x, double[] a, double[] b) = (Fill(data, length, 0), Fill(data, length, 1), Fill(data, length, 2));
            foreach (bool[] mask in Masks(length))
            {
                (double[] values, double[] gradient) = (Rubbish(length), Rubbish(length));
                double sum = FusedKernels.WeightedSum(Formula, x, a, b, x, x, mask, Weight, values, gradient);
                CheckSum(x, a, b, mask, sum, values, gradient, 1e-12);
                double[] alone = Rubbish(length);
                Assert.Equal(sum, FusedKernels.WeightedSum(Formula, x, a, b, x, x, mask, Weight, [], alone));
                Assert.Equal(gradient, alone);
            }
        }
    }

    [Property(MaxTest = 200)]
    public void A_weighted_sum_in_floats_is_the_sum_of_the_term(Signal[] data)
    {
        foreach (int length in Lengths)
        {
            (float[] x, float[] a, float[] b) = (
                Narrow(Fill(data, length, 0)), Narrow(Fill(data, length, 1)), Narrow(Fill(data, length, 2)));
            foreach (bool[] mask in Masks(length))
            {
                (float[] values, float[] gradient) = (Narrow(Rubbish(length)), Narrow(Rubbish(length)));
                double sum = FusedKernels.WeightedSum(Formula, x, a, b, x, x, mask, Weight, values, gradient);
                CheckSum(Widen(x), Widen(a), Widen(b), mask, sum, Widen(values), Widen(gradient), 2e-5);
                float[] alone = Narrow(Rubbish(length));
                Assert.Equal(sum, FusedKernels.WeightedSum(Formula, x, a, b, x, x, mask, Weight, [], alone));
                Assert.Equal(gradient, alone);
            }
        }
    }

    [Fact]
    public void An_argument_that_is_left_out_is_the_variable()
    {
        var all = new ElementSpans<double>([0], [1], [2], [3], [4]);
        Assert.Equal([0.0, 1, 2, 3, 4], [all.Variable[0], all.First[0], all.Second[0], all.Third[0], all.Fourth[0]]);
        var one = new ElementSpans<double>([7]);
        Assert.Equal([7.0, 7, 7, 7, 7], [one.Variable[0], one.First[0], one.Second[0], one.Third[0], one.Fourth[0]]);
    }

    [Fact]
    public void What_the_mask_excludes_may_hold_anything()
    {
        foreach (int length in Lengths)
        {
            bool[] mask = [.. Enumerable.Range(0, length).Select(i => i % 3 != 0)];
            double[] x = [.. mask.Select(kept => kept ? 0.5 : double.NaN)];
            double[] gradient = Rubbish(length);
            double expected = Weight * 0.5 * Math.Exp(0.5) * mask.Count(kept => kept);
            double[] zero = new double[length];
            AssertClose(expected, FusedKernels.WeightedSum(Formula, x, zero, zero, x, x, mask, Weight, [], gradient), 1e-12);
            Assert.Equal(mask.Select(kept => !kept), gradient.Select(g => g == 0));
            float[] narrow = Narrow(Rubbish(length));
            AssertClose(
                expected,
                FusedKernels.WeightedSum(Formula, Narrow(x), Narrow(zero), Narrow(zero), Narrow(x), Narrow(x), mask, Weight, [], narrow),
                1e-6);
            Assert.Equal(mask.Select(kept => !kept), narrow.Select(g => g == 0));
        }
    }

    [Property(MaxTest = 200)]
    public void A_sum_of_pairs_is_the_sum_of_their_losses(Signal[] data)
    {
        CheckPairs(new DpoPairTerm(0.3, 0.1), data);
        CheckPairs(new PreferencePairTerm(new PreferenceLoss.Nca(0.3), new FDivergence.JensenShannon()), data);
    }

    [Fact]
    public void Spans_of_different_lengths_are_refused_with_all_lengths()
    {
        Assert.Contains(
            "1 chosen and 2 rejected log-probs with 1 and 1 of the reference: one of each a pair is needed.",
            Assert.Throws<ArgumentException>(
                () => FusedKernels.PairSum(new DpoPairTerm(1), [1.0], [1.0, 2], [1.0], [1.0], 1, [], new double[1], new double[1])).Message,
            StringComparison.Ordinal);
        double[] three = new double[3];
        double[] two = new double[2];
        float[] thin = new float[3];
        float[] thinTwo = new float[2];
        Assert.Equal(
            "first", Refused(() => FusedKernels.WeightedSum(Formula, three, two, three, three, three, [], 1, [], three)).ParamName);
        Assert.Equal(
            "second", Refused(() => FusedKernels.WeightedSum(Formula, three, three, two, three, three, [], 1, [], three)).ParamName);
        Assert.Equal("third", Refused(() => FusedKernels.WeightedSum(Formula, thin, thin, thin, thinTwo, thin, [], 1, [], thin)).ParamName);
        Assert.Equal(
            "fourth", Refused(() => FusedKernels.WeightedSum(Formula, thin, thin, thin, thin, thinTwo, [], 1, [], thin)).ParamName);
        Action[] targets =
        [
            () => FusedKernels.WeightedSum(Formula, three, three, three, three, three, [true, true], 1, [], three),
            () => FusedKernels.WeightedSum(Formula, three, three, three, three, three, [], 1, two, three),
            () => FusedKernels.WeightedSum(Formula, three, three, three, three, three, [], 1, [], two),
            () => FusedKernels.WeightedSum(Formula, thin, thin, thin, thin, thin, [true, true], 1, [], thin),
            () => FusedKernels.WeightedSum(Formula, thin, thin, thin, thin, thin, [], 1, thinTwo, thin),
            () => FusedKernels.WeightedSum(Formula, thin, thin, thin, thin, thin, [], 1, [], thinTwo),
            () => FusedKernels.PairSum(new DpoPairTerm(1), three, three, three, three, 1, two, three, three),
            () => FusedKernels.PairSum(new DpoPairTerm(1), three, three, three, three, 1, [], two, three),
            () => FusedKernels.PairSum(new DpoPairTerm(1), three, three, three, three, 1, [], three, two),
            () => FusedKernels.PairSum(new DpoPairTerm(1), thin, thin, thin, thin, 1, thinTwo, thin, thin),
            () => FusedKernels.PairSum(new DpoPairTerm(1), thin, thin, thin, thin, 1, [], thinTwo, thin),
            () => FusedKernels.PairSum(new DpoPairTerm(1), thin, thin, thin, thin, 1, [], thin, thinTwo),
            () => FusedKernels.PairSum(new DpoPairTerm(1), three, two, three, three, 1, [], three, three),
            () => FusedKernels.PairSum(new DpoPairTerm(1), three, three, two, three, 1, [], three, three),
            () => FusedKernels.PairSum(new DpoPairTerm(1), three, three, three, two, 1, [], three, three),
            () => FusedKernels.PairSum(new DpoPairTerm(1), thin, thinTwo, thin, thin, 1, [], thin, thin),
            () => FusedKernels.PairSum(new DpoPairTerm(1), thin, thin, thinTwo, thin, 1, [], thin, thin),
            () => FusedKernels.PairSum(new DpoPairTerm(1), thin, thin, thin, thinTwo, 1, [], thin, thin),
        ];
        foreach (Action target in targets)
        {
            string message = Refused(target).Message;
            Assert.Contains("3", message, StringComparison.Ordinal);
            Assert.Contains("2", message, StringComparison.Ordinal);
        }

        Assert.Contains("[3, 2]", Refused(targets[8]).Message, StringComparison.Ordinal);
    }

    private static ArgumentException Refused(Action mistake) => Assert.Throws<ArgumentException>(mistake);

    private static void CheckSum(
        double[] x, double[] a, double[] b, bool[] mask, double sum, double[] values, double[] gradient, double tolerance)
    {
        (double total, double scale) = (0, 1);
        for (int i = 0; i < x.Length; i++)
        {
            bool kept = mask.Length == 0 || mask[i];
            Dual<Real> expected = kept
                ? Formula.Evaluate(Dual<Real>.Variable(x[i]), Dual<Real>.Constant(a[i]), Dual<Real>.Constant(b[i]), default, default)
                : default;
            AssertClose(expected.Value, values[i], tolerance);
            AssertClose(Weight * expected.Tangent, gradient[i], tolerance);
            total += Weight * expected.Value;
            scale += Math.Abs(expected.Value);
        }

        Assert.Equal(total, sum, tolerance * scale);
    }

    private static void CheckPairs<TTerm>(TTerm term, Signal[] data)
        where TTerm : struct, IPairTerm
    {
        foreach (int length in Lengths)
        {
            float[][] x = [.. Enumerable.Range(0, 4).Select(k => Narrow(Fill(data, length, k)))];
            double[][] wide = [.. x.Select(Widen)];
            double[][] r = [Rubbish(length), Rubbish(length), Rubbish(length)];
            float[][] n = [.. r.Select(Narrow)];
            PairSums sums = FusedKernels.PairSum(term, wide[0], wide[1], wide[2], wide[3], Weight, r[0], r[1], r[2]);
            PairSums narrowSums = FusedKernels.PairSum(term, x[0], x[1], x[2], x[3], Weight, n[0], n[1], n[2]);
            (double sum, double narrow) = (sums.Loss, narrowSums.Loss);
            (double total, double margin, double size, long separated) = (0, 0, 1, 0);
            for (int i = 0; i < length; i++)
            {
                (double s, double t) = (wide[0][i] - wide[2][i], wide[1][i] - wide[3][i]);
                Dual<Real> toChosen = term.Evaluate(Dual<Real>.Variable(s), Dual<Real>.Constant(t));
                Dual<Real> toRejected = term.Evaluate(Dual<Real>.Constant(s), Dual<Real>.Variable(t));
                double[] expected = [toChosen.Value, Weight * toChosen.Tangent, Weight * toRejected.Tangent];
                for (int k = 0; k < 3; k++)
                {
                    AssertClose(expected[k], r[k][i], 1e-12);
                    AssertClose(expected[k], n[k][i], 2e-5);
                }

                total += Weight * toChosen.Value;
                margin += s - t;
                size += Math.Abs(s) + Math.Abs(t);
                separated += s > t ? 1 : 0;
            }

            Assert.Equal(margin, sums.Margin, 1e-12 * size);
            Assert.Equal(margin, narrowSums.Margin, 2e-5 * size);
            Assert.Equal(separated, sums.Separated);
            Assert.Equal(x[0].Where((_, i) => x[0][i] - x[2][i] > x[1][i] - x[3][i]).Count(), narrowSums.Separated);
            Assert.Equal(new PairSums(2 * sum, 2 * sums.Margin, 2 * separated), sums + sums);
            AssertClose(total, sum, 1e-12);
            AssertClose(total, narrow, 2e-5);
            Assert.Equal(sum, FusedKernels.PairSum(term, wide[0], wide[1], wide[2], wide[3], Weight, [], r[1], r[2]).Loss);
            Assert.Equal(narrow, FusedKernels.PairSum(term, x[0], x[1], x[2], x[3], Weight, [], n[1], n[2]).Loss);
        }
    }

    private static IEnumerable<bool[]> Masks(int length) => [[], [.. Enumerable.Range(0, length).Select(i => i % 3 != 1)]];

    private static double[] Fill(Signal[] data, int length, int shift) =>
        [.. Enumerable.Range(0, length).Select(i => (data.Length == 0 ? 0.5 : data[(i + shift) % data.Length]) / (2 + shift))];

    private static double[] Rubbish(int length) => [.. Enumerable.Repeat(1e30, length)];

    private static float[] Narrow(double[] values) => [.. values.Select(value => (float)value)];

    private static double[] Widen(float[] values) => [.. values.Select(value => (double)value)];
}
