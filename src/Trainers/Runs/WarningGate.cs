using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Runs;

/// <summary>Lets a kind of warning through when it has lasted as many steps as it asks for, and then at most once in so many steps.</summary>
internal sealed class WarningGate
{
    /// <summary>Steps between two of one kind.</summary>
    public const int Pause = 100;

    private readonly Dictionary<(string Stage, string Kind), Seen> _seen = [];

    /// <summary>The warnings of a step that a person is to be told of.</summary>
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
