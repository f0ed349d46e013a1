using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>Losses of value functions, reward models, demonstrations and single labelled completions.</summary>
public static partial class Losses
{
    /// <summary>½(V − R)² of a value function.</summary>
    /// <param name="values">V, one per token.</param>
    /// <param name="returns">R, one per token.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> Value<T>(
        ReadOnlySpan<T> values, ReadOnlySpan<T> returns, SequenceMask mask, Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        CheckValues(values, returns, mask);
        return Map(new ValueClipTerm(double.PositiveInfinity), values, default, returns, mask, aggregation ?? TokenMean);
    }

    /// <summary>
    /// ½·max((V − R)², (V_old + clip(V − V_old, ±c) − R)²) of a value function. Source: the OpenAI baselines of Schulman et al. 2017.
    /// </summary>
    /// <param name="values">V, one per token.</param>
    /// <param name="oldValues">V_old, one per token.</param>
    /// <param name="returns">R, one per token.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="clipRange">c.</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or c is negative.</exception>
    public static ElementLoss<T> ClippedValue<T>(
        ReadOnlySpan<T> values,
        ReadOnlySpan<T> oldValues,
        ReadOnlySpan<T> returns,
        SequenceMask mask,
        double clipRange = 0.2,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(clipRange);
        CheckValues(values, returns, mask);
        Shapes.CheckTokens(oldValues.Length, mask, nameof(oldValues));
        return Map(new ValueClipTerm(clipRange), values, oldValues, returns, mask, aggregation ?? TokenMean);
    }

    /// <summary>Negative log-likelihood −ℓ of demonstrations, in nats: SFT.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="mask">Which tokens are learnt from (not the prompt's), [batch, time].</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> TokenNll<T>(ReadOnlySpan<T> logProbs, SequenceMask mask, Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(logProbs.Length, mask, nameof(logProbs));
        return Map(default(TokenNllTerm), logProbs, mask, aggregation ?? TokenMean);
    }

    /// <summary>DFT: −sg(p)·ℓ. Source: Wu et al. 2025, eq. 9.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="mask">Which tokens are learnt from (not the prompt's), [batch, time].</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> DynamicNll<T>(ReadOnlySpan<T> logProbs, SequenceMask mask, Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(logProbs.Length, mask, nameof(logProbs));
        return Map(default(DynamicNllTerm), logProbs, mask, aggregation ?? TokenMean);
    }

    /// <summary>
    /// A reward model's mean −log σ(r_w − r_l − margin) + c·(r_w + r_l)². Source: Bradley &amp; Terry 1952; Touvron et al. 2023, eq. 2.
    /// </summary>
    /// <param name="chosen">r_w, the reward of each chosen completion.</param>
    /// <param name="rejected">r_l.</param>
    /// <param name="margins">One per pair; empty for none.</param>
    /// <param name="centring">c; 0 for none.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or c is negative.</exception>
    public static PairLoss<T> RewardModel<T>(
        ReadOnlySpan<T> chosen, ReadOnlySpan<T> rejected, ReadOnlySpan<T> margins = default, double centring = 0)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(centring);
        ReadOnlySpan<T> margin = margins.IsEmpty ? new T[chosen.Length] : margins;
        CheckPairs(chosen, rejected, chosen, rejected);
        Shapes.CheckSame(margin.Length, chosen.Length, nameof(margins), nameof(chosen));
        var ofChosenReward = new RewardModelFormula(centring, OfRejected: false);
        var ofRejectedReward = new RewardModelFormula(centring, OfRejected: true);
        ElementLoss<T> ofChosen = Mean(
            ofChosenReward, [nameof(chosen), nameof(rejected), nameof(margins)], ofChosenReward.Spans(chosen, rejected, margin));
        ElementLoss<T> ofRejected = Mean(
            ofRejectedReward, [nameof(rejected), nameof(chosen), nameof(margins)], ofRejectedReward.Spans(chosen, rejected, margin));
        (double accuracy, double difference) = Separation(chosen, rejected);
        return new(ofChosen.Loss, ofChosen.Losses, ofChosen.Gradient, ofRejected.Gradient, accuracy, difference);
    }

    /// <summary>
    /// A process reward model's mean −[y·log σ(s) + (1 − y)·log σ(−s)] over steps, in nats. Its gradient is (σ(s) − y)/n. Source: Wang et
    /// al. 2024 (Math-Shepherd), eq. 2; Lightman et al. 2023, sec. 2.6.
    /// </summary>
    /// <param name="scores">s, the score at the last token of each step.</param>
    /// <param name="labels">y, how good each step is, from 0 to 1.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty.</exception>
    public static ElementLoss<T> StepReward<T>(ReadOnlySpan<T> scores, ReadOnlySpan<T> labels)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        Shapes.CheckSome(scores.Length, nameof(scores));
        Shapes.CheckSame(labels.Length, scores.Length, nameof(labels), nameof(scores));
        return Mean(default(StepRewardFormula), [nameof(scores), nameof(labels)], new ElementSpans<T>(scores, labels));
    }

    /// <summary>
    /// KTO: the mean of 1 − σ(β(s − z)) where desirable, 1 − σ(β(z − s)) elsewhere; s = ℓ − ℓ_ref. Source: Ethayarajh et al.
    /// 2024, eq. 8.
    /// </summary>
    /// <param name="logProbs">ℓ of each completion.</param>
    /// <param name="refLogProbs">ℓ_ref.</param>
    /// <param name="desirable">The labels.</param>
    /// <param name="referencePoint">z ≥ 0, in nats, as <see cref="KtoReferencePoint"/> gives it; held constant.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a constant is out of its range.</exception>
    public static ElementLoss<T> Kto<T>(
        ReadOnlySpan<T> logProbs, ReadOnlySpan<T> refLogProbs, ReadOnlySpan<bool> desirable, double referencePoint, double beta)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(referencePoint);
        CheckUnpaired(logProbs, refLogProbs, desirable, beta);
        var point = new T[logProbs.Length];
        Array.Fill(point, T.CreateTruncating(referencePoint));
        return Mean(
            new UnpairedArguments.Formula<KtoTerm>(new(beta)),
            [nameof(logProbs), nameof(refLogProbs)],
            UnpairedArguments.Spans(logProbs, refLogProbs, point, Labels<T>(desirable)));
    }

    /// <summary>KTO's estimate max(0, mean(ℓ − ℓ_ref)) of the KL, over completions of other prompts.</summary>
    /// <param name="logProbs">ℓ of each mismatched completion.</param>
    /// <param name="refLogProbs">ℓ_ref.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty.</exception>
    public static double KtoReferencePoint<T>(ReadOnlySpan<T> logProbs, ReadOnlySpan<T> refLogProbs)
        where T : unmanaged, INumber<T>
    {
        Finite.RefuseNaN(logProbs, nameof(logProbs));
        Finite.RefuseNaN(refLogProbs, nameof(refLogProbs));
        return UnpairedLosses.ReferencePoint(
            System.Runtime.InteropServices.MemoryMarshal.Cast<double, Real>(Fused.Widen(logProbs)),
            System.Runtime.InteropServices.MemoryMarshal.Cast<double, Real>(Fused.Widen(refLogProbs)));
    }

    /// <summary>BCO: the mean of −log σ(βs − δ) where desirable, −log σ(δ − βs) elsewhere. Source: Jung et al. 2024, eq. 10.</summary>
    /// <param name="logProbs">ℓ of each completion.</param>
    /// <param name="refLogProbs">ℓ_ref.</param>
    /// <param name="desirable">The labels.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <param name="delta">δ, the reward shift.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or β is not positive.</exception>
    public static ElementLoss<T> Bco<T>(
        ReadOnlySpan<T> logProbs, ReadOnlySpan<T> refLogProbs, ReadOnlySpan<bool> desirable, double beta, double delta)
        where T : unmanaged, INumber<T>
    {
        CheckUnpaired(logProbs, refLogProbs, desirable, beta);
        return Mean(
            new UnpairedArguments.Formula<BcoTerm>(new(beta, delta)),
            [nameof(logProbs), nameof(refLogProbs)],
            UnpairedArguments.Spans(logProbs, refLogProbs, default, Labels<T>(desirable)));
    }

    private static (double Accuracy, double Margin) Separation<T>(ReadOnlySpan<T> chosen, ReadOnlySpan<T> rejected)
        where T : unmanaged, INumber<T>
    {
        int greater = 0;
        double sum = 0;
        for (int i = 0; i < chosen.Length; i++)
        {
            double margin = double.CreateTruncating(chosen[i] - rejected[i]);
            greater += margin > 0 ? 1 : 0;
            sum += margin;
        }

        return ((double)greater / chosen.Length, sum / chosen.Length);
    }

    private static T[] Labels<T>(ReadOnlySpan<bool> desirable)
        where T : unmanaged, INumber<T>
    {
        var labels = new T[desirable.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = desirable[i] ? T.One : -T.One;
        }

        return labels;
    }

    private static void CheckUnpaired<T>(ReadOnlySpan<T> logProbs, ReadOnlySpan<T> refLogProbs, ReadOnlySpan<bool> desirable, double beta)
    {
        Fused.CheckNumber<T>();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
        Shapes.CheckSome(logProbs.Length, nameof(logProbs));
        Shapes.CheckSame(refLogProbs.Length, logProbs.Length, nameof(refLogProbs), nameof(logProbs));
        Shapes.CheckSame(desirable.Length, logProbs.Length, nameof(desirable), nameof(logProbs));
    }

    private static void CheckValues<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> returns, SequenceMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(values.Length, mask, nameof(values));
        Shapes.CheckTokens(returns.Length, mask, nameof(returns));
    }
}
