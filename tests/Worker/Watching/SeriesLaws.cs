using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Runs;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Tests.Watching;

/// <summary>The points that a curve is drawn of.</summary>
public sealed class SeriesLaws
{
    private static readonly StageRows[] OneStage = [new("grpo", 0)];

    private static Arbitrary<double[]> Values => Gen.Frequency(
            (8, Gen.Choose(-1000, 1000).Select(value => value / 8.0)),
            (1, Gen.Constant(double.NaN)))
        .ArrayOf().Where(values => values.Length > 0).ToArbitrary();

    [Property]
    public Property Few_rows_are_points_as_they_are() => Prop.ForAll(Values, values =>
    {
        SeriesPoints points = Choose(values, values.Length);
        Assert.Equal(values.Where(double.IsFinite), points.Y);
        Assert.Equal(Steps(values).Where((_, row) => double.IsFinite(values[row])), points.X);
        Assert.Empty(points.Means);
    });

    [Property]
    public Property Of_many_rows_the_extremes_the_sum_and_the_number_stay() => Prop.ForAll(
        Values, Gen.Choose(1, 20).ToArbitrary(), (values, most) =>
        {
            SeriesPoints points = Choose(values, most);
            double[] kept = [.. values.Where(double.IsFinite)];
            Assert.InRange(points.Y.Count, 0, Math.Max(most + 2, values.Length <= most ? values.Length : 0));
            if (kept.Length > 0)
            {
                Assert.Equal((kept.Min(), kept.Max()), (points.Y.Min(), points.Y.Max()));
            }

            Assert.Equal(points.X.Order(), points.X);
            Assert.All(points.X.Zip(points.Y), point => Assert.Equal(values[(int)point.First - 1], point.Second));
            if (points.Counts.Count > 0)
            {
                Assert.Equal(kept.Length, points.Counts.Sum(), 1e-9);
                Assert.Equal(kept.Sum(), points.Means.Zip(points.Counts).Sum(pair => pair.First * pair.Second), 1e-6);
            }
        });

    [Fact]
    public void Stages_are_apart_and_an_infinite_value_is_a_gap()
    {
        SeriesPoints points = SeriesPoints.Choose(
            [1, 2, 3, 4], [1, double.PositiveInfinity, 2, 3], [new StageRows("a", 0), new StageRows("b", 2)], Range.All, 10);
        Assert.Equal([1, 2, 3, 4], points.X);
        Assert.Equal([1, double.NaN, 2, 3], points.Y);
        points = SeriesPoints.Choose([1, 2, 3], [1, 2, 3], [new StageRows("a", 0), new StageRows("b", 2)], Range.All, 10);
        Assert.Equal([1, 2, double.NaN, 3], points.Y);
        Assert.Equal([1, 2, 2.75, 3], points.X);
        points = SeriesPoints.Choose([1, 2, 3], [1, 2, 3], [new StageRows("a", 0), new StageRows("b", 2)], 2.., 10);
        Assert.Equal([double.NaN, 3], points.Y);
        points = SeriesPoints.Choose([1, 2, 3], [double.NaN, double.NaN, 3], [new StageRows("a", 0), new StageRows("b", 2)], Range.All, 10);
        Assert.Equal([3.0], points.Y);
    }

    [Fact]
    public void Smoothing_is_the_mean_weighted_by_age_and_begins_without_a_bias()
    {
        SeriesPoints points = Choose([4, 8, 2], 10);
        Assert.Equal([4, (4 * 0.5 + 8) / 1.5, (4 * 0.25 + 8 * 0.5 + 2) / 1.75], points.Smooth(0.5).Select(value => Math.Round(value, 12)),
            (expected, actual) => Math.Abs(expected - actual) < 1e-9);
    }

    [Fact]
    public void Smoothing_of_buckets_is_near_that_of_all_rows()
    {
        double[] values = [.. Enumerable.Range(0, 10_000).Select(row => Math.Sin(row / 1000.0) + (row % 7 == 0 ? 3 : 0))];
        double[] all = [.. Choose(values, values.Length).Smooth(0.999)];
        SeriesPoints points = Choose(values, 500);
        Assert.All(points.X.Zip(points.Smooth(0.999)).Skip(20), point => Assert.Equal(all[(int)point.First - 1], point.Second, 0.05));
    }

    [Fact]
    public void Names_of_folders_are_as_long_as_tells_them_apart() => Assert.Equal(
        ["x/runs/a", "y/runs/a", "b"],
        FolderNames.Of([Path.GetFullPath("/x/runs/a"), Path.GetFullPath("/y/runs/a"), Path.GetFullPath("/y/runs/b")]));

    private static double[] Steps(double[] values) => [.. Enumerable.Range(1, values.Length).Select(step => (double)step)];

    private static SeriesPoints Choose(double[] values, int most) =>
        SeriesPoints.Choose(Steps(values), values, OneStage, Range.All, most);
}
