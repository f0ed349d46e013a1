using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Objectives;

/// <summary>The learning rate of a step, as a pure function.</summary>
public static class LearningRate
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
        if (step < settings.WarmupSteps)
        {
            return settings.LearningRate * (step + 1) / (settings.WarmupSteps + 1);
        }

        double progress = (double)(step - settings.WarmupSteps) / Math.Max(1, totalSteps - settings.WarmupSteps);
        return settings.LearningRate * settings.Schedule switch
        {
            ScheduleKind.Linear => 1 - progress,
            ScheduleKind.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            _ => 1,
        };
    }
}
