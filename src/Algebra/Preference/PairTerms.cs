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

/// <summary>A reward model's loss as a term of a pair whose arguments are rewards; see <see cref="RewardModelLosses.BradleyTerry"/>.</summary>
/// <param name="Centring">c.</param>
public readonly record struct BradleyTerryPairTerm(double Centring = 0) : IPairTerm
{
    /// <inheritdoc/>
    public bool OfDifference => Centring == 0;

    /// <inheritdoc/>
    public T Evaluate<T>(T chosen, T rejected)
        where T : struct, IAlgebra<T> => RewardModelLosses.BradleyTerry(chosen, rejected, T.Constant(chosen, 0), Centring);
}

/// <summary>ORPO's odds-ratio loss as a term of a pair whose arguments are mean log-probs; see <see cref="PreferenceLosses.Orpo"/>.</summary>
/// <param name="Weight">λ.</param>
public readonly record struct OrpoPairTerm(double Weight) : IPairTerm
{
    /// <inheritdoc/>
    public bool OfDifference => false;

    /// <inheritdoc/>
    public T Evaluate<T>(T chosen, T rejected)
        where T : struct, IAlgebra<T> => PreferenceLosses.Orpo(chosen, rejected, Weight);
}
