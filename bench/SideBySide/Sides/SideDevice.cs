namespace RlCore.SideBySide.Sides;

/// <summary>Where and how the Torch engine computes.</summary>
/// <param name="Name">The device: cpu, cuda:0 and so on.</param>
/// <param name="Precision">F32, TF32 or BF16.</param>
internal sealed record SideDevice(string Name, string Precision)
{
    /// <summary>F32 on the CPU, as all sides compute.</summary>
    public static SideDevice Cpu { get; } = new("cpu", "F32");
}
