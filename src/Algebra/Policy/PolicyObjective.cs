namespace RlCore.Algebra;

/// <summary>
/// The loss of an on-policy algorithm at each token: a surrogate plus, if the KL is in the loss, β times its estimate.
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
    /// <param name="inputs">Grids of the mask's shape; ℓ_ref is used only if the KL is in the loss.</param>
    /// <param name="mask">Action mask.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public T TokenLoss<T>(PolicyInputs<T> inputs, SequenceMask mask)
        where T : struct, ISequenceAlgebra<T>
    {
        if (PlainClip is { } term)
        {
            return T.Map(term, inputs);
        }

        T loss = Surrogate.TokenLoss(Limited(inputs), mask);
        return Kl.InLoss
            ? loss + T.Scale(T.Map(Kl.Term, new DivergenceInputs<T>(inputs.LogProb, inputs.RefLogProb)), Kl.KlCoefficient)
            : loss;
    }

    /// <summary>Hands a visitor the whole objective as one term, or a surrogate of sequences as it is.</summary>
    internal TResult Visit<TVisitor, TResult>(TVisitor visitor)
        where TVisitor : ISurrogateVisitor<TResult>, allows ref struct =>
        PlainClip is { } term
            ? visitor.VisitTerm(term)
            : Surrogate.Visit<Composition<TVisitor, TResult>, TResult>(new(this, visitor));

    // The clip with a KL that nothing bounds has a term of its own.
    private PpoClipTerm? PlainClip =>
        LogRatioClamp is null && Surrogate is Surrogate.Clip { DualClip: null } clip && Kl.Term == new KlTerm(Kl.Term.Estimator)
            ? new PpoClipTerm(clip.ClipLow, clip.ClipHigh, Kl.InLoss ? Kl.KlCoefficient : 0, Kl.Term.Estimator)
            : null;

    private PolicyInputs<T> Limited<T>(PolicyInputs<T> inputs)
        where T : struct, ISequenceAlgebra<T> =>
        LogRatioClamp is { } bound && Surrogate.UsesOldPolicy ? LogRatios.Limited(inputs, bound) : inputs;

    private readonly ref struct Composition<TVisitor, TResult>(PolicyObjective objective, TVisitor visitor) : ISurrogateVisitor<TResult>
        where TVisitor : ISurrogateVisitor<TResult>, allows ref struct
    {
        private readonly TVisitor _visitor = visitor;

        public TResult VisitTerm<TTerm>(TTerm term)
            where TTerm : struct, IPolicyTerm => _visitor.VisitTerm(new ObjectiveTerm<TTerm>(
                term,
                objective.Kl.Term,
                objective.Kl.InLoss ? objective.Kl.KlCoefficient : 0,
                objective.Surrogate.UsesOldPolicy ? objective.LogRatioClamp ?? double.PositiveInfinity : double.PositiveInfinity));

        public TResult VisitSequences(Surrogate surrogate) => _visitor.VisitSequences(surrogate);
    }
}
