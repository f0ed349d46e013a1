using RlCore.Worker.Engines;

namespace RlCore.Worker;

/// <summary>
/// Configuration of the worker: appsettings.json, then environment variables (<c>RLCORE_THREADS</c>), then the command line,
/// the later winning.
/// </summary>
public sealed record WorkerOptions
{
    /// <summary>The recipe that runs when no command is given.</summary>
    /// <value>recipes/quickstart.json.</value>
    public string Recipe { get; init; } = "recipes/quickstart.json";

    /// <summary>The folder that runs are kept in.</summary>
    /// <value>runs.</value>
    public string Runs { get; init; } = "runs";

    /// <summary>What models run on.</summary>
    public EngineSettings Engine { get; init; } = new();

    /// <summary>Seed in place of the recipe's; null for the recipe's.</summary>
    /// <value>null.</value>
    public ulong? Seed { get; init; }

    /// <summary>Whether progress is left out.</summary>
    /// <value>false.</value>
    public bool Quiet { get; init; }
}
