namespace RlCore.Algebra;

/// <summary>Estimates for several samples of one prompt.</summary>
public static partial class TestTimeCompute
{
    /// <summary>
    /// The unbiased estimate of the probability that at least one of k samples is right, 1 − C(n − c, k)/C(n, k), as a product that does
    /// not overflow. Source: Chen et al. 2021 (Codex), eq. 1.
    /// </summary>
    /// <param name="samples">n.</param>
    /// <param name="correct">c.</param>
    /// <param name="k">k, at least 1 and at most n: of fewer samples there is no such estimate.</param>
    /// <exception cref="ArgumentOutOfRangeException">c or k exceeds n, k is 0, or a count is negative.</exception>
    public static double PassAtK(int samples, int correct, int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, samples);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, samples);

        // Where fewer than k are wrong, one factor is exactly zero.
        double allWrong = 1;
        for (int j = samples - correct + 1; j <= samples; j++)
        {
            allWrong *= 1 - ((double)k / j);
        }

        return 1 - allWrong;
    }

    /// <summary>KL(best-of-n‖π) ≤ log n − (n − 1)/n, in nats; equality when no two rewards tie. Source: Beirami et al. 2024.</summary>
    /// <param name="n">Number of samples, at least 1.</param>
    public static double BestOfNKlBound(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        return Math.Log(n) - ((n - 1.0) / n);
    }

    /// <summary>
    /// The distribution of best-of-n over an enumerable set: P(y) = F(r ≤ r_y)ⁿ − F(r &lt; r_y)ⁿ, shared within ties by probability.
    /// </summary>
    /// <param name="probabilities">π of each outcome.</param>
    /// <param name="rewards">Reward of each outcome.</param>
    /// <param name="n">Number of samples, at least 1.</param>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double[] BestOfN(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> rewards, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        if (probabilities.Length != rewards.Length)
        {
            throw new ArgumentException(
                $"{probabilities.Length} probabilities and {rewards.Length} rewards: one of each an outcome is needed.", nameof(rewards));
        }

        var law = new double[probabilities.Length];
        for (int i = 0; i < law.Length; i++)
        {
            double below = 0;
            double level = 0;
            for (int j = 0; j < law.Length; j++)
            {
                below += rewards[j] < rewards[i] ? probabilities[j] : 0;
                level += rewards[j] == rewards[i] ? probabilities[j] : 0;
            }

            law[i] = level == 0 ? 0 : (Math.Pow(below + level, n) - Math.Pow(below, n)) * probabilities[i] / level;
        }

        return law;
    }

    /// <summary>The answer with the largest total weight; the first seen wins a tie. Weights of 1 give self-consistency.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="weights">One per answer; empty for 1 each.</param>
    /// <exception cref="ArgumentException">There is no answer, or the number of weights differs.</exception>
    public static string Vote(IReadOnlyList<string> answers, IReadOnlyList<double>? weights = null)
    {
        ArgumentNullException.ThrowIfNull(answers);
        if (answers.Count == 0 || (weights is not null && weights.Count != answers.Count))
        {
            throw new ArgumentException(
                $"{answers.Count} answers with {weights?.Count ?? answers.Count} weights cannot vote.", nameof(answers));
        }

        return answers.Select((answer, i) => (answer, weight: weights?[i] ?? 1))
            .GroupBy(pair => pair.answer)
            .MaxBy(group => group.Sum(pair => pair.weight))!.Key;
    }
}
