using RlCore.Algebra;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What the learning rate does over a stage.</summary>
public sealed class LearningRateLaws
{
    private const int Total = 40;
    private const int Warmup = 8;

    private static readonly Dictionary<string, Schedule> Schedules = new()
    {
        ["Constant"] = new Schedule.Constant(Warmup),
        ["Linear"] = new Schedule.Linear(Warmup),
        ["Cosine"] = new Schedule.Cosine(Warmup),
    };

    public static TheoryData<string> Names => [.. Schedules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Warm_up_rises_linearly_from_the_first_update_and_ends_at_the_peak(string name)
    {
        var settings = new OptimizerSettings { LearningRate = 0.3, Schedule = Schedules[name] };
        for (int step = 0; step <= Warmup; step++)
        {
            Assert.Equal(0.3 * (step + 1) / (Warmup + 1), LearningRate.At(settings, step, Total), 1e-15);
        }
    }

    [Fact]
    public void After_the_warm_up_each_schedule_has_its_shape()
    {
        double At(
            string name,
            int step) => LearningRate.At(new OptimizerSettings { LearningRate = 2, Schedule = Schedules[name] }, step, Total);
        for (int step = Warmup; step < Total; step++)
        {
            double progress = (double)(step - Warmup) / (Total - Warmup);
            Assert.Equal(2, At("Constant", step), 1e-15);
            Assert.Equal(2 * (1 - progress), At("Linear", step), 1e-14);
            Assert.Equal(1 + Math.Cos(Math.PI * progress), At("Cosine", step), 1e-14);
        }
    }

    [Fact]
    public void No_update_of_a_stage_has_rate_zero()
    {
        foreach (var (name, schedule) in Schedules)
        {
            var settings = new OptimizerSettings { Schedule = schedule with { WarmupSteps = 0 } };
            Assert.All(
                Enumerable.Range(0, Total),
                step => Assert.True(LearningRate.At(settings, step, Total) > 0, $"{name} is zero at update {step}."));
        }
    }
}
