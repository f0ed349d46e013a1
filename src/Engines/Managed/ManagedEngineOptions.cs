namespace RlCore.Engines.Managed;

/// <summary>How the embedded CPU engine uses the machine.</summary>
public sealed record ManagedEngineOptions
{
    /// <summary>Threads that one operation may use, including the caller's. Results do not depend on it.</summary>
    /// <value>The number of processors.</value>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes of memory that the engine takes itself to have; runs size their passes for it.</summary>
    /// <value>Those of the machine, or of the part of it that a container grants.</value>
    public long MemoryBytes { get; init; } = EngineMemory.OfHost.Bytes;

    /// <summary>
    /// Whether the activations of each block of a model are computed again in the backward pass instead of being kept. The results are
    /// the same, bit for bit.
    /// </summary>
    /// <value>False.</value>
    public bool GradientCheckpointing { get; init; }

    /// <summary>How weights that are not trained are stored: of adapters, references, teachers, and of models that only generate.</summary>
    /// <value>null: as their source has them.</value>
    public WeightType? FrozenWeights { get; init; }

    /// <summary>Which register width the matrix product uses; the widest that the machine has unless set.</summary>
    internal MatrixPath MatrixPath { get; init; } = MatrixPaths.Widest;
}
