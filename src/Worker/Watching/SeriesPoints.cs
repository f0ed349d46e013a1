using RlCore.Trainers.Runs;

namespace RlCore.Worker.Watching;

/// <summary>
/// A metric as points to draw. Of more rows than there is room for, each bucket of rows keeps its smallest and its largest value, so that
/// no spike is lost, and the mean of its values, so that a smoothed curve is that of all rows.
/// </summary>
/// <param name="capacity">The number of points expected.</param>
internal sealed class SeriesPoints(int capacity)
{
    private const double BeforeStep = 0.25;

    /// <summary>Steps.</summary>
    public List<double> X { get; } = new(capacity);

    /// <summary>Values; NaN for a gap.</summary>
    public List<double> Y { get; } = new(capacity);

    /// <summary>Means of the rows that a point stands for; empty if each stands for one.</summary>
    public List<double> Means { get; } = [];

    /// <summary>How many rows a point stands for; empty if each stands for one.</summary>
    public List<double> Counts { get; } = [];

    /// <summary>Chooses the points of some rows.</summary>
    /// <param name="steps">The step of each row.</param>
    /// <param name="values">The value in each row; NaN for none.</param>
    /// <param name="stages">The stages, between which a curve has a gap.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="most">About the most points.</param>
    public static SeriesPoints Choose(
        ReadOnlySpan<double> steps, ReadOnlySpan<double> values, IReadOnlyList<StageRows> stages, Range rows, int most)
    {
        var (first, count) = rows.GetOffsetAndLength(steps.Length);
        var points = new SeriesPoints(Math.Min(count, most));
        for (int stage = 0; stage < stages.Count; stage++)
        {
            int from = Math.Max(first, stages[stage].FirstRow);
            int to = Math.Min(first + count, stage + 1 < stages.Count ? stages[stage + 1].FirstRow : steps.Length);
            if (from < to)
            {
                // What the points go on from may have been sent before.
                if (points.Y.Count > 0 || (first > 0 && from == stages[stage].FirstRow))
                {
                    points.AddGap(steps[from]);
                }

                points.AddStage(steps[from..to], values[from..to], count <= most ? 1 : (int)Math.Ceiling(2.0 * count / most));
            }
        }

        return points;
    }

    /// <summary>The exponential mean, without its bias towards zero, as the page computes it.</summary>
    /// <param name="weight">The weight of what came before, within [0, 1).</param>
    /// <returns>A value for each point; NaN in a gap, after which it begins anew.</returns>
    public IReadOnlyList<double> Smooth(double weight)
    {
        double[] smoothed = new double[Y.Count];
        double mean = 0, total = 0;
        for (int i = 0; i < smoothed.Length; i++)
        {
            if (double.IsNaN(Y[i]))
            {
                (mean, total, smoothed[i]) = (0, 0, double.NaN);
                continue;
            }

            double kept = Math.Pow(weight, Counts.Count > 0 ? Counts[i] : 1);
            mean = (kept * mean) + ((1 - kept) * (Means.Count > 0 ? Means[i] : Y[i]));
            total = (kept * total) + (1 - kept);
            smoothed[i] = mean / total;
        }

        return smoothed;
    }

    private void AddGap(double step)
    {
        if (Y.Count == 0 || !double.IsNaN(Y[^1]))
        {
            Add(step - BeforeStep, double.NaN);
        }
    }

    private void AddStage(ReadOnlySpan<double> steps, ReadOnlySpan<double> values, int bucket)
    {
        for (int start = 0; start < values.Length; start += bucket)
        {
            int end = Math.Min(start + bucket, values.Length);
            if (bucket == 1)
            {
                AddRow(steps[start], values[start]);
            }
            else
            {
                AddBucket(steps[start..end], values[start..end]);
            }
        }
    }

    // An infinite value is a gap: there is no place for it.
    private void AddRow(double step, double value)
    {
        if (!double.IsNaN(value))
        {
            Add(step, double.IsFinite(value) ? value : double.NaN);
        }
    }

    private void AddBucket(ReadOnlySpan<double> steps, ReadOnlySpan<double> values)
    {
        int low = -1, high = -1, count = 0;
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsFinite(values[i]))
            {
                low = low < 0 || values[i] < values[low] ? i : low;
                high = high < 0 || values[i] > values[high] ? i : high;
                sum += values[i];
                count++;
            }
        }

        if (count == 0)
        {
            return;
        }

        int[] kept = low == high ? [low] : [Math.Min(low, high), Math.Max(low, high)];
        foreach (int i in kept)
        {
            Add(steps[i], values[i]);
            Means.Add(sum / count);
            Counts.Add((double)count / kept.Length);
        }
    }

    private void Add(double x, double y)
    {
        // Where buckets have been, a gap has to stand among their means too.
        if (double.IsNaN(y) && Means.Count > 0)
        {
            Means.Add(double.NaN);
            Counts.Add(0);
        }

        X.Add(x);
        Y.Add(y);
    }
}
