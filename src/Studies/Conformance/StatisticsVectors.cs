using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>Masked means, variances and whitening.</summary>
internal static class StatisticsVectors
{
    /// <summary>verl's moments: ε in the count and under the root.</summary>
    public static readonly MomentOptions VerlMoments = new(Ddof: 1, CountEpsilon: 1e-8);

    /// <summary>TRL's moments: no ε in the count.</summary>
    public static readonly MomentOptions TrlMoments = new(Ddof: 1);

    private static readonly MomentOptions Population = new(Ddof: 0);

    private const double MachineEpsilon = 1.0 / (1L << 52);

    private const double UnitsInLastPlace = 4;

    public static void Verl(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] values = inputs.Array("values");
        SequenceMask mask = inputs.Mask("mask");
        outputs["masked_sum"] = MaskedStatistics.Sum(values, mask);
        outputs["masked_mean"] = MaskedStatistics.Mean(values, mask, 1e-8);
        outputs.Set(MaskedStatistics.RowSums(values, mask), "masked_sum_axis_last");
        outputs.Set(MaskedStatistics.RowMeans(values, mask, 1e-8), "masked_mean_axis_last");
        outputs["masked_var_unbiased"] = MaskedStatistics.Variance(values, mask, VerlMoments);
        outputs["masked_var_biased"] = MaskedStatistics.Variance(values, mask, VerlMoments with { Ddof = 0 });
        Whiten(outputs, values, mask, VerlMoments, "masked_whiten", keepMean: false);
        Whiten(outputs, values, mask, VerlMoments, "masked_whiten_keep_mean", keepMean: true);
    }

    public static void Trl(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] values = inputs.Array("values");
        SequenceMask mask = inputs.Mask("mask");
        SequenceMask full = SequenceMask.Full(mask.Rows, mask.Columns);
        outputs["masked_mean"] = MaskedStatistics.Mean(values, mask);
        outputs.Set(MaskedStatistics.RowMeans(values, mask), "masked_mean_axis_last");
        outputs["masked_var_unbiased"] = MaskedStatistics.Variance(values, mask, TrlMoments);
        outputs["masked_var_biased"] = MaskedStatistics.Variance(values, mask, Population);
        Whiten("masked_whiten", "masked_whiten_keep_mean", mask, TrlMoments);
        Whiten("whiten_unmasked", "whiten_unmasked_keep_mean", full, TrlMoments);
        Whiten("whiten_population_lm_human_preferences", "whiten_population_keep_mean_lm_human_preferences", full, Population);

        void Whiten(string name, string keepMeanName, SequenceMask over, MomentOptions moments)
        {
            StatisticsVectors.Whiten(outputs, values, over, moments, name, keepMean: false);
            StatisticsVectors.Whiten(outputs, values, over, moments, keepMeanName, keepMean: true);
        }
    }

    public static void OpenRlhf(VectorInputs inputs, VectorOutputs outputs)
    {
        double[] values = inputs.Array("values");
        SequenceMask mask = inputs.Mask("mask");
        double sum = MaskedStatistics.Sum(values, mask);
        outputs["masked_mean"] = MaskedStatistics.Mean(values, mask);
        outputs.Set(MaskedStatistics.RowMeans(values, mask), "masked_mean_dim_last");
        outputs.Set(
            MaskedStatistics.WhitenRows(values, mask, new(Ddof: 0, VarianceEpsilon: 0, VarianceFloor: 1e-8)), "masked_normalize_dim_last");
        outputs["masked_mean_open_instruct"] = new Total(sum, mask.Count).Mean;
        outputs["masked_mean_open_instruct_axis1"] = MaskedStatistics.RowSums(values, mask)
            .Select((rowSum, row) => new Total(rowSum, mask.CountInRow(row)).Mean)
            .Average();
        outputs["masked_mean_open_instruct_denominator10"] = new Total(sum, 10).Mean;
    }

    /// <summary>
    /// How far rounding moves (x − mean)/deviation: a few units in the last place of the largest x, over the deviation. Where all x
    /// are equal, that is all that the numerator holds.
    /// </summary>
    public static double Rounding(IEnumerable<double> values, double deviation) =>
        UnitsInLastPlace * MachineEpsilon * values.Select(Math.Abs).DefaultIfEmpty().Max() / deviation;

    private static void Whiten(
        VectorOutputs outputs, double[] values, SequenceMask mask, MomentOptions moments, string name, bool keepMean)
    {
        double variance = MaskedStatistics.Variance(values, mask, moments);
        outputs.Set(MaskedStatistics.Whiten(values, mask, moments, keepMean), name);
        if (double.IsFinite(variance))
        {
            outputs.Round(Rounding(values.Where((_, i) => mask.Flags[i]), Math.Sqrt(variance + moments.VarianceEpsilon)), name);
        }
    }
}
