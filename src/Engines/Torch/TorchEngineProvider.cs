namespace RlCore.Engines.Torch;

/// <summary>The provider of the TorchSharp engine, preferred if there is a GPU that it can use.</summary>
public sealed class TorchEngineProvider : IEngineProvider
{
    /// <inheritdoc/>
    public string Name => "torch";

    /// <inheritdoc/>
    public string Title => "Torch";

    /// <inheritdoc/>
    public EngineProblem? Obstacle => null;

    /// <inheritdoc/>
    public EngineProblem? LoadProblem => LibTorchLoader.Problem("");

    /// <inheritdoc/>
    public bool IsPreferred => LoadProblem is null && TorchEngine.DefaultDevice != "cpu";

    /// <inheritdoc/>
    public IReadOnlyList<string> Options { get; } =
    [
        EngineOptions.DeviceOption,
        EngineOptions.BFloat16Option,
        EngineOptions.Tf32Option,
        EngineOptions.GradientCheckpointingOption,
        EngineOptions.LibTorchOption,
    ];

    /// <inheritdoc/>
    public TResult Run<TResult>(EngineOptions options, IEngineWork<TResult> work)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(work);
        using TorchEngine engine = Start(options);
        return work.Run(engine);
    }

    private static TorchEngine Start(EngineOptions options)
    {
        try
        {
            // Before the question for a card, which loads libtorch too.
            LibTorchLoader.Load(options.LibTorch);
            return new TorchEngine(new TorchEngineOptions
            {
                Device = options.Device.Length > 0 ? options.Device : TorchEngine.DeviceOf(options.PlaceOnMachine),
                Precision = options.BFloat16 ? TorchPrecision.BF16 : TorchPrecision.F32,
                AllowTf32 = options.Tf32,
                Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads,
                GradientCheckpointing = options.GradientCheckpointing,
            });
        }
        catch (ArgumentException error)
        {
            throw new EngineException(new EngineProblem("--engine torch", error.Message, "a device that this machine has"));
        }
    }
}

/// <summary>Registration of the TorchSharp engine.</summary>
public static class TorchEngineRegistration
{
    /// <summary>Adds the TorchSharp engine.</summary>
    /// <param name="registry">Where to.</param>
    /// <typeparam name="TRegistry">What takes it.</typeparam>
    /// <returns>The registry.</returns>
    public static TRegistry AddTorchEngine<TRegistry>(this TRegistry registry)
        where TRegistry : IEngineRegistry
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.Add(new TorchEngineProvider());
        return registry;
    }
}
