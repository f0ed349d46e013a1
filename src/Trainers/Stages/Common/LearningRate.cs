using RlCore.Algebra;

namespace RlCore.Trainers.Stages;

/// <summary>The learning rate of a step, as a pure function.</summary>
internal static class LearningRate
{
    /// <summary>
    /// Linear warm-up from peak/(warmup + 1), then the schedule over the remaining steps. Step 0 is the first update, and its
    /// rate is never zero.
    /// </summary>
    /// <param name="settings">Peak, schedule, warm-up.</param>
    /// <param name="step">Update, from 0.</param>
    /// <param name="totalSteps">Updates of the stage.</param>
    public static double At(OptimizerSettings settings, int step, int totalSteps)
    {
        Schedule schedule = settings.Schedule;
        return settings.LearningRate * (schedule with { WarmupStart = 1.0 / (schedule.WarmupSteps + 1) }).Factor(step, totalSteps);
    }
}
