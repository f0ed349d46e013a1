using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What the learning rate does over a stage.</summary>
public sealed class LearningRateLaws
{
    private const int Total = 40;
    private const int Warmup = 8;

    [Theory]
    [InlineData(ScheduleKind.Constant)]
    [InlineData(ScheduleKind.Linear)]
    [InlineData(ScheduleKind.Cosine)]
    public void Warm_up_rises_linearly_from_the_first_update_and_ends_at_the_peak(ScheduleKind kind)
    {
        var settings = new OptimizerSettings { LearningRate = 0.3, Schedule = kind, WarmupSteps = Warmup };
        for (int step = 0; step <= Warmup; step++)
        {
            Assert.Equal(0.3 * (step + 1) / (Warmup + 1), LearningRate.At(settings, step, Total), 1e-15);
        }
    }

    [Fact]
    public void After_the_warm_up_each_schedule_has_its_shape()
    {
        double At(ScheduleKind kind, int step) => LearningRate.At(new OptimizerSettings { LearningRate = 2, Schedule = kind, WarmupSteps = Warmup }, step, Total);
        for (int step = Warmup; step < Total; step++)
        {
            double progress = (double)(step - Warmup) / (Total - Warmup);
            Assert.Equal(2, At(ScheduleKind.Constant, step), 1e-15);
            Assert.Equal(2 * (1 - progress), At(ScheduleKind.Linear, step), 1e-14);
            Assert.Equal(1 + Math.Cos(Math.PI * progress), At(ScheduleKind.Cosine, step), 1e-14);
        }
    }

    [Fact]
    public void No_update_of_a_stage_has_rate_zero()
    {
        foreach (var kind in Enum.GetValues<ScheduleKind>())
        {
            Assert.All(Enumerable.Range(0, Total), step => Assert.True(LearningRate.At(new OptimizerSettings { Schedule = kind }, step, Total) > 0, $"{kind} is zero at update {step}."));
        }
    }
}
