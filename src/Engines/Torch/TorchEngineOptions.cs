namespace RlCore.Engines.Torch;

/// <summary>Number format of the model's arithmetic.</summary>
public enum TorchPrecision
{
    /// <summary>float32 throughout.</summary>
    F32,

    /// <summary>
    /// bfloat16 activations and matrix products; parameters, gradients, optimizer state, log-probs, losses and outputs of
    /// narrow heads stay float32.
    /// </summary>
    BF16,
}

/// <summary>How a <see cref="TorchEngine"/> runs.</summary>
public sealed record TorchEngineOptions
{
    /// <summary>Where tensors live: "cpu", or "cuda:0" and so on.</summary>
    /// <value>cpu.</value>
    public string Device { get; init; } = "cpu";

    /// <summary>Number format of the model's arithmetic.</summary>
    /// <value>F32.</value>
    public TorchPrecision Precision { get; init; } = TorchPrecision.F32;

    /// <summary>Whether float32 matrix products may round their inputs to TF32 (10 bits of mantissa) on CUDA.</summary>
    /// <value>false.</value>
    public bool AllowTf32 { get; init; }

    /// <summary>Threads that one operation may use on the CPU; 0 leaves libtorch's own choice.</summary>
    /// <value>0.</value>
    public int Threads { get; init; }

    /// <summary>
    /// Folder of an installed libtorch (for example the lib folder of a Python installation of PyTorch), loaded by full path
    /// before libtorch's first use; empty for the one that the program brings, which leaves no room for another.
    /// </summary>
    /// <value>Empty.</value>
    public string LibTorchFolder { get; init; } = "";

    /// <summary>
    /// Whether <see cref="IEngine{T}.Segment"/> drops the activations inside of its segment and computes them again in the
    /// backward pass: about a third more time for the memory of all but one block.
    /// </summary>
    /// <value>false.</value>
    public bool GradientCheckpointing { get; init; }

    /// <summary>
    /// Most logits (rows · vocabulary) that <see cref="ITensor{T}.SelectedLogProbs"/> and sampling hold at once, 4 bytes each;
    /// 0 for 2²³ on the CPU and 2²⁷ on CUDA.
    /// </summary>
    /// <value>0.</value>
    public long LogitsAtOnce { get; init; }
}
