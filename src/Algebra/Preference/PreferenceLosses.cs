using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// Losses of one pair, a chosen and a rejected completion. A <em>score</em> s is the log-ratio ℓ − ℓ_ref of the whole
/// completion (or what <see cref="FDivergence"/> makes of it; or ℓ alone, when there is no reference); h = β(s_w − s_l).
/// </summary>
public static class PreferenceLosses
{
    /// <summary>−(1 − ε)·log σ(h) − ε·log σ(−h). ε = 0: Rafailov et al. 2023 (DPO), eq. 7; ε &gt; 0: Mitchell 2023 (cDPO).</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <param name="labelSmoothing">ε, the share of flipped labels, in [0, ½].</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T chosen, T rejected, double beta, double labelSmoothing = 0)
        where T : struct, IAlgebra<T> => Smoothed(T.Scale(chosen - rejected, beta), labelSmoothing);

    /// <summary>(−(1 − ε)·log σ(h) + ε·log σ(−h))/(1 − 2ε): unbiased under flipped labels. Source: Chowdhury et al. 2024, eq. 12.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <param name="labelSmoothing">ε, in [0, ½).</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Robust<T>(T chosen, T rejected, double beta, double labelSmoothing)
        where T : struct, IAlgebra<T>
    {
        T h = T.Scale(chosen - rejected, beta);
        double scale = 1 / (1 - (2 * labelSmoothing));
        return T.Scale(T.LogSigmoid(-h), labelSmoothing * scale) - T.Scale(T.LogSigmoid(h), (1 - labelSmoothing) * scale);
    }

    /// <summary>KL((σ(h), σ(−h)) ‖ (1 − ε, ε)). Source: Ji et al. 2024 (EXO), eq. 16.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <param name="labelSmoothing">ε, in (0, 1).</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Exo<T>(T chosen, T rejected, double beta, double labelSmoothing)
        where T : struct, IAlgebra<T>
    {
        T h = T.Scale(chosen - rejected, beta);
        return (T.Sigmoid(h) * T.Shift(T.LogSigmoid(h), -Math.Log(1 - labelSmoothing)))
            + (T.Sigmoid(-h) * T.Shift(T.LogSigmoid(-h), -Math.Log(labelSmoothing)));
    }

    /// <summary>max(0, 1 − h). Source: Zhao et al. 2023 (SLiC), as in Liu et al. 2024 (RSO).</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Hinge<T>(T chosen, T rejected, double beta)
        where T : struct, IAlgebra<T>
    {
        T slack = T.Shift(T.Scale(chosen - rejected, -beta), 1);
        return T.Max(slack, T.Constant(slack, 0));
    }

    /// <summary>
    /// (s_w − s_l − 1/(2β))². Source: Azar et al. 2024 (IPO), eq. 17. On sums of log-probs it is the paper's; divided by the
    /// lengths first it is TRL's: the caller says which by what it passes.
    /// </summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β (the paper's τ).</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Ipo<T>(T chosen, T rejected, double beta)
        where T : struct, IAlgebra<T>
    {
        T distance = T.Shift(chosen - rejected, -1 / (2 * beta));
        return distance * distance;
    }

    /// <summary>−log σ(βs_w) − ½·log σ(−βs_w) − ½·log σ(−βs_l). Source: Chen et al. 2024 (NCA), eq. 11.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Nca<T>(T chosen, T rejected, double beta)
        where T : struct, IAlgebra<T>
    {
        T reward = T.Scale(chosen, beta);
        return -T.LogSigmoid(reward) - T.Scale(T.LogSigmoid(-reward), 0.5) - T.Scale(T.LogSigmoid(T.Scale(rejected, -beta)), 0.5);
    }

    /// <summary>−log σ(βs_w − δ) − log σ(δ − βs_l). Source: Jung et al. 2024 (BCO), eq. 10; δ a running mean of rewards.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <param name="delta">δ, the reward shift; 0 for none.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Bco<T>(T chosen, T rejected, double beta, double delta = 0)
        where T : struct, IAlgebra<T> =>
        UnpairedLosses.Bco(chosen, desirable: true, beta, delta) + UnpairedLosses.Bco(rejected, desirable: false, beta, delta);

    /// <summary>(s_w − 1/(2β))² + (s_l + 1/(2β))². Source: Wu et al. 2024 (SPPO), eq. 4.7 with hard labels.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T SppoHard<T>(T chosen, T rejected, double beta)
        where T : struct, IAlgebra<T>
    {
        T winner = T.Shift(chosen, -0.5 / beta);
        T loser = T.Shift(rejected, 0.5 / beta);
        return (winner * winner) + (loser * loser);
    }

    /// <summary>(1 − σ(βs_w)) + σ(βs_l): chosen up, rejected down. Source: D'Oosterlinck et al. 2024 (APO-zero), eq. 7.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T ApoZero<T>(T chosen, T rejected, double beta)
        where T : struct, IAlgebra<T> => T.Sigmoid(T.Scale(chosen, -beta)) + T.Sigmoid(T.Scale(rejected, beta));

