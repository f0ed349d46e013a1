using RlCore.Trainers.Metrics;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What the scores of steps are said to be worth.</summary>
public class ProcessDiagnosticsLaws
{
    [Fact]
    public void The_first_wrong_step_must_be_found_exactly_and_none_where_there_is_none()
    {
        var diagnostics = new ProcessDiagnostics();
        diagnostics.Add([2, -1, -3], [1, 0, 0]);      // found, though it is not the last wrong one
        diagnostics.Add([2, 1, -3], [1, 0.4, 0]);     // too late
        diagnostics.Add([-2, -1], [0.9, 0]);          // too early
        diagnostics.Add([1, 2, 0], [1, 1, 1]);        // none found: a probability of one half is good
        var held = diagnostics.HeldOutMetrics().ToDictionary();
        Assert.Equal(1.0 / 3, held[MetricNames.HeldOutWrongAccuracy], 1e-12);
        Assert.Equal(1, held[MetricNames.HeldOutRightAccuracy]);
        Assert.Equal(2 * (1.0 / 3) / ((1.0 / 3) + 1), held[MetricNames.HeldOutF1], 1e-12);
        Assert.Equal(9.0 / 11, held[MetricNames.HeldOutAccuracy], 1e-12);
        Assert.Equal(6.0 / 11, diagnostics.Metrics().ToDictionary()[MetricNames.PositiveSteps], 1e-12);
    }

    [Fact]
    public void What_there_is_no_completion_for_is_not_measured()
    {
        var wrong = new ProcessDiagnostics();
        wrong.Add([-1], [0]);
        Assert.Equal(
            [MetricNames.HeldOutLoss, MetricNames.HeldOutAccuracy, MetricNames.HeldOutWrongAccuracy],
            wrong.HeldOutMetrics().Select(metric => metric.Key));
        var both = new ProcessDiagnostics();
        both.Add([1], [0]);
        both.Add([-1], [1]);
        Assert.Equal(0, both.HeldOutMetrics().ToDictionary()[MetricNames.HeldOutF1]);
        Assert.Equal(0, both.Accuracy);
        Assert.Equal(Math.Log(1 + Math.E), both.Loss, 1e-12);
    }
}
