namespace RlCore.Algebra;

/// <summary>What a policy loss reads at one token, or [batch, time] grids of it. Gradients flow to <see cref="LogProb"/> alone.</summary>
/// <param name="LogProb">ℓ, log π of the action, in nats.</param>
/// <param name="OldLogProb">ℓ_old, log-prob under the policy that the ratio is taken to, data.</param>
/// <param name="RefLogProb">ℓ_ref, log-prob under the reference, data; any grid of the shape where no KL term reads it.</param>
/// <param name="Advantage">A, data.</param>
/// <typeparam name="T">The carrier.</typeparam>
public readonly record struct PolicyInputs<T>(T LogProb, T OldLogProb, T RefLogProb, T Advantage)
    where T : struct, IAlgebra<T>;
