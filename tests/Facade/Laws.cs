using RlCore.Algebra;

namespace RlCore.Facade.Tests;

/// <summary>How the laws of the facade are compared.</summary>
internal static class Laws
{
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
