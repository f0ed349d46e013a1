using RlCore.Algebra;
using RlCore.Trainers.Checkpoints;

namespace RlCore.Trainers.Stages;

/// <summary>BCO's δ: the mean of all implicit rewards of the training so far. Source: Jung et al. 2024, section 4.2.</summary>
/// <param name="applies">Whether the loss shifts rewards; otherwise there is no state.</param>
internal sealed class RewardShift(bool applies)
{
    private RunningMoments _moments = RunningMoments.Empty;

    /// <summary>Updates δ with the rewards of another step.</summary>
    /// <param name="rewards">Rewards of all completions of the step.</param>
    public double Update(ReadOnlySpan<double> rewards)
    {
        _moments = _moments.Update(rewards);
        return _moments.Mean;
    }

    /// <summary>Adds δ to the state for a checkpoint.</summary>
    /// <param name="state">The trainer's state so far.</param>
    public TrainerState ExportTo(TrainerState state) => !applies ? state : state with
    {
        Scalars = new Dictionary<string, double>
        {
            ["delta_mean"] = _moments.Mean,
            ["delta_variance"] = _moments.Variance,
            ["delta_count"] = _moments.Count,
        },
    };

    /// <summary>Restores it.</summary>
    /// <param name="state">The trainer's state.</param>
    public void Import(TrainerState state)
    {
        if (applies)
        {
            _moments = new RunningMoments(state.Scalars["delta_mean"], state.Scalars["delta_variance"], state.Scalars["delta_count"]);
        }
    }
}
