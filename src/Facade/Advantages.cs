using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using RlCore.Algebra;

namespace RlCore;

/// <summary>Generalised advantages with the value targets that they imply.</summary>
/// <param name="Advantages">A_t.</param>
/// <param name="Returns">A_t + V_t.</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record GeneralisedAdvantages<T>(Values<T> Advantages, Values<T> Returns)
    where T : unmanaged, INumber<T>;

/// <summary>
/// Advantages of tokens and of whole completions, over spans (and so arrays) of float or double; taken in double.
/// </summary>
/// <remarks>
/// The reward of a whole completion is NaN where it could not be scored, and its advantage is then 0. Of tokens, and of baselines,
/// a NaN that counts is refused with <see cref="ArgumentException"/>, which names the argument and the index. A null array is an array
/// without elements.
/// </remarks>
public static partial class Advantages
{
    /// <summary>
    /// GAE(γ, λ): A_t = Σ_l (γλ)^l δ_{t+l}, δ_t = r_t + γV_{t+1} − V_t, over the actions of each row. Source: Schulman et al. 2016,
    /// eq. 16.
    /// </summary>
    /// <param name="rewards">r_t, one per token.</param>
    /// <param name="values">V_t, one per token.</param>
    /// <param name="mask">Action mask, [batch, time]; holes are skipped.</param>
    /// <param name="gamma">γ, in [0, 1].</param>
    /// <param name="lambda">λ, in [0, 1].</param>
    /// <param name="bootstrap">V after the last token of each row that was truncated; empty where every row terminated.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static GeneralisedAdvantages<T> Gae<T>(
        ReadOnlySpan<T> rewards,
        ReadOnlySpan<T> values,
        SequenceMask mask,
        double gamma = 1,
        double lambda = 0.95,
        ReadOnlySpan<T> bootstrap = default)
        where T : unmanaged, INumber<T>
    {
        T[] advantages = GC.AllocateUninitializedArray<T>(rewards.Length);
        T[] returns = GC.AllocateUninitializedArray<T>(rewards.Length);
        Gae(rewards, values, mask, advantages, returns, gamma, lambda, bootstrap);
        return new(new(advantages), new(returns));
    }

    /// <summary>GAE(γ, λ) into caller-provided spans: nothing is allocated per token.</summary>
    /// <param name="rewards">r_t, one per token.</param>
    /// <param name="values">V_t, one per token.</param>
    /// <param name="mask">Action mask, [batch, time]; holes are skipped.</param>
    /// <param name="advantages">Receives A_t.</param>
    /// <param name="returns">Receives A_t + V_t.</param>
    /// <param name="gamma">γ, in [0, 1].</param>
    /// <param name="lambda">λ, in [0, 1].</param>
    /// <param name="bootstrap">V after the last token of each row that was truncated; empty where every row terminated.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static void Gae<T>(
        ReadOnlySpan<T> rewards,
        ReadOnlySpan<T> values,
        SequenceMask mask,
        Span<T> advantages,
        Span<T> returns,
        double gamma = 1,
        double lambda = 0.95,
        ReadOnlySpan<T> bootstrap = default)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(rewards.Length, mask, nameof(rewards));
        Shapes.CheckTokens(values.Length, mask, nameof(values));
        Shapes.CheckTokens(advantages.Length, mask, nameof(advantages));
        Shapes.CheckTokens(returns.Length, mask, nameof(returns));
        CheckShare(gamma, nameof(gamma));
        CheckShare(lambda, nameof(lambda));
        if (!bootstrap.IsEmpty)
        {
            Shapes.CheckRows(bootstrap.Length, mask, nameof(bootstrap));
        }

        Finite.RefuseNaN(rewards, mask, nameof(rewards));
        Finite.RefuseNaN(values, mask, nameof(values));
        if (typeof(T) == typeof(double))
        {
            TokenReturns.Gae(
                MemoryMarshal.Cast<T, double>(rewards),
                MemoryMarshal.Cast<T, double>(values),
                mask,
                gamma,
                lambda,
                MemoryMarshal.Cast<T, double>(advantages),
                HoleRule.Skip,
                MemoryMarshal.Cast<T, double>(bootstrap));
        }
        else
        {
            double[] scratch = ArrayPool<double>.Shared.Rent(3 * rewards.Length);
            Span<double> wideRewards = scratch.AsSpan(0, rewards.Length);
            Span<double> wideValues = scratch.AsSpan(rewards.Length, rewards.Length);
            Span<double> wideAdvantages = scratch.AsSpan(2 * rewards.Length, rewards.Length);
            TensorPrimitives.ConvertTruncating(rewards, wideRewards);
            TensorPrimitives.ConvertTruncating(values, wideValues);
            TokenReturns.Gae(wideRewards, wideValues, mask, gamma, lambda, wideAdvantages, HoleRule.Skip, Fused.Widen(bootstrap));
            TensorPrimitives.ConvertTruncating<double, T>(wideAdvantages, advantages);
            ArrayPool<double>.Shared.Return(scratch);
        }

        TensorPrimitives.Add(advantages, values, returns);
    }

    /// <summary>
    /// GRPO: (r − mean)/(std + ε) over consecutive groups; a group of equal rewards is exactly zero. Source: Shao et al. 2024.
    /// </summary>
    /// <param name="rewards">One per completion; NaN for one that could not be scored.</param>
    /// <param name="groupSize">Completions a prompt.</param>
    /// <param name="options">Scale, ddof, ε and the rule for singletons. Default: TRL's.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The number of rewards is not a multiple of the group size, or an option is out of
    /// its range.</exception>
    public static Values<T> GroupRelative<T>(ReadOnlySpan<T> rewards, int groupSize, GroupAdvantageOptions? options = null)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        return Fused.Narrow<T>(GroupAdvantages.Relative(Fused.Widen(rewards), groupSize, options ?? new()));
    }

    /// <summary>RLOO: r_i less the mean of the others of its group. Source: Kool et al. 2019; Ahmadian et al. 2024, eq. 6.</summary>
    /// <param name="rewards">One per completion; NaN for one that could not be scored.</param>
    /// <param name="groupSize">Completions a prompt.</param>
    /// <param name="singletons">What a group of one gives.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The number of rewards is not a multiple of the group size, or a singleton is
    /// rejected.</exception>
    public static Values<T> LeaveOneOut<T>(ReadOnlySpan<T> rewards, int groupSize, SingletonRule singletons = SingletonRule.Zero)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        return Fused.Narrow<T>(GroupAdvantages.LeaveOneOut(Fused.Widen(rewards), Groups(rewards.Length, groupSize), singletons));
    }

    /// <summary>OPO: r_i less the length-weighted mean of its group. Source: Hao et al. 2025, eq. 8.</summary>
    /// <param name="rewards">One per completion; NaN for one that could not be scored.</param>
    /// <param name="lengths">Tokens of each completion.</param>
    /// <param name="groupSize">Completions a prompt.</param>
    /// <param name="singletons">What a group of one gives.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length, the rewards are no multiple of the group size, or a singleton is
    /// refused.</exception>
    public static Values<T> LengthWeighted<T>(
        ReadOnlySpan<T> rewards, ReadOnlySpan<int> lengths, int groupSize, SingletonRule singletons = SingletonRule.Zero)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        Shapes.CheckSame(lengths.Length, rewards.Length, nameof(lengths), nameof(rewards));
        return Fused.Narrow<T>(
            GroupAdvantages.LengthWeighted(Fused.Widen(rewards), lengths, Groups(rewards.Length, groupSize), singletons));
    }

    /// <summary>
    /// The best completion of each group gets best − second best, over std + ε if asked; the others 0. Source: Walder &amp; Karkhanis
    /// 2025 (pass@k policy optimisation, the leave-one-out form for k = group size).
    /// </summary>
    /// <param name="rewards">One per completion; NaN for one that could not be scored.</param>
    /// <param name="groupSize">Completions a prompt.</param>
    /// <param name="options">Scale (group or none), ddof, ε and the rule for singletons. Default: TRL's.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The number of rewards is not a multiple of the group size, or an option is out of
    /// its range or not used here.</exception>
    public static Values<T> BestOfGroup<T>(ReadOnlySpan<T> rewards, int groupSize, GroupAdvantageOptions? options = null)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        return Fused.Narrow<T>(GroupAdvantages.BestOfGroup(Fused.Widen(rewards), Groups(rewards.Length, groupSize), options ?? new()));
    }

    /// <summary>
    /// GPG: α·(r_i − mean of its group), α = completions / completions of non-zero reward; the loss is REINFORCE. Source: Chu et al.
    /// 2025, sec. 3.
    /// </summary>
    /// <param name="rewards">One per completion; NaN for one that could not be scored.</param>
    /// <param name="groupSize">Completions a prompt.</param>
    /// <param name="singletons">What a group of one gives.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The number of rewards is not a multiple of the group size, or a singleton is
    /// rejected.</exception>
    public static Values<T> Gpg<T>(ReadOnlySpan<T> rewards, int groupSize, SingletonRule singletons = SingletonRule.Zero)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        return Fused.Narrow<T>(GroupAdvantages.ScaledByInformative(Fused.Widen(rewards), Groups(rewards.Length, groupSize), singletons));
    }

    /// <summary>Each completion's advantage at every one of its actions; 0 elsewhere.</summary>
    /// <param name="advantages">One a row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The number of advantages is not one per row.</exception>
    public static Values<T> Spread<T>(ReadOnlySpan<T> advantages, SequenceMask mask)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        return Fused.Narrow<T>(TokenAdvantages.Spread(Fused.Widen(advantages), mask));
    }

    /// <summary>Whitened over the actions of the batch, 0 elsewhere (PPO; REINFORCE++, Hu 2025).</summary>
    /// <param name="advantages">A_t, one per token.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="options">Moments. Default: TRL's.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static Values<T> Whitened<T>(ReadOnlySpan<T> advantages, SequenceMask mask, MomentOptions? options = null)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(advantages.Length, mask, nameof(advantages));
        Finite.RefuseNaN(advantages, mask, nameof(advantages));
        return Fused.Narrow<T>(TokenAdvantages.Whitened(Fused.Widen(advantages), mask, options ?? new()));
    }

    /// <summary>ReMax: reward-to-go less the reward of the greedy completion. Source: Li et al. 2024, alg. 1.</summary>
    /// <param name="rewards">r_t, one per token.</param>
    /// <param name="baselines">One a row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static Values<T> ReMax<T>(ReadOnlySpan<T> rewards, ReadOnlySpan<T> baselines, SequenceMask mask)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(rewards.Length, mask, nameof(rewards));
        Shapes.CheckRows(baselines.Length, mask, nameof(baselines));
        Finite.RefuseNaN(rewards, mask, nameof(rewards));
        Finite.RefuseNaN(baselines, mask, nameof(baselines));
        return Fused.Narrow<T>(TokenAdvantages.LessBaseline(Fused.Widen(rewards), Fused.Widen(baselines), mask));
    }

    private static int[] Groups(int count, int groupSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groupSize);
        return count % groupSize == 0
            ? [.. Enumerable.Range(0, count).Select(i => i / groupSize)]
            : throw new ArgumentException($"{count} rewards do not make groups of {groupSize}.", nameof(groupSize));
    }

    private static void CheckShare(double value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1, name);
    }
}
