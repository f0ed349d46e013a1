namespace RlCore.Engines;

/// <summary>A reason why an engine cannot be used as requested.</summary>
/// <param name="Option">The option, by its name on a command line.</param>
/// <param name="Found">What it says.</param>
/// <param name="Expected">What it should say.</param>
public sealed record EngineProblem(string Option, string Found, string Expected)
{
    /// <summary>One line: option, what was found, what was expected.</summary>
    public override string ToString() => $"{Option}: found {Found}; expected {Expected}.";
}

/// <summary>Thrown when no engine can be used with the given options.</summary>
public sealed class EngineException : Exception
{
    /// <summary>An exception over all problems of the options.</summary>
    /// <param name="problems">The problems; at least one.</param>
    public EngineException(params IReadOnlyList<EngineProblem> problems)
        : base(string.Join('\n', problems)) => Problems = problems;

    /// <summary>All problems.</summary>
    public IReadOnlyList<EngineProblem> Problems { get; }
}
