namespace RlCore.Trainers.Hub;

/// <summary>Whether a request may succeed when it is repeated.</summary>
internal enum HubFailureKind
{
    /// <summary>Never: the hub has answered, or its answer cannot be used.</summary>
    Final,

    /// <summary>The hub cannot be reached.</summary>
    Unreachable,

    /// <summary>The hub is busy or has an internal error, or the connection was cut.</summary>
    Passing,
}

/// <summary>A request to a hub failed.</summary>
/// <param name="kind">Whether it may be repeated.</param>
/// <param name="found">What happened, for an <see cref="Inputs.InputProblem"/>.</param>
/// <param name="expected">What the user can do.</param>
/// <param name="cause">The original exception; null if the hub's answer is the failure.</param>
internal sealed class HubFailure(HubFailureKind kind, string found, string expected, Exception? cause = null)
    : Exception($"{found}; expected {expected}", cause)
{
    /// <summary>Whether it may be repeated.</summary>
    public HubFailureKind Kind { get; } = kind;

    /// <summary>What happened.</summary>
    public string Found { get; } = found;

    /// <summary>What the user can do.</summary>
    public string Expected { get; } = expected;

    /// <summary>The Retry-After header of the answer; empty if absent.</summary>
    /// <value>"".</value>
    public string RetryAfter { get; init; } = "";

    /// <summary>Whether the answer refuses to send only the end of a file.</summary>
    /// <value>False.</value>
    public bool RefusesRange { get; init; }
}
