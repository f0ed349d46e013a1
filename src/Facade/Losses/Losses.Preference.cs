using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>Losses of pairs, a chosen and a rejected completion.</summary>
public static partial class Losses
{
    /// <summary>
    /// DPO: the mean of −(1 − ε)·log σ(h) − ε·log σ(−h), h = β[(ℓ_w − ℓ_ref,w) − (ℓ_l − ℓ_ref,l)]. Source: Rafailov et al. 2023,
    /// eq. 7; ε &gt; 0 is cDPO (Mitchell 2023).
    /// </summary>
    /// <param name="policyChosen">ℓ_w: log-prob of each chosen completion, summed over its tokens.</param>
    /// <param name="policyRejected">ℓ_l.</param>
    /// <param name="refChosen">ℓ_ref,w.</param>
    /// <param name="refRejected">ℓ_ref,l.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <param name="labelSmoothing">ε, in [0, ½].</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static PairLoss<T> Dpo<T>(
        ReadOnlySpan<T> policyChosen,
        ReadOnlySpan<T> policyRejected,
        ReadOnlySpan<T> refChosen,
        ReadOnlySpan<T> refRejected,
        double beta,
        double labelSmoothing = 0)
        where T : unmanaged, INumber<T> =>
        Pairs(DpoTerm(beta, labelSmoothing), policyChosen, policyRejected, refChosen, refRejected, beta);

    /// <summary>DPO's loss with its gradients into caller-provided spans: nothing is allocated per pair.</summary>
    /// <param name="policyChosen">ℓ_w: log-prob of each chosen completion, summed over its tokens.</param>
    /// <param name="policyRejected">ℓ_l.</param>
    /// <param name="refChosen">ℓ_ref,w.</param>
    /// <param name="refRejected">ℓ_ref,l.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <param name="chosenGradient">Receives ∂Loss/∂ℓ_w.</param>
    /// <param name="rejectedGradient">Receives ∂Loss/∂ℓ_l.</param>
    /// <param name="labelSmoothing">ε, in [0, ½].</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static double Dpo<T>(
        ReadOnlySpan<T> policyChosen,
        ReadOnlySpan<T> policyRejected,
        ReadOnlySpan<T> refChosen,
        ReadOnlySpan<T> refRejected,
        double beta,
        Span<T> chosenGradient,
        Span<T> rejectedGradient,
        double labelSmoothing = 0)
        where T : unmanaged, INumber<T>
    {
        CheckPairs(policyChosen, policyRejected, refChosen, refRejected);
        Shapes.CheckSame(chosenGradient.Length, policyChosen.Length, nameof(chosenGradient), nameof(policyChosen));
        Shapes.CheckSame(rejectedGradient.Length, policyChosen.Length, nameof(rejectedGradient), nameof(policyChosen));
        var pairs = new PairData<T>(policyChosen, policyRejected, refChosen, refRejected);
        return Pairs(DpoTerm(beta, labelSmoothing), pairs, beta, default, chosenGradient, rejectedGradient).Loss;
    }

    /// <summary>
    /// DPO as a trainer calls it: the loss of every pair, the gradients, and how well the pairs are separated, into spans of the
    /// caller's: nothing is allocated per pair.
    /// </summary>
    /// <param name="policyChosen">ℓ_w: log-prob of each chosen completion, summed over its tokens.</param>
    /// <param name="policyRejected">ℓ_l.</param>
    /// <param name="refChosen">ℓ_ref,w.</param>
    /// <param name="refRejected">ℓ_ref,l.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <param name="losses">Receives the loss of each pair.</param>
    /// <param name="chosenGradient">Receives ∂Loss/∂ℓ_w.</param>
    /// <param name="rejectedGradient">Receives ∂Loss/∂ℓ_l.</param>
    /// <param name="labelSmoothing">ε, in [0, ½].</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static PairSummary Dpo<T>(
        ReadOnlySpan<T> policyChosen,
        ReadOnlySpan<T> policyRejected,
        ReadOnlySpan<T> refChosen,
        ReadOnlySpan<T> refRejected,
        double beta,
        Span<T> losses,
        Span<T> chosenGradient,
        Span<T> rejectedGradient,
        double labelSmoothing = 0)
        where T : unmanaged, INumber<T>
    {
        CheckPairs(policyChosen, policyRejected, refChosen, refRejected);
        Shapes.CheckSame(losses.Length, policyChosen.Length, nameof(losses), nameof(policyChosen));
        Shapes.CheckSame(chosenGradient.Length, policyChosen.Length, nameof(chosenGradient), nameof(policyChosen));
        Shapes.CheckSame(rejectedGradient.Length, policyChosen.Length, nameof(rejectedGradient), nameof(policyChosen));
        var pairs = new PairData<T>(policyChosen, policyRejected, refChosen, refRejected);
        return Pairs(DpoTerm(beta, labelSmoothing), pairs, beta, losses, chosenGradient, rejectedGradient);
    }

    /// <summary>Robust DPO, unbiased under flipped labels. Source: Chowdhury et al. 2024, eq. 12.</summary>
    /// <param name="policyChosen">ℓ_w.</param>
    /// <param name="policyRejected">ℓ_l.</param>
    /// <param name="refChosen">ℓ_ref,w.</param>
    /// <param name="refRejected">ℓ_ref,l.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <param name="labelSmoothing">ε, in [0, ½).</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static PairLoss<T> RobustDpo<T>(
        ReadOnlySpan<T> policyChosen,
        ReadOnlySpan<T> policyRejected,
        ReadOnlySpan<T> refChosen,
        ReadOnlySpan<T> refRejected,
        double beta,
        double labelSmoothing)
        where T : unmanaged, INumber<T>
    {
        CheckSmoothing(labelSmoothing);
        ArgumentOutOfRangeException.ThrowIfEqual(labelSmoothing, 0.5);
        return Preference(new PreferenceLoss.Robust(beta, labelSmoothing), policyChosen, policyRejected, refChosen, refRejected);
    }

    /// <summary>
    /// IPO: (s_w − s_l − 1/(2β))². On sums of log-probs it is the paper's; on means TRL's. Source: Azar et al. 2024, eq. 17.
    /// </summary>
    /// <param name="policyChosen">ℓ_w.</param>
    /// <param name="policyRejected">ℓ_l.</param>
    /// <param name="refChosen">ℓ_ref,w.</param>
    /// <param name="refRejected">ℓ_ref,l.</param>
    /// <param name="beta">β &gt; 0 (the paper's τ).</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static PairLoss<T> Ipo<T>(
        ReadOnlySpan<T> policyChosen, ReadOnlySpan<T> policyRejected, ReadOnlySpan<T> refChosen, ReadOnlySpan<T> refRejected, double beta)
        where T : unmanaged, INumber<T> => Preference(new PreferenceLoss.Ipo(beta), policyChosen, policyRejected, refChosen, refRejected);

    /// <summary>SLiC's hinge: max(0, 1 − h). Source: Zhao et al. 2023.</summary>
    /// <param name="policyChosen">ℓ_w.</param>
    /// <param name="policyRejected">ℓ_l.</param>
    /// <param name="refChosen">ℓ_ref,w.</param>
    /// <param name="refRejected">ℓ_ref,l.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static PairLoss<T> Hinge<T>(
        ReadOnlySpan<T> policyChosen, ReadOnlySpan<T> policyRejected, ReadOnlySpan<T> refChosen, ReadOnlySpan<T> refRejected, double beta)
        where T : unmanaged, INumber<T> => Preference(new PreferenceLoss.Hinge(beta), policyChosen, policyRejected, refChosen, refRejected);

    /// <summary>SimPO, on mean log-probs without a reference. Source: Meng et al. 2024, eq. 6.</summary>
    /// <param name="meanChosen">ℓ̄_w, the mean log-prob of a chosen completion's token.</param>
    /// <param name="meanRejected">ℓ̄_l.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <param name="gamma">γ, the target margin.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static PairLoss<T> SimPo<T>(ReadOnlySpan<T> meanChosen, ReadOnlySpan<T> meanRejected, double beta, double gamma)
        where T : unmanaged, INumber<T> => Preference(new PreferenceLoss.SimPo(beta, gamma), meanChosen, meanRejected);

    /// <summary>
    /// ORPO's odds-ratio part, on mean log-probs without a reference; the whole loss adds the chosen completion's NLL
    /// (<c>TokenNll</c>). Source: Hong et al. 2024, eq. 6.
    /// </summary>
    /// <param name="meanChosen">ℓ̄_w &lt; 0, the mean log-prob of a chosen completion's token.</param>
    /// <param name="meanRejected">ℓ̄_l &lt; 0.</param>
    /// <param name="weight">λ.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty.</exception>
    public static PairLoss<T> Orpo<T>(ReadOnlySpan<T> meanChosen, ReadOnlySpan<T> meanRejected, double weight)
        where T : unmanaged, INumber<T> => ReferenceFree(new OrpoPairTerm(weight), meanChosen, meanRejected, 1);

    /// <summary>
    /// Any loss of the union <see cref="PreferenceLoss"/>, under any divergence. Where the loss is length-normalised, pass mean
    /// log-probs of a token, else sums.
    /// </summary>
    /// <param name="loss">The loss with its constants.</param>
    /// <param name="policyChosen">ℓ_w.</param>
    /// <param name="policyRejected">ℓ_l.</param>
    /// <param name="refChosen">ℓ_ref,w.</param>
    /// <param name="refRejected">ℓ_ref,l.</param>
    /// <param name="divergence">The divergence from the reference. Default: the reverse KL.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or β is not positive.</exception>
    public static PairLoss<T> Preference<T>(
        PreferenceLoss loss,
        ReadOnlySpan<T> policyChosen,
        ReadOnlySpan<T> policyRejected,
        ReadOnlySpan<T> refChosen,
        ReadOnlySpan<T> refRejected,
        FDivergence? divergence = null)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(loss.Beta);
        return Pairs(
            new PreferencePairTerm(loss, divergence ?? ReverseKl), policyChosen, policyRejected, refChosen, refRejected, loss.Beta);
    }

    /// <summary>Any loss of the union without a reference.</summary>
    /// <param name="loss">The loss with its constants.</param>
    /// <param name="policyChosen">ℓ_w.</param>
    /// <param name="policyRejected">ℓ_l.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or β is not positive.</exception>
    public static PairLoss<T> Preference<T>(PreferenceLoss loss, ReadOnlySpan<T> policyChosen, ReadOnlySpan<T> policyRejected)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(loss.Beta);
        return ReferenceFree(new PreferencePairTerm(loss, ReverseKl), policyChosen, policyRejected, loss.Beta);
    }

    private static string[] PairNames { get; } = ["policyChosen", "policyRejected", "refChosen", "refRejected"];

    private static FDivergence ReverseKl { get; } = new FDivergence.ReverseKl();

    private static DpoPairTerm DpoTerm(double beta, double labelSmoothing)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
        CheckSmoothing(labelSmoothing);
        return new(beta, labelSmoothing);
    }

    private static void CheckSmoothing(double labelSmoothing)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(labelSmoothing);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(labelSmoothing, 0.5);
    }

    private static PairLoss<T> ReferenceFree<TTerm, T>(TTerm term, ReadOnlySpan<T> chosen, ReadOnlySpan<T> rejected, double beta)
        where TTerm : struct, IPairTerm
        where T : unmanaged, INumber<T>
    {
        var none = new T[chosen.Length];
        return Pairs(term, chosen, rejected, none, none, beta);
    }

    private static PairLoss<T> Pairs<TTerm, T>(
        TTerm term, ReadOnlySpan<T> chosen, ReadOnlySpan<T> rejected, ReadOnlySpan<T> refChosen, ReadOnlySpan<T> refRejected, double beta)
        where TTerm : struct, IPairTerm
        where T : unmanaged, INumber<T>
    {
        CheckPairs(chosen, rejected, refChosen, refRejected);
        T[] losses = GC.AllocateUninitializedArray<T>(chosen.Length);
        T[] chosenGradient = GC.AllocateUninitializedArray<T>(chosen.Length);
        T[] rejectedGradient = GC.AllocateUninitializedArray<T>(chosen.Length);
        PairSummary summary = Pairs(term, new(chosen, rejected, refChosen, refRejected), beta, losses, chosenGradient, rejectedGradient);
        return new(summary.Loss, new(losses), new(chosenGradient), new(rejectedGradient), summary.Accuracy, summary.Margin);
    }

    private static PairSummary Pairs<TTerm, T>(
        TTerm term, PairData<T> pairs, double beta, Span<T> losses, Span<T> chosenGradient, Span<T> rejectedGradient)
        where TTerm : struct, IPairTerm
        where T : unmanaged, INumber<T>
    {
        double count = pairs.Chosen.Length;
        PairSums sums = PairPass<TTerm, T>.Run(term, pairs, 1 / count, losses, chosenGradient, rejectedGradient);
        if (!double.IsFinite(sums.Loss))
        {
            throw Finite.Explain(term, PairNames, pairs);
        }

        return new(sums.Loss, sums.Separated / count, beta * sums.Margin / count);
    }

    private static void CheckPairs<T>(
        ReadOnlySpan<T> policyChosen, ReadOnlySpan<T> policyRejected, ReadOnlySpan<T> refChosen, ReadOnlySpan<T> refRejected)
    {
        Fused.CheckNumber<T>();
        Shapes.CheckSome(policyChosen.Length, nameof(policyChosen));
        Shapes.CheckSame(policyRejected.Length, policyChosen.Length, nameof(policyRejected), nameof(policyChosen));
        Shapes.CheckSame(refChosen.Length, policyChosen.Length, nameof(refChosen), nameof(policyChosen));
        Shapes.CheckSame(refRejected.Length, policyChosen.Length, nameof(refRejected), nameof(policyChosen));
    }
}