    /// <summary>σ(βs_w) + (1 − σ(h)): both down, rejected more. Source: D'Oosterlinck et al. 2024 (APO-down), eq. 8.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T ApoDown<T>(T chosen, T rejected, double beta)
        where T : struct, IAlgebra<T> => T.Sigmoid(T.Scale(chosen, beta)) + T.Sigmoid(T.Scale(rejected - chosen, beta));

    /// <summary>(1 − w)·(−log σ(h)) + w·e^(−h), w = σ(h/τ). Source: Lu et al. 2024 (DiscoPOP), eq. 5.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <param name="beta">β.</param>
    /// <param name="temperature">τ.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T DiscoPop<T>(T chosen, T rejected, double beta, double temperature)
        where T : struct, IAlgebra<T>
    {
        T h = T.Scale(chosen - rejected, beta);
        T scaled = T.Scale(h, 1 / temperature);
        return (T.Exp(-h) * T.Sigmoid(scaled)) - (T.LogSigmoid(h) * T.Sigmoid(-scaled));
    }

    /// <summary>−log σ(β(ℓ̄_w − ℓ̄_l) − γ) on mean log-probs without a reference. Source: Meng et al. 2024 (SimPO), eq. 6.</summary>
    /// <param name="chosen">ℓ̄_w, mean log-prob of a token.</param>
    /// <param name="rejected">ℓ̄_l.</param>
    /// <param name="beta">β.</param>
    /// <param name="gamma">γ, the target margin.</param>
    /// <param name="labelSmoothing">ε.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T SimPo<T>(T chosen, T rejected, double beta, double gamma, double labelSmoothing = 0)
        where T : struct, IAlgebra<T> => Smoothed(T.Shift(T.Scale(chosen - rejected, beta), -gamma), labelSmoothing);

    /// <summary>AlphaPO's reward (1 − p^(−α))/α of a mean log-prob; α → 0 is ℓ̄. Source: Gupta et al. 2025, eq. 5.</summary>
    /// <param name="meanLogProb">ℓ̄.</param>
    /// <param name="alpha">α.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T AlphaReward<T>(T meanLogProb, double alpha)
        where T : struct, IAlgebra<T> =>
        alpha == 0 ? meanLogProb : T.Scale(T.ExpM1(T.Scale(meanLogProb, -alpha)), -1 / alpha);

    /// <summary>Log odds ratio log(odds_w/odds_l), odds = p/(1 − p) of mean log-probs. Source: Hong et al. 2024 (ORPO), eq. 4.</summary>
    /// <param name="chosen">ℓ̄_w &lt; 0.</param>
    /// <param name="rejected">ℓ̄_l &lt; 0.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T LogOddsRatio<T>(T chosen, T rejected)
        where T : struct, IAlgebra<T> => chosen - rejected - (T.Log1MExp(chosen) - T.Log1MExp(rejected));

    /// <summary>−λ·log σ(log odds ratio); ORPO adds the chosen completion's NLL. Source: Hong et al. 2024, eq. 6 and 7.</summary>
    /// <param name="chosen">ℓ̄_w &lt; 0.</param>
    /// <param name="rejected">ℓ̄_l &lt; 0.</param>
    /// <param name="weight">λ.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Orpo<T>(T chosen, T rejected, double weight)
        where T : struct, IAlgebra<T> => T.Scale(T.LogSigmoid(LogOddsRatio(chosen, rejected)), -weight);

    /// <summary>
    /// log p(y_t) − log Σ_v p(v)²: WPO weighs a pair by the exponential of the mean of this over each completion, held
    /// constant, so that pairs that the policy would sample itself count more. Source: Zhou et al. 2024 (WPO), eq. 2.
    /// </summary>
    /// <param name="logProb">log p of the token.</param>
    /// <param name="logProbs">log p of the whole vocabulary at its position.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T LogOnPolicyWeight<T>(T logProb, ReadOnlySpan<T> logProbs)
        where T : struct, IAlgebra<T>
    {
        var squares = new T[logProbs.Length];
        for (int i = 0; i < squares.Length; i++)
        {
            squares[i] = T.Scale(logProbs[i], 2);
        }

        return logProb - Categorical.LogSumExp<T>(squares);
    }

    /// <summary>−(1 − ε)·log σ(h) − ε·log σ(−h) for a given margin (AOT's sorted differences).</summary>
    /// <param name="margin">h.</param>
    /// <param name="labelSmoothing">ε.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Smoothed<T>(T margin, double labelSmoothing)
        where T : struct, IAlgebra<T> => labelSmoothing == 0
            ? -T.LogSigmoid(margin)
            : T.Scale(T.LogSigmoid(margin), labelSmoothing - 1) - T.Scale(T.LogSigmoid(-margin), labelSmoothing);
}
