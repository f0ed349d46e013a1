using TorchSharp;

namespace RlCore.Engines.Torch.Tests;

/// <summary>
/// Where the suites run: the device that RLCORE_TEST_DEVICE names, else CUDA where there is a card, else the CPU. With the variable, a
/// card that cannot be used fails every test instead of leaving them to the CPU.
/// </summary>
internal static class Machine
{
    public static string Name { get; } =
        Environment.GetEnvironmentVariable("RLCORE_TEST_DEVICE") is { Length: > 0 } named ? named : TorchEngine.DefaultDevice;

    public static torch.Device Device
    {
        get
        {
            // Before TorchSharp looks for libtorch itself.
            LibTorchLoader.Load("");
            return new(Name);
        }
    }

    public static TorchEngine CreateEngine() => new(new TorchEngineOptions { Device = Name });
}
