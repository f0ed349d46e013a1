namespace RlCore.Engines;

/// <summary>An engine that a program knows but was built without; selecting it explains how to get it.</summary>
/// <param name="name">What options call it.</param>
/// <param name="title">What people call it.</param>
/// <param name="options">The options that it would read.</param>
/// <param name="remedy">How to get it.</param>
public sealed class AbsentEngine(string name, string title, IReadOnlyList<string> options, string remedy) : IEngineProvider
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Title => title;

    /// <inheritdoc/>
    public EngineProblem? Obstacle { get; } = new("--engine", $"{name}, which is not in this build", remedy);

    /// <inheritdoc/>
    public bool IsPreferred => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Options => options;

    /// <inheritdoc/>
    public TResult Run<TResult>(EngineOptions options, IEngineWork<TResult> work) => throw new EngineException(Obstacle!);
}
