namespace RlCore.Algebra;

/// <summary>
/// A reward model's loss of one side of a pair, as a term: x = the reward of this side, a = that of the other, b = the margin;
/// c, d are not read. See <see cref="RewardModelLosses.BradleyTerry"/>.
/// </summary>
/// <param name="Centring">c.</param>
/// <param name="OfRejected">Whether this side is the rejected completion.</param>
public readonly record struct RewardModelTerm(double Centring, bool OfRejected) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => OfRejected
            ? RewardModelLosses.BradleyTerry(a, x, b, Centring)
            : RewardModelLosses.BradleyTerry(x, a, b, Centring);
}
