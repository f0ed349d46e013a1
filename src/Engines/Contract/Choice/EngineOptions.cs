namespace RlCore.Engines;

/// <summary>Which engine a model runs on, and how. An option that the chosen engine ignores is rejected.</summary>
public sealed record EngineOptions
{
    /// <summary>The value of <see cref="Engine"/> that leaves the choice to <see cref="EngineSet"/>.</summary>
    public const string Auto = "auto";

    /// <summary>Name of <see cref="Device"/> on a command line.</summary>
    public const string DeviceOption = "--device";

    /// <summary>Name of <see cref="BFloat16"/> on a command line.</summary>
    public const string BFloat16Option = "--bf16";

    /// <summary>Name of <see cref="Tf32"/> on a command line.</summary>
    public const string Tf32Option = "--tf32";

    /// <summary>Name of <see cref="GradientCheckpointing"/> on a command line.</summary>
    public const string GradientCheckpointingOption = "--gradient-checkpointing";

    /// <summary>Name of <see cref="FrozenWeights"/> on a command line.</summary>
    public const string FrozenWeightsOption = "--frozen-weights";

    /// <summary>Name of <see cref="LibTorch"/> on a command line.</summary>
    public const string LibTorchOption = "--libtorch";

    /// <summary>Name of the engine, ignoring case: "managed", "torch"; "auto" for the best that can be used.</summary>
    /// <value>"auto".</value>
    public string Engine { get; init; } = Auto;

    /// <summary>Number of threads; 0 for the number of cores.</summary>
    /// <value>0.</value>
    public int Threads { get; init; }

    /// <summary>Device to compute on: "cpu", "cuda:0" and so on; empty for the first GPU, or the CPU without one.</summary>
    /// <value>"".</value>
    public string Device { get; init; } = "";

    /// <summary>Whether to compute in BF16 with F32 master weights and optimizer state.</summary>
    /// <value>false.</value>
    public bool BFloat16 { get; init; }

    /// <summary>Whether F32 matrix products may use TF32 on CUDA.</summary>
    /// <value>false.</value>
    public bool Tf32 { get; init; }

    /// <summary>Whether a block's activations are computed again in the backward pass instead of stored.</summary>
    /// <value>false.</value>
    public bool GradientCheckpointing { get; init; }

    /// <summary>How weights that are not trained are stored: of adapters, references, teachers, and of models that only generate.</summary>
    /// <value>null: as their files have them, and as float32 if they come from a run.</value>
    public WeightType? FrozenWeights { get; init; }

    /// <summary>Folder of an installed libtorch; empty for the one of the engine's package.</summary>
    /// <value>"".</value>
    public string LibTorch { get; init; } = "";

    /// <summary>
    /// Which of the processes of a run on this machine this one is, from 0: without a <see cref="Device"/>, they take its GPUs in turn.
    /// </summary>
    /// <value>0.</value>
    public int PlaceOnMachine { get; init; }

    /// <summary>Options that are set and that not every engine supports, by their command-line names.</summary>
    public IReadOnlyList<string> Given =>
    [
        .. new (bool Used, string Name)[]
        {
            (Device.Length > 0, DeviceOption),
            (BFloat16, BFloat16Option),
            (Tf32, Tf32Option),
            (GradientCheckpointing, GradientCheckpointingOption),
            (FrozenWeights is not null, FrozenWeightsOption),
            (LibTorch.Length > 0, LibTorchOption),
        }.Where(option => option.Used).Select(option => option.Name),
    ];
}
