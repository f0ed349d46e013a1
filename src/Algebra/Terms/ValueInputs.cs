namespace RlCore.Algebra;

/// <summary>What a value loss reads at one token. Gradients flow to <see cref="Value"/> alone.</summary>
/// <param name="Value">V, the value model's estimate.</param>
/// <param name="OldValue">V_old, the estimate when the rollout was drawn, data.</param>
/// <param name="Return">R, what the value should have been, data.</param>
/// <typeparam name="T">The carrier.</typeparam>
public readonly record struct ValueInputs<T>(T Value, T OldValue, T Return)
    where T : struct, IAlgebra<T>;
