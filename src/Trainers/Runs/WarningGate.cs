using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Runs;

/// <summary>Reports a kind of warning once it has lasted the required number of steps, and then at most once per interval.</summary>
internal sealed class WarningGate
{
    /// <summary>Steps between two warnings of the same kind.</summary>
    public const int Pause = 100;

    private readonly Dictionary<(string Stage, string Kind), Seen> _seen = [];

    /// <summary>The warnings of a step to report.</summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="step">Step within the stage.</param>
    /// <param name="warnings">All warnings of the step.</param>
    public IReadOnlyList<RunWarning> Pass(string stage, int step, IReadOnlyList<RunWarning> warnings) =>
        [.. warnings.Where(warning => IsTold(stage, step, warning))];

    private bool IsTold(string stage, int step, RunWarning warning)
    {
        var before = _seen.GetValueOrDefault((stage, warning.Kind), new Seen(0, 0, int.MinValue));
        int inARow = before.Last == step - 1 ? before.InARow + 1 : 1;
        bool told = inARow >= warning.Persistence && (before.Told == int.MinValue || step - before.Told >= Pause);
        _seen[(stage, warning.Kind)] = new Seen(step, inARow, told ? step : before.Told);
        return told;
    }

    private sealed record Seen(int Last, int InARow, int Told);
}
