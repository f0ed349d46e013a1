namespace RlCore.Algebra;

/// <summary>Exact divergences and entropies of categorical distributions given by their log-probabilities, in nats.</summary>
public static class Categorical
{
    /// <summary>KL(p‖q) = Σ p·(log p − log q). A category with p = 0 contributes 0, whatever q is.</summary>
    /// <param name="logP">log p of each category.</param>
    /// <param name="logQ">log q of each category.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty.</exception>
    public static T Kl<T>(ReadOnlySpan<T> logP, ReadOnlySpan<T> logQ)
        where T : struct, IAlgebra<T>
    {
        CheckPair(logP.Length, logQ.Length, nameof(logQ));
        T sum = T.Constant(logP[0], 0);
        for (int i = 0; i < logP.Length; i++)
        {
            sum += Weigh(logP[i], logP[i] - logQ[i]);
        }

        return sum;
    }

    /// <summary>H(p) = −Σ p·log p. A category with p = 0 contributes 0.</summary>
    /// <param name="logP">log p of each category.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">There is no category.</exception>
    public static T Entropy<T>(ReadOnlySpan<T> logP)
        where T : struct, IAlgebra<T>
    {
        CheckPair(logP.Length, logP.Length, nameof(logP));
        T sum = T.Constant(logP[0], 0);
        foreach (T log in logP)
        {
            sum -= Weigh(log, log);
        }

        return sum;
    }

    /// <summary>
    /// Generalised Jensen–Shannon divergence β·KL(p‖m) + (1 − β)·KL(q‖m), m = β·p + (1 − β)·q. β = 0 and 1 are the limits
    /// KL(p‖q) and KL(q‖p), as in GKD. Source: Agarwal et al. 2024, eq. 1 (p the teacher, q the student).
    /// </summary>
    /// <param name="logP">log p of each category.</param>
    /// <param name="logQ">log q of each category.</param>
    /// <param name="beta">β, in [0, 1].</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or β leaves [0, 1].</exception>
    public static T JensenShannon<T>(ReadOnlySpan<T> logP, ReadOnlySpan<T> logQ, double beta)
        where T : struct, IAlgebra<T>
    {
        CheckPair(logP.Length, logQ.Length, nameof(logQ));
        if (!(beta >= 0 && beta <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "β must lie in [0, 1].");
        }

        T sum = T.Constant(logP[0], 0);
        for (int i = 0; i < logP.Length; i++)
        {
            sum += JensenShannonPart(logP[i], logQ[i], beta);
        }

        return sum;
    }

    /// <summary>
    /// One category's part of the generalised Jensen–Shannon divergence: β·p·(log p − log m) + (1 − β)·q·(log q − log m), with its
    /// limits p·(log p − log q) at β = 0 and q·(log q − log p) at 1.
    /// </summary>
    /// <param name="logP">log p of the category.</param>
    /// <param name="logQ">log q of the category.</param>
    /// <param name="beta">β, in [0, 1].</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T JensenShannonPart<T>(T logP, T logQ, double beta)
        where T : struct, IAlgebra<T>
    {
        if (beta is 0 or 1)
        {
            return beta == 0 ? Weigh(logP, logP - logQ) : Weigh(logQ, logQ - logP);
        }

        T logMixture = LogSumExp<T>([T.Shift(logP, Math.Log(beta)), T.Shift(logQ, Math.Log(1 - beta))]);
        return T.Scale(Weigh(logP, logP - logMixture), beta) + T.Scale(Weigh(logQ, logQ - logMixture), 1 - beta);
    }

    /// <summary>Rényi divergence of order α: log(Σ p^α·q^(1−α))/(α − 1); α → 1 is the KL.</summary>
    /// <param name="logP">log p of each category.</param>
    /// <param name="logQ">log q of each category.</param>
    /// <param name="alpha">α, positive and not 1.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or α is not positive or is 1.</exception>
    public static T Renyi<T>(ReadOnlySpan<T> logP, ReadOnlySpan<T> logQ, double alpha)
        where T : struct, IAlgebra<T>
    {
        CheckPair(logP.Length, logQ.Length, nameof(logQ));
        if (!(alpha > 0) || alpha == 1)
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "α must be positive and not 1; at 1 it is the KL divergence.");
        }

        var terms = new T[logP.Length];
        for (int i = 0; i < terms.Length; i++)
        {
            terms[i] = T.Scale(logP[i], alpha) + T.Scale(logQ[i], 1 - alpha);
        }

        return T.Scale(LogSumExp<T>(terms), 1 / (alpha - 1));
    }

    /// <summary>log Σ eˣ without overflow; −∞ if all exponents are −∞.</summary>
    /// <param name="x">The exponents.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">There is no exponent.</exception>
    public static T LogSumExp<T>(ReadOnlySpan<T> x)
        where T : struct, IAlgebra<T>
    {
        T shift = Shift(x);
        return LogSumExp(x, shift) + shift;
    }

    /// <summary>log softmax: x − log Σ eˣ.</summary>
    /// <param name="logits">The logits.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T[] LogSoftmax<T>(ReadOnlySpan<T> logits)
        where T : struct, IAlgebra<T>
    {
        // Shifted first: beside a logit of 1e300 the logarithm of a sum would be lost.
        T shift = Shift(logits);
        T normaliser = LogSumExp(logits, shift);
        var logProbs = new T[logits.Length];
        for (int i = 0; i < logProbs.Length; i++)
        {
            logProbs[i] = logits[i] - shift - normaliser;
        }

        return logProbs;
    }

    // The greatest. It cancels in the value, so it may be held constant; a peak of −∞ is not subtracted, since −∞ + ∞ is NaN.
    private static T Shift<T>(ReadOnlySpan<T> x)
        where T : struct, IAlgebra<T>
    {
        CheckPair(x.Length, x.Length, nameof(x));
        T peak = x[0];
        foreach (T value in x)
        {
            peak = T.Max(peak, value);
        }

        return T.StopGradient(T.SelectInside(peak, double.MinValue, double.MaxValue, peak, T.Constant(peak, 0)));
    }

    private static T LogSumExp<T>(ReadOnlySpan<T> x, T shift)
        where T : struct, IAlgebra<T>
    {
        T sum = T.Constant(shift, 0);
        foreach (T value in x)
        {
            sum += T.Exp(value - shift);
        }

        return T.Log(sum);
    }

    // e^logP · factor, and 0 where p = 0 even when the factor is infinite there.
    private static T Weigh<T>(T logP, T factor)
        where T : struct, IAlgebra<T>
    {
        T zero = T.Constant(logP, 0);
        return T.SelectByOrder(T.Exp(logP), zero, zero, zero, T.Exp(logP) * factor);
    }

    private static void CheckPair(int left, int right, string name)
    {
        if (left != right || left == 0)
        {
            throw new ArgumentException($"Two distributions over the same categories are needed, but they have {left} and {right}.", name);
        }
    }
}
