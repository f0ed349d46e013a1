#if TORCH
using RlCore.Engines.Torch;
using RlCore.Trainers.Inputs;

namespace RlCore.Worker.Engines;

/// <summary>Starts the Torch engine.</summary>
internal static class TorchHost
{
    /// <summary>Whether there is a GPU that the Torch engine can use.</summary>
    public static bool HasGpu => TorchEngine.DefaultDevice != "cpu";

    /// <summary>Does work on the Torch engine.</summary>
    public static TResult Run<TResult>(EngineSettings settings, IEngineWork<TResult> work)
    {
        using var engine = Start(settings);
        return work.Run(engine);
    }

    private static TorchEngine Start(EngineSettings settings)
    {
        try
        {
            if (settings.LibTorch.Length > 0)
            {
                LibTorchLoader.Load(settings.LibTorch);
            }

            return new TorchEngine(new TorchEngineOptions
            {
                Device = settings.Device.Length > 0 ? settings.Device : TorchEngine.DefaultDevice,
                Precision = settings.BFloat16 ? TorchPrecision.BF16 : TorchPrecision.F32,
                AllowTf32 = settings.Tf32,
                Threads = settings.Threads == 0 ? Environment.ProcessorCount : settings.Threads,
                GradientCheckpointing = settings.GradientCheckpointing,
            });
        }
        catch (Exception error) when (error is ArgumentException or IOException or DllNotFoundException)
        {
            throw new InputException(new InputProblem("--engine torch", 0, "", error.Message, "a device that this machine has, and a libtorch that can be loaded"));
        }
    }
}
#endif
