using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// A reward model's loss of a pair as a formula of one side's reward, since a formula has one variable: the chosen completion's or
/// the rejected one's. See <see cref="RewardModelLosses.BradleyTerry"/>.
/// </summary>
/// <param name="Centring">c.</param>
/// <param name="OfRejected">Whether the variable is the reward of the rejected completion.</param>
internal readonly record struct RewardModelFormula(double Centring, bool OfRejected) : IElementFormula
{
    public ElementSpans<T> Spans<T>(ReadOnlySpan<T> chosen, ReadOnlySpan<T> rejected, ReadOnlySpan<T> margins) =>
        OfRejected ? new(rejected, chosen, margins) : new(chosen, rejected, margins);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Evaluate<T>(T variable, T first, T second, T third, T fourth)
        where T : struct, IAlgebra<T> => OfRejected
            ? RewardModelLosses.BradleyTerry(first, variable, second, Centring)
            : RewardModelLosses.BradleyTerry(variable, first, second, Centring);
}
