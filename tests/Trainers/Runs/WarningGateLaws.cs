using FsCheck.Fluent;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>When a warning is told.</summary>
public class WarningGateLaws
{
    [Fact]
    public void A_warning_is_told_when_it_stands_for_its_steps_in_a_row_and_is_then_silent_for_the_pause() =>
        Laws.Hold(
            from persistence in Gen.Choose(1, 12)
            from gaps in Gen.ArrayOf(Gen.Choose(1, 40), 8)
            select (persistence, gaps),
            scenario =>
            {
                (int persistence, int[] gaps) = scenario;
                int[] quiet = [.. gaps.Aggregate(new List<int> { 0 }, (steps, gap) => [.. steps, steps[^1] + gap])];
                int last = quiet[^1] + (2 * WarningGate.Pause) + persistence;
                var gate = new WarningGate();
                var told = new List<int>();
                var expected = new List<int>();
                for (int step = 1; step <= last; step++)
                {
                    RunWarning[] warnings = quiet.Contains(step) ? [] : [new RunWarning("kind", "message", persistence)];
                    if (gate.Pass("stage", step, warnings).Count > 0)
                    {
                        told.Add(step);
                    }

                    if (step - quiet.Where(before => before <= step).Max() >= persistence
                        && (expected.Count == 0 || step - expected[^1] >= WarningGate.Pause))
                    {
                        expected.Add(step);
                    }
                }

                return expected.SequenceEqual(told);
            },
            count: 200);

    [Fact]
    public void Kinds_and_stages_are_counted_apart()
    {
        var gate = new WarningGate();
        RunWarning a = new("a", "A", 2), b = new("b", "B", 2);
        Assert.Empty(gate.Pass("one", 1, [a]));
        Assert.Empty(gate.Pass("one", 2, [b]));
        Assert.Empty(gate.Pass("two", 2, [a]));
        Assert.Equal([b], gate.Pass("one", 3, [a, b]));
        Assert.Equal([a], gate.Pass("two", 3, [a]));
    }
}
