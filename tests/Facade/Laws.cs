using FsCheck;
using FsCheck.Fluent;
using RlCore.Algebra;

namespace RlCore.Facade.Tests;

/// <summary>How the laws of the facade are run and compared.</summary>
internal static class Laws
{
    /// <summary>Runs a law on batches of many seeds.</summary>
    public static void Hold(Action<Batch> law, int cases = 300) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(cases),
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => law(new Batch(seed))));

    public static void Close(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * (1 + Math.Abs(expected)), $"expected {expected:R}, found {actual:R}");

    public static void Close(IReadOnlyList<double> expected, IEnumerable<double> actual, double tolerance)
    {
        double[] found = [.. actual];
        Assert.Equal(expected.Count, found.Length);
        for (int i = 0; i < found.Length; i++)
        {
            Close(expected[i], found[i], tolerance);
        }
    }

    public static Grid<Dual<Real>> SequenceMean(Grid<Dual<Real>> loss, SequenceMask mask) =>
        TokenLosses.Aggregate(loss, mask, new Aggregation.SequenceMean().RowWeights(mask));
}
