namespace RlCore.Algebra;

/// <summary>
/// What an on-policy algorithm minimises at each token: a surrogate and, where the KL is in the loss, β times its estimate.
/// </summary>
/// <param name="Surrogate">The surrogate.</param>
/// <param name="Kl">The KL to the reference.</param>
public sealed record PolicyObjective(Surrogate Surrogate, KlPenalty Kl)
{
    /// <summary>
    /// Bound on |ℓ − ℓ_old| of each token in the surrogate: past it the ratio is that of the bound, and the token's gradient through
    /// the surrogate is zero; null for none. verl and OpenRLHF use 20.
    /// </summary>
    /// <value>Default: null.</value>
    public double? LogRatioClamp { get; init; }

    /// <summary>The loss of each token: [B, T].</summary>
    /// <param name="inputs">Grids of the mask's shape; ℓ_ref is read only where the KL is in the loss.</param>
    /// <param name="mask">Action mask.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public T TokenLoss<T>(PolicyInputs<T> inputs, SequenceMask mask)
        where T : struct, ISequenceAlgebra<T>
    {
        KlTerm kl = Kl.Term;
        if (LogRatioClamp is null && Surrogate is Surrogate.Clip { DualClip: null } clip && kl == new KlTerm(kl.Estimator))
        {
            var term = new PpoClipTerm(clip.ClipLow, clip.ClipHigh, Kl.InLoss ? Kl.KlCoefficient : 0, kl.Estimator);
            return T.Map(term, inputs);
        }

        T loss = Surrogate.TokenLoss(Limited(inputs), mask);
        return Kl.InLoss
            ? loss + T.Scale(T.Map(kl, new DivergenceInputs<T>(inputs.LogProb, inputs.RefLogProb)), Kl.KlCoefficient)
            : loss;
    }

    // Inside of the bound ℓ itself, so that nothing is rounded; outside of it the ratio is a constant.
    private PolicyInputs<T> Limited<T>(PolicyInputs<T> inputs)
        where T : struct, ISequenceAlgebra<T>
    {
        if (LogRatioClamp is not { } bound || !Surrogate.UsesOldPolicy)
        {
            return inputs;
        }

        T logRatio = LogRatios.LogRatio(inputs.LogProb, inputs.OldLogProb);
        T limit = T.StopGradient(inputs.OldLogProb + T.Clamp(logRatio, -bound, bound));
        return inputs with { LogProb = T.SelectInside(logRatio, -bound, bound, inputs.LogProb, limit) };
    }
}
