namespace RlCore.Worker.Engines;

/// <summary>Which engine a model runs on, and how. What only one engine reads is refused on the other.</summary>
public sealed record EngineSettings
{
    /// <summary>The engine.</summary>
    /// <value>Auto.</value>
    public EngineKind Engine { get; init; } = EngineKind.Auto;

    /// <summary>Threads to compute on; 0 for as many as the machine has.</summary>
    /// <value>0.</value>
    public int Threads { get; init; }

    /// <summary>Device of the Torch engine: "cpu", "cuda:0" and so on; empty for the first GPU, or the CPU without one.</summary>
    /// <value>Empty.</value>
    public string Device { get; init; } = "";

    /// <summary>Whether the Torch engine computes in BF16 beside F32 master weights and optimizer state.</summary>
    /// <value>false.</value>
    public bool BFloat16 { get; init; }

    /// <summary>Whether F32 matrix products of the Torch engine may use TF32 on CUDA.</summary>
    /// <value>false.</value>
    public bool Tf32 { get; init; }

    /// <summary>Whether the Torch engine recomputes a block's activations in the backward pass instead of holding them.</summary>
    /// <value>false.</value>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Folder of an installed libtorch for the Torch engine; empty for the one of its package.</summary>
    /// <value>Empty.</value>
    public string LibTorch { get; init; } = "";

    /// <summary>Options in use that only the Torch engine reads, by their names on the command line.</summary>
    public IReadOnlyList<string> TorchOptions =>
    [
        .. new (bool Used, string Name)[]
        {
            (Device.Length > 0, "--device"),
            (BFloat16, "--bf16"),
            (Tf32, "--tf32"),
            (GradientCheckpointing, "--gradient-checkpointing"),
            (LibTorch.Length > 0, "--libtorch"),
        }.Where(option => option.Used).Select(option => option.Name),
    ];
}

/// <summary>The engines.</summary>
public enum EngineKind
{
    /// <summary>The Torch engine where it is built in and there is a GPU (or one of its options is given), else the embedded one.</summary>
    Auto,

    /// <summary>The embedded CPU engine: nothing but .NET.</summary>
    Managed,

    /// <summary>TorchSharp: libtorch on the CPU or on CUDA.</summary>
    Torch,
}
