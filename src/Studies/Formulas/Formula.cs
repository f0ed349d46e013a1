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

/// <summary>A term: x, a, b, c, d, as many as there are.</summary>
internal sealed class TermFormula<TTerm>(TTerm term) : Formula
    where TTerm : struct, ITerm
{
    public override T Evaluate<T>(ReadOnlySpan<T> at)
    {
        T Argument(int index, ReadOnlySpan<T> arguments) => index < arguments.Length ? arguments[index] : arguments[0];
        return term.Evaluate(at[0], Argument(1, at), Argument(2, at), Argument(3, at), Argument(4, at));
    }
}
