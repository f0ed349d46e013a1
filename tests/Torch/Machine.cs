using TorchSharp;

namespace RlCore.Engines.Torch.Tests;

/// <summary>Where the suites run: CUDA where there is a card, else the CPU.</summary>
internal static class Machine
{
    public static string Name { get; } = TorchEngine.DefaultDevice;

    public static torch.Device Device { get; } = new(Name);

    public static TorchEngine CreateEngine() => new(new TorchEngineOptions { Device = Name });
}
