namespace RlCore.Algebra;

/// <summary>What a loss of single, labelled completions reads. Gradients flow to <see cref="LogProb"/> alone.</summary>
/// <param name="LogProb">ℓ of the completion, in nats.</param>
/// <param name="RefLogProb">ℓ_ref of the completion, data.</param>
/// <param name="ReferencePoint">z ≥ 0, the KL to the reference, in nats, data.</param>
/// <param name="Label">Positive for a desirable completion, else negative or zero, data.</param>
/// <typeparam name="T">The carrier.</typeparam>
public readonly record struct UnpairedInputs<T>(T LogProb, T RefLogProb, T ReferencePoint, T Label)
    where T : struct, IAlgebra<T>;
