namespace RlCore.Engines;

/// <summary>The memory that an engine's tensors live in, and what it keeps there.</summary>
/// <param name="Bytes">All of it, whether used or free; 0 if it is not known.</param>
/// <param name="NumberBytes">Bytes of a number of an activation.</param>
/// <param name="Recomputes">Whether a segment's activations are computed again in the backward pass instead of being kept.</param>
public readonly record struct EngineMemory(long Bytes, int NumberBytes = sizeof(float), bool Recomputes = false)
{
    /// <summary>How weights that are not trained are stored; null as their source has them.</summary>
    /// <value>null.</value>
    public WeightType? FrozenWeights { get; init; }

    /// <summary>The machine's memory, or the part of it that a container grants.</summary>
    public static EngineMemory OfHost => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}
