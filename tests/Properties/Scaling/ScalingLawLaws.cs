using FsCheck;
using FsCheck.Fluent;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>What follows from a scaling law: inversion, half the loss, and how compute is split.</summary>
public sealed class ScalingLawLaws
{
    private static Arbitrary<ScalingLaw> Joint => (from floor in Gen.Choose(0, 20)
                                                   from a in Gen.Choose(1, 1000)
                                                   from b in Gen.Choose(1, 1000)
                                                   from alpha in Gen.Choose(10, 90)
                                                   from beta in Gen.Choose(10, 90)
                                                   from power in Gen.Choose(3, 10)
                                                   select new ScalingLaw(
                                                       floor / 10.0, [new(a, alpha / 100.0), new(b, beta / 100.0)])
                                                   {
                                                       Power = power / 10.0,
                                                   }).ToArbitrary();

    [Property]
    public Property No_other_split_of_the_compute_has_less_loss() => Prop.ForAll(Joint, Gen.Choose(6, 24).ToArbitrary(), (law, power) =>
    {
        double compute = Math.Pow(10, power);
        ComputeSplit best = law.Split(compute);
        Assert.Equal(1, 6 * best.Parameters * best.Tokens / compute, 1e-9);
        double least = law.Loss(best.Parameters, best.Tokens);
        Assert.All(
            new[] { 0.1, 0.5, 0.9, 1.1, 2, 10 },
            factor => Assert.True(law.Loss(best.Parameters * factor, best.Tokens / factor) > least * (1 - 1e-12)));
        Assert.Equal(1, law.OfCompute().Loss(compute) / least, 1e-9);
        Assert.Equal(1, law.Split(10 * compute).Parameters / best.Parameters / Math.Pow(10, law.SplitExponent), 1e-9);
    });

    [Property]
    public Property The_inverse_is_where_the_loss_is_reached() => Prop.ForAll(Joint, Gen.Choose(1, 12).ToArbitrary(), (law, power) =>
    {
        ScalingLaw one = law with { Terms = [law.Terms[0]] };
        double x = Math.Pow(10, power);
        Assert.Equal(1, one.Inverse(one.Loss(x)) / x, 1e-5);
        Assert.Equal(double.NaN, one.Inverse(one.Irreducible));
        double more = one.MultiplierToDivideReducibleBy(2);
        Assert.Equal(2, (one.Loss(x) - one.Irreducible) / (one.Loss(x * more) - one.Irreducible), 1e-4);
        Assert.Equal(1, one.Terms[0].ToPowerLaw().Loss(x) / one.Terms[0].At(x), 1e-9);
    });

    [Fact]
    public void The_published_law_splits_compute_as_published()
    {
        // Hoffmann et al. 2022, section 3.3: a = β/(α+β) = 0.46 and b = 0.54 are printed; 0.28/0.62 rounds to 0.45.
        var law = new ScalingLaw(1.69, [new(406.4, 0.34), new(410.7, 0.28)]);
        Assert.Equal(0.45, law.SplitExponent, 0.005);
        Assert.InRange(law.Split(5.76e23).Parameters, 3e10, 5e10);
        Assert.Equal(2.0, law.Loss(7e10, 1.4e12), 0.1);
    }

    [Fact]
    public void Two_variables_are_not_one_and_one_is_not_two()
    {
        var one = new ScalingLaw(1, [new(2, 0.5)]);
        var two = new ScalingLaw(1, [new(2, 0.5), new(3, 0.4)]);
        Assert.Contains("1 variable(s)", Assert.Throws<InvalidOperationException>(() => one.Split(1)).Message, StringComparison.Ordinal);
        Assert.Contains("2 variables", Assert.Throws<InvalidOperationException>(() => two.Inverse(2)).Message, StringComparison.Ordinal);
        Assert.Contains("1 numbers for 2 variables", Assert.Throws<ArgumentException>(() => two.Loss(2)).Message, StringComparison.Ordinal);
        Assert.NotEqual(one, one with { Irreducible = 2 });
        Assert.NotEqual(one, one with { Terms = [new(2, 0.6)] });
        Assert.Equal(two, new ScalingLaw(1, [new(2, 0.5), new(3, 0.4)]));
    }
}
