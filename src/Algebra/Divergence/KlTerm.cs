using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// A KL estimate as a term: δ = clamp(ℓ − ℓ_ref, ±<see cref="LogRatioClamp"/>), and
/// the estimate is clamped to ±<see cref="ValueClamp"/>. Outside of either clamp the gradient is zero: a clamped token is
/// no longer pulled back to the reference.
/// </summary>
/// <param name="Estimator">Which estimator.</param>
/// <param name="LogRatioClamp">Bound on |δ|: +∞ for none; verl's k3 uses 20, open-instruct 40.</param>
/// <param name="ValueClamp">Bound on |k|: +∞ for none; verl's k3 and OpenRLHF use 10.</param>
/// <param name="SquareGradient">Whether the gradient is that of k2 at the unclamped δ (straight-through; verl's "k3+").</param>
public readonly record struct KlTerm(
    KlEstimator Estimator,
    double LogRatioClamp = double.PositiveInfinity,
    double ValueClamp = double.PositiveInfinity,
    bool SquareGradient = false) : IDivergenceTerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Evaluate<T>(DivergenceInputs<T> inputs)
        where T : struct, IAlgebra<T>
    {
        T delta = T.Clamp(inputs.LogProb - inputs.RefLogProb, -LogRatioClamp, LogRatioClamp);
        T estimate = KlEstimators.Estimate(Estimator, delta, T.Constant(delta, 0));
        T value = T.Clamp(estimate, -ValueClamp, ValueClamp);
        return SquareGradient ? KlEstimators.StraightThrough(value, KlEstimators.K2(inputs.LogProb, inputs.RefLogProb)) : value;
    }
}
