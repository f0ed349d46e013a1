using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>A process reward model's loss of a step as a formula of the step's score. See <see cref="RewardModelLosses.Step"/>.</summary>
internal readonly record struct StepRewardFormula : IElementFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Evaluate<T>(T variable, T first, T second, T third, T fourth)
        where T : struct, IAlgebra<T> => RewardModelLosses.Step(variable, first);
}
