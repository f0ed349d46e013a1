using RlCore.Trainers.Models;

namespace RlCore.Trainers.Stages;

/// <summary>A stage that learns from a teacher.</summary>
public interface ITaughtStage
{
    /// <summary>The teacher: the name of an earlier stage, whose result it is, or the folder of a checkpoint or of a run.</summary>
    string Teacher { get; }

    /// <summary>
    /// Shape of a new model with random weights that is trained in this stage and by later stages; null continues with the
    /// model of the run.
    /// </summary>
    ModelSettings? Student { get; }
}
