namespace RlCore.Engines;

/// <summary>A kind of engine that a program can choose by name.</summary>
public interface IEngineProvider
{
    /// <summary>Its name in options: "managed", "torch".</summary>
    string Name { get; }

    /// <summary>Its display name: "Torch".</summary>
    string Title { get; }

    /// <summary>Why it cannot be used here; null if it can.</summary>
    EngineProblem? Obstacle { get; }

    /// <summary>
    /// Why this machine cannot load what the engine needs (a native library); null if it can. It is asked, and may load it, only where
    /// "auto" could choose the engine.
    /// </summary>
    EngineProblem? LoadProblem => null;

    /// <summary>Whether this machine has what the engine is fastest on (a GPU), so that it is chosen by default.</summary>
    bool IsPreferred { get; }

    /// <summary>
    /// The options that it supports besides <see cref="EngineOptions.Threads"/>, as <see cref="EngineOptions.Given"/> names them.
    /// </summary>
    IReadOnlyList<string> Options { get; }

    /// <summary>Starts the engine, runs the work on it, and disposes of it.</summary>
    /// <param name="options">How the engine runs.</param>
    /// <param name="work">The work.</param>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <exception cref="EngineException">The engine cannot be started with these options.</exception>
    TResult Run<TResult>(EngineOptions options, IEngineWork<TResult> work);
}

/// <summary>
/// A registry of engines. Each engine's package adds itself with an extension method (<c>AddManagedEngine()</c>)
/// that works on any registry.
/// </summary>
public interface IEngineRegistry
{
    /// <summary>Adds an engine.</summary>
    /// <param name="provider">The engine; its name is not taken yet.</param>
    void Add(IEngineProvider provider);
}
