using RlCore.Algebra;

namespace RlCore.Studies.Formulas;

/// <summary>A formula of the library with its constants fixed, at given arguments, on any carrier.</summary>
public abstract class Formula
{
    /// <summary>Its value.</summary>
    /// <param name="at">The arguments, in the order of the entry's variables.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public abstract T Evaluate<T>(ReadOnlySpan<T> at)
        where T : struct, IAlgebra<T>;
}

/// <summary>A pairwise loss of the union: chosen, rejected.</summary>
internal sealed class PairFormula(PreferenceLoss loss) : Formula
{
    public override T Evaluate<T>(ReadOnlySpan<T> at) => loss.Evaluate(at[0], at[1]);
}

/// <summary>A policy loss: ℓ, ℓ_old, ℓ_ref, A.</summary>
internal sealed class PolicyFormula<TTerm>(TTerm term) : Formula
    where TTerm : struct, IPolicyTerm
{
    public override T Evaluate<T>(ReadOnlySpan<T> at) => term.Evaluate(new PolicyInputs<T>(at[0], at[1], at[2], at[3]));
}

/// <summary>A contribution to a divergence: ℓ, ℓ_ref.</summary>
internal sealed class DivergenceFormula<TTerm>(TTerm term) : Formula
    where TTerm : struct, IDivergenceTerm
{
    public override T Evaluate<T>(ReadOnlySpan<T> at) => term.Evaluate(new DivergenceInputs<T>(at[0], at[1]));
}
