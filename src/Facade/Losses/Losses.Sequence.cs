using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>Policy losses of whole sequences: one ratio per sequence.</summary>
public static partial class Losses
{
    /// <summary>
    /// GSPO: the clipped surrogate of s = exp((1/|y|) Σ m_t (ℓ_t − ℓ_old,t)). Source: Zheng et al. 2025, eq. 5 and 7.
    /// </summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one a row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static SequenceLoss<T> Gspo<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double clipLow = 3e-4,
        double clipHigh = 4e-4)
        where T : unmanaged, INumber<T> => Sequences(
            default(LogRatioTerm), new Surrogate.Gspo(clipLow, clipHigh), logProbs, oldLogProbs, advantages, mask, ofMean: true);

    /// <summary>
    /// RLOO: REINFORCE of whole completions, the mean over sequences of −A·Σ m_t ℓ_t, as the trainers' <c>rloo</c> minimises it. For
    /// several updates on the same completions see <see cref="RlooClip"/>. Source: Ahmadian et al. 2024, eq. 6.
    /// </summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="advantages">A, one per row, as <see cref="Advantages.LeaveOneOut"/> gives them.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> Rloo<T>(ReadOnlySpan<T> logProbs, ReadOnlySpan<T> advantages, SequenceMask mask)
        where T : unmanaged, INumber<T> => Reinforce(logProbs, advantages, mask, new Aggregation.SequenceSum());

    /// <summary>
    /// RLOO with the clip of PPO, as TRL has it: the clipped surrogate of the whole completion's ratio exp(Σ m_t (ℓ_t − ℓ_old,t)). On
    /// policy its gradient is that of <see cref="Rloo"/>. Source: Ahmadian et al. 2024, with the clip of Schulman et al. 2017.
    /// </summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per row, as <see cref="Advantages.LeaveOneOut"/> gives them.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static SequenceLoss<T> RlooClip<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double clipLow = 0.2,
        double clipHigh = 0.2)
        where T : unmanaged, INumber<T> => Sequences(
            default(LogRatioTerm), new Surrogate.Gspo(clipLow, clipHigh), logProbs, oldLogProbs, advantages, mask, ofMean: false);

    /// <summary>
    /// GMPO: −A times the geometric mean of token ratios, each limited in log to [−low, high] on the side to which A pushes.
    /// Source: Zhao et al. 2025, eq. 4.
    /// </summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one a row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="low">Bound below, of the log-ratio.</param>
    /// <param name="high">Bound above, of the log-ratio.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static SequenceLoss<T> Gmpo<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double low = 0.4,
        double high = 0.4)
        where T : unmanaged, INumber<T> => Sequences(
            new LimitedLogRatioTerm(low, high), new Surrogate.Gmpo(low, high), logProbs, oldLogProbs, advantages, mask, ofMean: true);

    /// <summary>
    /// VESPO: −φ(w)·A·ℓ with the gamma-shaped weight φ(w) = e^λ·w^k·e^(−λw) of the sequence ratio w, held constant; φ(1) = 1. The
    /// defaults are TRL's.
    /// </summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one a row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="positiveK">k where A ≥ 0.</param>
    /// <param name="positiveLambda">λ where A ≥ 0.</param>
    /// <param name="negativeK">k elsewhere.</param>
    /// <param name="negativeLambda">λ elsewhere.</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is not positive.</exception>
    public static ElementLoss<T> Vespo<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double positiveK = 2,
        double positiveLambda = 3,
        double negativeK = 3,
        double negativeLambda = 2,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(logProbs.Length, mask, nameof(logProbs));
        Shapes.CheckTokens(oldLogProbs.Length, mask, nameof(oldLogProbs));
        Shapes.CheckRows(advantages.Length, mask, nameof(advantages));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(positiveK);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(positiveLambda);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(negativeK);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(negativeLambda);
        Finite.RefuseNaN(logProbs, mask, nameof(logProbs));
        Finite.RefuseNaN(oldLogProbs, mask, nameof(oldLogProbs));
        Finite.RefuseNaN(advantages, mask, nameof(advantages));
        Grid<Real> weights = new Surrogate.Vespo(positiveK, positiveLambda, negativeK, negativeLambda).Weight(
            Reals(logProbs, mask.Columns), Reals(oldLogProbs, mask.Columns), Reals(advantages, 1), mask);
        var weighted = new T[mask.Rows];
        for (int row = 0; row < weighted.Length; row++)
        {
            weighted[row] = advantages[row] * T.CreateTruncating(weights[row, 0].Value);
        }

        return Reinforce<T>(logProbs, weighted, mask, aggregation);
    }

    private static Grid<Real> Reals<T>(ReadOnlySpan<T> numbers, int columns)
        where T : unmanaged, INumber<T> => Grid<Real>.FromValues(default, numbers.Length / columns, columns, Fused.Widen(numbers));

    // The surrogate of exp(z), z = Σ or mean of the tokens' log-ratios: the chain rule over the derivatives of both.
    private static SequenceLoss<T> Sequences<TTerm, T>(
        TTerm logRatio,
        ISequenceSurrogate surrogate,
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        bool ofMean)
        where TTerm : struct, IPolicyTerm
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(logProbs.Length, mask, nameof(logProbs));
        Shapes.CheckTokens(oldLogProbs.Length, mask, nameof(oldLogProbs));
        Shapes.CheckRows(advantages.Length, mask, nameof(advantages));
        var gradient = new T[logProbs.Length];
        var (losses, logRatios) = (new double[mask.Rows], new double[mask.Rows]);
        var one = new T[mask.Columns];
        for (int row = 0; row < mask.Rows; row++)
        {
            int count = mask.CountInRow(row);
            if (count == 0)
            {
                continue;
            }

            Range range = (row * mask.Columns)..((row + 1) * mask.Columns);
            Array.Fill(one, advantages[row]);
            double share = ofMean ? 1.0 / count : 1;
            double z = Fused.WeightedSum(
                new PolicyArguments.Formula<TTerm>(logRatio),
                PolicyArguments.Spans(logProbs[range], oldLogProbs[range], default, one),
                mask.Flags[range],
                share,
                default,
                gradient.AsSpan(range));
            Dual<Real> loss = surrogate.OfRatio(
                Dual<Real>.Exp(Dual<Real>.Variable(z)), Dual<Real>.Constant(double.CreateTruncating(advantages[row])));
            (losses[row], logRatios[row]) = (loss.Value, z);
            System.Numerics.Tensors.TensorPrimitives.Multiply(
                gradient.AsSpan(range), T.CreateTruncating(loss.Tangent.Value / mask.Rows), gradient.AsSpan(range));
        }

        double total = losses.Sum() / Math.Max(1, mask.Rows);
        if (!Finite.Holds<T>(total, gradient))
        {
            Finite.RefuseNaN(logProbs, mask, nameof(logProbs));
            Finite.RefuseNaN(oldLogProbs, mask, nameof(oldLogProbs));
            Finite.RefuseNaN(advantages, mask, nameof(advantages));
            int worst = Array.IndexOf(logRatios, logRatios.Max());
            throw Finite.TooLarge<T>(
                $" of row {worst}", [("log of its ratio", T.CreateTruncating(logRatios[worst])), ("advantages", advantages[worst])]);
        }

        return new(total, Fused.Narrow<T>(losses), Fused.Narrow<T>(logRatios), new(gradient));
    }
}
