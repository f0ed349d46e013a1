namespace RlCore.Algebra;

/// <summary>Losses of a reward model, and what its rewards say about preferences.</summary>
public static class RewardModelLosses
{
    /// <summary>
    /// −log σ(r_w − r_l − margin) + c·(r_w + r_l)². Source: Bradley &amp; Terry 1952; Touvron et al. 2023, eq. 2 (margin);
    /// Eisenstein et al. 2023 (centring).
    /// </summary>
    /// <param name="chosen">r_w.</param>
    /// <param name="rejected">r_l.</param>
    /// <param name="margin">Margin, data; 0 for none.</param>
    /// <param name="centring">c; 0 for none.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T BradleyTerry<T>(T chosen, T rejected, T margin, double centring = 0)
        where T : struct, IAlgebra<T>
    {
        T loss = -T.LogSigmoid(chosen - rejected - margin);
        T sum = chosen + rejected;
        return centring == 0 ? loss : loss + T.Scale(sum * sum, centring);
    }

    /// <summary>
    /// −[y·log σ(s) + (1 − y)·log σ(−s)], in nats: the cross-entropy of a step's label under a process reward model. The least is the
    /// entropy of the label, where σ(s) = y. Source: Wang et al. 2024 (Math-Shepherd), eq. 2; Lightman et al. 2023, sec. 2.6.
    /// </summary>
    /// <param name="score">s, the score at the step's last token.</param>
    /// <param name="label">y, data: how good the step is, from 0 to 1, such as the share of continuations that succeed.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Step<T>(T score, T label)
        where T : struct, IAlgebra<T> =>
        -((label * T.LogSigmoid(score)) + (T.Shift(-label, 1) * T.LogSigmoid(-score)));

    /// <summary>P(y_1 ≻ y_2) = σ(r_1 − r_2).</summary>
    /// <param name="first">r_1.</param>
    /// <param name="second">r_2.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T PreferenceProbability<T>(T first, T second)
        where T : struct, IAlgebra<T> => T.Sigmoid(first - second);

    /// <summary>
    /// −log P(ranking) = Σ_k (log Σ_{j≥k} e^{r_j} − r_k) of rewards listed from best to worst. Two are Bradley–Terry.
    /// Source: Plackett 1975; Luce 1959.
    /// </summary>
    /// <param name="rewards">Rewards from the best to the worst.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">There is no reward.</exception>
    public static T PlackettLuce<T>(ReadOnlySpan<T> rewards)
        where T : struct, IAlgebra<T>
    {
        if (rewards.IsEmpty)
        {
            throw new ArgumentException("A ranking needs at least one reward.", nameof(rewards));
        }

        T loss = T.Constant(rewards[0], 0);
        for (int k = 0; k < rewards.Length; k++)
        {
            loss += Categorical.LogSumExp(rewards[k..]) - rewards[k];
        }

        return loss;
    }
}
