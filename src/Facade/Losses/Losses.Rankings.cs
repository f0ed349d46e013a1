using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>Losses that compare more than two completions: samples sorted by score, and rankings.</summary>
public static partial class Losses
{
    /// <summary>
    /// AOT, paired: DPO's loss between the i-th smallest policy margin ℓ_w − ℓ_l and the i-th smallest reference margin, so that one
    /// distribution comes to dominate the other. Losses are listed by rank; accuracy and margin are those of the pairs as given.
    /// Source: Melnyk et al. 2024, eq. 4.
    /// </summary>
    /// <param name="policyChosen">ℓ_w: log-prob of each chosen completion, summed over its tokens.</param>
    /// <param name="policyRejected">ℓ_l.</param>
    /// <param name="refChosen">ℓ_ref,w.</param>
    /// <param name="refRejected">ℓ_ref,l.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <param name="labelSmoothing">ε, in [0, ½].</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static PairLoss<T> Aot<T>(
        ReadOnlySpan<T> policyChosen,
        ReadOnlySpan<T> policyRejected,
        ReadOnlySpan<T> refChosen,
        ReadOnlySpan<T> refRejected,
        double beta,
        double labelSmoothing = 0)
        where T : unmanaged, INumber<T>
    {
        CheckPairs(policyChosen, policyRejected, refChosen, refRejected);
        RefuseNaN(policyChosen, policyRejected, refChosen, refRejected);
        T[] upper = Difference(policyChosen, policyRejected);
        T[] lower = Difference(refChosen, refRejected);
        PairLoss<T> ranks = ByRank(
            upper,
            AlignmentByTransport.Order(Fused.Widen<T>(upper)),
            lower,
            AlignmentByTransport.Order(Fused.Widen<T>(lower)),
            beta,
            labelSmoothing);
        (double accuracy, double margin) = Separation<T>(Difference(policyChosen, refChosen), Difference(policyRejected, refRejected));

        // The reference has no gradient: both sides of the policy's margin share that of the upper sample.
        return ranks with
        {
            RejectedGradient = new([.. ranks.ChosenGradient.Select(g => -g)]),
            Accuracy = accuracy,
            Margin = beta * margin,
        };
    }

    /// <summary>
    /// AOT, unpaired: DPO's loss between the i-th smallest score ℓ − ℓ_ref of the chosen and the i-th smallest of the rejected
    /// completions, which need not answer the same prompts. Losses are listed by rank. Source: Melnyk et al. 2024, eq. 5.
    /// </summary>
    /// <param name="policyChosen">ℓ_w.</param>
    /// <param name="policyRejected">ℓ_l, as many.</param>
    /// <param name="refChosen">ℓ_ref,w.</param>
    /// <param name="refRejected">ℓ_ref,l.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <param name="labelSmoothing">ε, in [0, ½].</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static PairLoss<T> AotUnpaired<T>(
        ReadOnlySpan<T> policyChosen,
        ReadOnlySpan<T> policyRejected,
        ReadOnlySpan<T> refChosen,
        ReadOnlySpan<T> refRejected,
        double beta,
        double labelSmoothing = 0)
        where T : unmanaged, INumber<T>
    {
        CheckPairs(policyChosen, policyRejected, refChosen, refRejected);
        RefuseNaN(policyChosen, policyRejected, refChosen, refRejected);
        T[] upper = Difference(policyChosen, refChosen);
        T[] lower = Difference(policyRejected, refRejected);
        return ByRank(
            upper,
            AlignmentByTransport.Order(Fused.Widen<T>(upper)),
            lower,
            AlignmentByTransport.Order(Fused.Widen<T>(lower)),
            beta,
            labelSmoothing);
    }

    /// <summary>
    /// A reward model's mean −log P(ranking) over rankings of one length: Plackett–Luce. Two completions are
    /// <see cref="RewardModel"/>. Source: Plackett 1975; Luce 1959.
    /// </summary>
    /// <param name="rewards">Ranking after ranking, each from the best completion to the worst.</param>
    /// <param name="completions">Completions a ranking, at least 2.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <returns>The mean, the loss of each ranking, and the gradient of each reward.</returns>
    /// <exception cref="ArgumentException">The number of rewards is not a multiple of the completions, or there are none.</exception>
    public static ElementLoss<T> PlackettLuce<T>(ReadOnlySpan<T> rewards, int completions)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentOutOfRangeException.ThrowIfLessThan(completions, 2);
        Shapes.CheckSome(rewards.Length, nameof(rewards));
        if (rewards.Length % completions != 0)
        {
            throw new ArgumentException($"{rewards.Length} rewards do not make rankings of {completions}.", nameof(rewards));
        }

        Finite.RefuseNaN(rewards, nameof(rewards));
        ReadOnlySpan<double> wide = Fused.Widen(rewards);
        double[] losses = new double[rewards.Length / completions], gradient = new double[rewards.Length];
        var ranking = new Dual<Real>[completions];
        for (int i = 0; i < gradient.Length; i++)
        {
            int first = i / completions * completions;
            for (int k = 0; k < completions; k++)
            {
                ranking[k] = first + k == i ? Dual<Real>.Variable(wide[first + k]) : Dual<Real>.Constant((Real)wide[first + k]);
            }

            Dual<Real> loss = RewardModelLosses.PlackettLuce<Dual<Real>>(ranking);
            losses[i / completions] = loss.Value.Value;
            gradient[i] = loss.Tangent.Value / losses.Length;
        }

        return new(losses.Average(), Fused.Narrow<T>(losses), Fused.Narrow<T>(gradient));
    }

    // A NaN has no rank.
    private static void RefuseNaN<T>(
        ReadOnlySpan<T> policyChosen, ReadOnlySpan<T> policyRejected, ReadOnlySpan<T> refChosen, ReadOnlySpan<T> refRejected)
        where T : unmanaged, INumber<T>
    {
        Finite.RefuseNaN(policyChosen, nameof(policyChosen));
        Finite.RefuseNaN(policyRejected, nameof(policyRejected));
        Finite.RefuseNaN(refChosen, nameof(refChosen));
        Finite.RefuseNaN(refRejected, nameof(refRejected));
    }

    private static T[] Difference<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right)
        where T : unmanaged, INumber<T>
    {
        var difference = new T[left.Length];
        System.Numerics.Tensors.TensorPrimitives.Subtract(left, right, difference);
        return difference;
    }

    // The gradients go back to the places from which the ranks were taken.
    private static PairLoss<T> ByRank<T>(T[] upper, int[] upperOrder, T[] lower, int[] lowerOrder, double beta, double labelSmoothing)
        where T : unmanaged, INumber<T>
    {
        T[] none = new T[upper.Length];
        PairLoss<T> ranks = Pairs<DpoPairTerm, T>(
            DpoTerm(beta, labelSmoothing),
            upperOrder.Select(i => upper[i]).ToArray(),
            lowerOrder.Select(i => lower[i]).ToArray(),
            none,
            none,
            beta);
        T[] toUpper = new T[upper.Length], toLower = new T[upper.Length];
        for (int rank = 0; rank < upper.Length; rank++)
        {
            toUpper[upperOrder[rank]] = ranks.ChosenGradient[rank];
            toLower[lowerOrder[rank]] = ranks.RejectedGradient[rank];
        }

        return ranks with { ChosenGradient = new(toUpper), RejectedGradient = new(toLower) };
    }
}
