namespace RlCore.Trainers.Runs;

/// <summary>Something about a step that a person should know.</summary>
/// <param name="Kind">What it is about, in one word, the same each time.</param>
/// <param name="Message">What was seen and what to try.</param>
public sealed record RunWarning(string Kind, string Message);

/// <summary>Lets a kind of warning through when it is new in its stage, and then at most once in so many steps.</summary>
internal sealed class WarningGate
{
    /// <summary>Steps between two of one kind.</summary>
    public const int Pause = 100;

    private readonly Dictionary<(string Stage, string Kind), int> _last = [];

    /// <summary>Whether a person is to be told now.</summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="kind">The warning's kind.</param>
    /// <param name="step">Step within the stage.</param>
    public bool LetsThrough(string stage, string kind, int step)
    {
        bool through = !_last.TryGetValue((stage, kind), out int last) || step - last >= Pause;
        if (through)
        {
            _last[(stage, kind)] = step;
        }

        return through;
    }
}
