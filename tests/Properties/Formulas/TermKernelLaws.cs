using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>A kernel over arrays means what the term means at each element, at every length.</summary>
public sealed class TermKernelLaws
{
    private static readonly PpoClipTerm Term = new(0.2, 0.28, 0.05);
    private static readonly PolicyArguments.Formula<PpoClipTerm> Formula = new(Term);

    [Property]
    public void Each_element_is_the_term_there(TokenBatch batch)
    {
        foreach (int length in new[] { 0, 1, 15, 16, 17, 33 })
        {
            double[] x = Fill(batch.LogProbs, length);
            double[] a = Fill(batch.OldLogProbs, length);
            double[] b = Fill(batch.RefLogProbs, length);
            double[] c = Fill(batch.Advantages, length);
            double[] value = new double[length];
            double[] derivative = new double[length];
            TermKernels.Map(Formula, x, a, b, c, x, value, derivative);
            for (int i = 0; i < length; i++)
            {
                Dual<Real> expected = Formula.Evaluate(
                    Dual<Real>.Variable(x[i]), Dual<Real>.Constant(a[i]), Dual<Real>.Constant(b[i]), Dual<Real>.Constant(c[i]), default);
                AssertClose(expected.Value, value[i], 1e-13);
                AssertClose(expected.Tangent, derivative[i], 1e-13);
            }
        }
    }

    [Property]
    public void The_floats_agree_with_the_doubles(TokenBatch batch)
    {
        foreach (int length in new[] { 0, 1, 15, 16, 17, 33 })
        {
            float[] x = Narrow(batch.LogProbs, length);
            float[] a = Narrow(batch.OldLogProbs, length);
            float[] b = Narrow(batch.RefLogProbs, length);
            float[] c = Narrow(batch.Advantages, length);
            float[] value = new float[length];
            float[] derivative = new float[length];
            float[] valueAlone = new float[length];
            TermKernels.Map(Formula, x, a, b, c, x, value, derivative);
            TermKernels.Map(Formula, x, a, b, c, x, valueAlone);
            Assert.Equal(value, valueAlone);
            for (int i = 0; i < length; i++)
            {
                double ratio = Math.Exp((double)x[i] - a[i]);
                Dual<Real> expected = Formula.Evaluate(
                    Dual<Real>.Variable((double)x[i]),
                    Dual<Real>.Constant((double)a[i]),
                    Dual<Real>.Constant((double)b[i]),
                    Dual<Real>.Constant((double)c[i]),
                    default);

                // Surrogate and KL term may cancel: the error is relative to what was added up, not to what is left.
                double scale = 1 + (ratio * Math.Abs((double)c[i])) + (
                    Term.KlCoefficient * (Math.Exp((double)b[i] - x[i]) + Math.Abs((double)x[i] - b[i])));
                AssertClose(expected.Value / scale, value[i] / scale, 1e-5);
                if (Math.Min(Math.Abs(ratio - 0.8), Math.Abs(ratio - 1.28)) > 1e-4)
                {
                    AssertClose(expected.Tangent / scale, derivative[i] / scale, 1e-5);
                }
            }
        }
    }

    [Fact]
    public void Nothing_is_written_past_the_end()
    {
        const float Guard = 7.5f;
        foreach (int length in new[] { 0, 1, 15, 16, 17, 33 })
        {
            float[] x = Narrow([-0.5, 0.25], length);
            float[][] targets = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Repeat(Guard, length + 64).ToArray())];
            Span<float> Target(int i) => targets[i].AsSpan(0, length);
            TermKernels.Map(Formula, x, x, x, x, x, Target(0), Target(1));
            TermKernels.Map(Formula, x, x, x, x, x, Target(2));
            FusedKernels.WeightedSum(Formula, x, x, x, x, x, [], 1, Target(3), Target(4));
            Assert.All(targets, target => Assert.All(target[length..], value => Assert.Equal(Guard, value)));
            Assert.All(targets, target => Assert.DoesNotContain(Guard, target[..length]));
        }
    }

    [Fact]
    public void Spans_of_different_lengths_are_refused_by_name()
    {
        float[] three = new float[3];
        float[] two = new float[2];
        Assert.Equal(
            "first",
            Assert.Throws<ArgumentException>(() => TermKernels.Map(Formula, three, two, three, three, three, three, three)).ParamName);
        Assert.Equal(
            "second",
            Assert.Throws<ArgumentException>(() => TermKernels.Map(Formula, three, three, two, three, three, three, three)).ParamName);
        Assert.Equal(
            "third", Assert.Throws<ArgumentException>(() => TermKernels.Map(Formula, three, three, three, two, three, three)).ParamName);
        Assert.Equal(
            "fourth", Assert.Throws<ArgumentException>(() => TermKernels.Map(Formula, three, three, three, three, two, three)).ParamName);
        Assert.Equal(
            "value", Assert.Throws<ArgumentException>(() => TermKernels.Map(Formula, three, three, three, three, three, two)).ParamName);
        Assert.Equal(
            "derivative",
            Assert.Throws<ArgumentException>(() => TermKernels.Map(Formula, three, three, three, three, three, three, two)).ParamName);
        double[] wide = new double[3];
        Assert.Equal(
            "derivative",
            Assert.Throws<ArgumentException>(() => TermKernels.Map(Formula, wide, wide, wide, wide, wide, wide, new double[2])).ParamName);
    }

    private static double[] Fill(double[] values, int length) =>
        [.. Enumerable.Range(0, length).Select(i => double.IsNaN(values[i % values.Length]) ? -0.5 : values[i % values.Length])];

    private static float[] Narrow(double[] values, int length) => [.. Fill(values, length).Select(v => (float)v)];
}
