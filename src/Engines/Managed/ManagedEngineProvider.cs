namespace RlCore.Engines.Managed;

/// <summary>The provider of the embedded CPU engine, which runs anywhere.</summary>
public sealed class ManagedEngineProvider : IEngineProvider
{
    /// <inheritdoc/>
    public string Name => "managed";

    /// <inheritdoc/>
    public string Title => "managed";

    /// <inheritdoc/>
    public EngineProblem? Obstacle => null;

    /// <inheritdoc/>
    public bool IsPreferred => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Options => [EngineOptions.GradientCheckpointingOption, EngineOptions.FrozenWeightsOption];

    /// <inheritdoc/>
    public TResult Run<TResult>(EngineOptions options, IEngineWork<TResult> work)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(work);
        var asked = new ManagedEngineOptions
        {
            GradientCheckpointing = options.GradientCheckpointing,
            FrozenWeights = options.FrozenWeights,
        };
        using var engine = new ManagedEngine(options.Threads == 0 ? asked : asked with { Threads = options.Threads });
        return work.Run(engine);
    }
}

/// <summary>Registration of the embedded CPU engine.</summary>
public static class ManagedEngineRegistration
{
    /// <summary>Adds the embedded CPU engine.</summary>
    /// <param name="registry">Where to.</param>
    /// <typeparam name="TRegistry">What takes it.</typeparam>
    /// <returns>The registry.</returns>
    public static TRegistry AddManagedEngine<TRegistry>(this TRegistry registry)
        where TRegistry : IEngineRegistry
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.Add(new ManagedEngineProvider());
        return registry;
    }
}
