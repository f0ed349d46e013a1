using RlCore.Engines;
using RlCore.Engines.Managed;

namespace RlCore.Worker;

/// <summary>The engines of this program, which are decided only here.</summary>
internal static class WorkerEngines
{
    private static AbsentEngine AbsentTorch => new(
        "torch",
        "Torch",
        [
            EngineOptions.DeviceOption,
            EngineOptions.BFloat16Option,
            EngineOptions.Tf32Option,
            EngineOptions.GradientCheckpointingOption,
            EngineOptions.LibTorchOption,
        ],
        "the engine \"managed\", or a build with TorchSharp: add -p:Torch=cuda-linux (or cpu, cuda-windows, installed) to dotnet run, "
            + "before --");

    /// <summary>Adds the engines.</summary>
    public static void Register(IEngineRegistry registry)
    {
        registry.AddManagedEngine();
#if TORCH
        Engines.Torch.TorchEngineRegistration.AddTorchEngine(registry);
#else
        registry.Add(AbsentTorch);
#endif
    }
}
