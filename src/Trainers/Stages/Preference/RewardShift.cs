using RlCore.Algebra;

namespace RlCore.Trainers.Stages;

/// <summary>BCO's δ: the mean of all implicit rewards that training has seen so far. Source: Jung et al. 2024, section 4.2.</summary>
internal sealed class RewardShift
{
    private RunningMoments _moments = RunningMoments.Empty;

    /// <summary>δ with the rewards of another step.</summary>
    /// <param name="rewards">Rewards of all completions of the step.</param>
    public double Update(ReadOnlySpan<double> rewards)
    {
        _moments = _moments.Update(rewards);
        return _moments.Mean;
    }

    /// <summary>The state by name.</summary>
    public IReadOnlyDictionary<string, double> Export() => new Dictionary<string, double>
    {
        ["delta_mean"] = _moments.Mean,
        ["delta_variance"] = _moments.Variance,
        ["delta_count"] = _moments.Count,
    };

    /// <summary>Replaces the state.</summary>
    /// <param name="scalars">Made by <see cref="Export"/>.</param>
    public void Import(IReadOnlyDictionary<string, double> scalars) =>
        _moments = new RunningMoments(scalars["delta_mean"], scalars["delta_variance"], scalars["delta_count"]);
}
