namespace RlCore.Algebra;

/// <summary>The choices in a masked mean and variance that differ between implementations.</summary>
/// <param name="Ddof">Degrees of freedom taken from the count in the variance: 1 or 0.</param>
/// <param name="CountEpsilon">Added to the count when the mean (and the variance) is divided: 0, or verl's 1e-8.</param>
/// <param name="VarianceEpsilon">Added to the variance under the root when values are whitened.</param>
/// <param name="VarianceFloor">The least variance when values are whitened (OpenRLHF: 1e-8).</param>
public sealed record MomentOptions(int Ddof = 1, double CountEpsilon = 0, double VarianceEpsilon = 1e-8, double VarianceFloor = 0);

/// <summary>
/// Sums, means, variances and whitening over the elements of a mask. Elements outside of it are never read, so they
/// may hold NaN. What is undefined (the mean of nothing, the sample variance of one number) is NaN.
/// </summary>
public static class MaskedStatistics
{
    /// <summary>Σ x over the mask.</summary>
    /// <param name="values">Row-major elements of the mask's shape.</param>
    /// <param name="mask">Which of them count.</param>
    public static double Sum(ReadOnlySpan<double> values, SequenceMask mask) => Sum(values, Flags(values, mask));

    /// <summary>Σ x of each row over the mask.</summary>
    /// <param name="values">Row-major elements of the mask's shape.</param>
    /// <param name="mask">Which of them count.</param>
    public static double[] RowSums(ReadOnlySpan<double> values, SequenceMask mask)
    {
        ReadOnlySpan<bool> flags = Flags(values, mask);
        var sums = new double[mask.Rows];
        for (int row = 0; row < sums.Length; row++)
        {
            Range range = (row * mask.Columns)..((row + 1) * mask.Columns);
            sums[row] = Sum(values[range], flags[range]);
        }

        return sums;
    }

    /// <summary>Σ x / (count + ε); NaN of nothing unless ε &gt; 0.</summary>
    /// <param name="values">Row-major elements of the mask's shape.</param>
    /// <param name="mask">Which of them count.</param>
    /// <param name="countEpsilon">ε.</param>
    public static double Mean(ReadOnlySpan<double> values, SequenceMask mask, double countEpsilon = 0) =>
        Sum(values, mask) / (mask.Count + countEpsilon);

    /// <summary>The mean of each row.</summary>
    /// <param name="values">Row-major elements of the mask's shape.</param>
    /// <param name="mask">Which of them count.</param>
    /// <param name="countEpsilon">ε.</param>
    public static double[] RowMeans(ReadOnlySpan<double> values, SequenceMask mask, double countEpsilon = 0)
    {
        double[] means = RowSums(values, mask);
        for (int row = 0; row < means.Length; row++)
        {
            means[row] /= mask.CountInRow(row) + countEpsilon;
        }

        return means;
    }

    /// <summary>Σ (x − mean)² / (count + ε), times count/(count − 1) when ddof is 1; NaN where count ≤ ddof and ddof is 1.</summary>
    /// <param name="values">Row-major elements of the mask's shape.</param>
    /// <param name="mask">Which of them count.</param>
    /// <param name="options">ddof and ε.</param>
    public static double Variance(ReadOnlySpan<double> values, SequenceMask mask, MomentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        double mean = Mean(values, mask, options.CountEpsilon);
        ReadOnlySpan<bool> flags = mask.Flags;
        double squares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            squares += flags[i] ? (values[i] - mean) * (values[i] - mean) : 0;
        }

        double biased = squares / (mask.Count + options.CountEpsilon);
        return options.Ddof == 0 ? biased : mask.Count > 1 ? biased * (mask.Count / (mask.Count - 1.0)) : double.NaN;
    }

    /// <summary>
    /// (x − mean)/√(max(variance, floor) + ε) at <em>every</em> element, in or out of the mask; the moments are those of
    /// the mask. With <paramref name="keepMean"/> the mean is added back.
    /// </summary>
    /// <param name="values">Row-major elements of the mask's shape.</param>
    /// <param name="mask">The elements over which the moments are computed.</param>
    /// <param name="options">ddof, ε and floor.</param>
    /// <param name="keepMean">Whether only the variance is normalised.</param>
    public static double[] Whiten(ReadOnlySpan<double> values, SequenceMask mask, MomentOptions options, bool keepMean = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        double mean = Mean(values, mask, options.CountEpsilon);
        double variance = Math.Max(Variance(values, mask, options), options.VarianceFloor) + options.VarianceEpsilon;
        var whitened = new double[values.Length];
        for (int i = 0; i < whitened.Length; i++)
        {
            whitened[i] = ((values[i] - mean) / Math.Sqrt(variance)) + (keepMean ? mean : 0);
        }

        return whitened;
    }

    /// <summary>x − mean at every element; the mean is that of the mask.</summary>
    /// <param name="values">Row-major elements of the mask's shape.</param>
    /// <param name="mask">The elements over which the mean is computed.</param>
    public static double[] Center(ReadOnlySpan<double> values, SequenceMask mask)
    {
        double mean = Mean(values, mask);
        var centred = new double[values.Length];
        for (int i = 0; i < centred.Length; i++)
        {
            centred[i] = values[i] - mean;
        }

        return centred;
    }

    /// <summary>Each row whitened by its own moments; 0 outside of the mask and in rows without elements.</summary>
    /// <param name="values">Row-major elements of the mask's shape.</param>
    /// <param name="mask">Which of them count.</param>
    /// <param name="options">ddof, ε and floor.</param>
    public static double[] WhitenRows(ReadOnlySpan<double> values, SequenceMask mask, MomentOptions options)
    {
        Flags(values, mask);
        var whitened = new double[values.Length];
        for (int row = 0; row < mask.Rows; row++)
        {
            Range range = (row * mask.Columns)..((row + 1) * mask.Columns);
            Whiten(values[range], mask.SliceRows(row, 1), options).CopyTo(whitened.AsSpan(range));
        }

        return ZeroOutside(whitened, mask);
    }

    /// <summary>x in the mask, 0 outside.</summary>
    /// <param name="values">Row-major elements of the mask's shape.</param>
    /// <param name="mask">Which of them are kept.</param>
    public static double[] ZeroOutside(ReadOnlySpan<double> values, SequenceMask mask)
    {
        ReadOnlySpan<bool> flags = Flags(values, mask);
        var kept = new double[values.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = flags[i] ? values[i] : 0;
        }

        return kept;
    }

    private static double Sum(ReadOnlySpan<double> values, ReadOnlySpan<bool> flags)
    {
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            sum += flags[i] ? values[i] : 0;
        }

        return sum;
    }

    private static ReadOnlySpan<bool> Flags(ReadOnlySpan<double> values, SequenceMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return values.Length == mask.Flags.Length
            ? mask.Flags
            : throw new ArgumentException($"{values.Length} values were given for a mask of {mask.Rows} × {mask.Columns}.", nameof(values));
    }
}
