using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Inputs;

namespace RlCore.Worker.Engines;

/// <summary>Chooses and starts the engine, once: the only place that knows both.</summary>
public static class EngineHost
{
    private const string HowToGetTorch = "the engine \"managed\", or a build with TorchSharp: add -p:Torch=cuda-linux (or cpu, or cuda-windows) to dotnet run, before --";

    /// <summary>Whether the Torch engine is built in.</summary>
    public static bool HasTorch =>
#if TORCH
        true;
#else
        false;
#endif

    /// <summary>Starts the engine that is asked for, does the work on it, and disposes of it.</summary>
    /// <param name="settings">Which engine, and how.</param>
    /// <param name="work">The work.</param>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <exception cref="InputException">The engine is not built in, does not know an option, or its device cannot be used.</exception>
    public static TResult Run<TResult>(EngineSettings settings, IEngineWork<TResult> work)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(work);
#if TORCH
        if (settings.Engine == EngineKind.Torch || (settings.Engine == EngineKind.Auto && (settings.TorchOptions.Count > 0 || TorchHost.HasGpu)))
        {
            return TorchHost.Run(settings, work);
        }
#else
        if (settings.Engine == EngineKind.Torch)
        {
            throw new InputException(new InputProblem("--engine", 0, "", "torch, which is not in this build", HowToGetTorch));
        }
#endif
        if (settings.TorchOptions.Count > 0)
        {
            throw new InputException([.. settings.TorchOptions.Select(option => new InputProblem(option, 0, "", "an option of the Torch engine", HasTorch ? "no such option with --engine managed" : HowToGetTorch))]);
        }

        using var engine = new ManagedEngine(settings.Threads == 0 ? new ManagedEngineOptions() : new ManagedEngineOptions { Threads = settings.Threads });
        return work.Run(engine);
    }
}
