using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>DPO (cDPO with label smoothing) as a term of a pair; see <see cref="PreferenceLosses.Sigmoid"/>.</summary>
/// <param name="Beta">β.</param>
/// <param name="LabelSmoothing">ε.</param>
public readonly record struct DpoPairTerm(double Beta, double LabelSmoothing = 0) : IPairTerm
{
    /// <inheritdoc/>
    public bool OfDifference => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Evaluate<T>(T chosen, T rejected)
        where T : struct, IAlgebra<T> => PreferenceLosses.Sigmoid(chosen, rejected, Beta, LabelSmoothing);
}

/// <summary>
/// Any <see cref="PreferenceLoss"/>, under any <see cref="FDivergence"/>, as a term of a pair whose arguments are log-ratios.
/// </summary>
/// <param name="Loss">The loss.</param>
/// <param name="Divergence">What makes scores of log-ratios.</param>
public readonly record struct PreferencePairTerm(PreferenceLoss Loss, FDivergence Divergence) : IPairTerm
{
    /// <inheritdoc/>
    public bool OfDifference => false;

    /// <inheritdoc/>
    public T Evaluate<T>(T chosen, T rejected)
        where T : struct, IAlgebra<T> => Loss.Evaluate(Divergence.Score(chosen), Divergence.Score(rejected));
}

/// <summary>
/// ORPO's odds-ratio loss as a term of a pair whose arguments are mean log-probs; see <see cref="PreferenceLosses.Orpo"/>.
/// </summary>
/// <param name="Weight">λ.</param>
public readonly record struct OrpoPairTerm(double Weight) : IPairTerm
{
    /// <inheritdoc/>
    public bool OfDifference => false;

    /// <inheritdoc/>
    public T Evaluate<T>(T chosen, T rejected)
        where T : struct, IAlgebra<T> => PreferenceLosses.Orpo(chosen, rejected, Weight);
}
