namespace RlCore.Conformance;

/// <summary>The formula of each file of vectors, by the name that the file states.</summary>
internal static class VectorTable
{
    /// <summary>The table.</summary>
    public static readonly Dictionary<string, Action<VectorInputs, VectorOutputs>> Formulas = new()
    {
        ["masked_stats_verl"] = StatisticsVectors.Verl,
        ["masked_stats_trl"] = StatisticsVectors.Trl,
        ["masked_stats_openrlhf"] = StatisticsVectors.OpenRlhf,
    };
}
