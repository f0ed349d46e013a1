using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>The results of V-trace for each token; 0 outside of the mask.</summary>
/// <param name="Advantages">ρ_t·(q_t − V_t), for the policy gradient.</param>
/// <param name="Targets">v_t, the targets of the value function.</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record OffPolicyAdvantages<T>(Values<T> Advantages, Values<T> Targets)
    where T : unmanaged, INumber<T>;

/// <summary>Advantages of tokens sampled by another policy.</summary>
public static partial class Advantages
{
    /// <summary>
    /// V-trace over the actions of each row: value targets v_t and advantages with truncated importance weights; holes in the mask
    /// are skipped. Source: Espeholt et al. 2018 (IMPALA), sec. 4.1.
    /// </summary>
    /// <param name="rewards">r_t, one per token.</param>
    /// <param name="values">V_t, one per token.</param>
    /// <param name="ratios">ρ_t = π/μ, one per token.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="gamma">γ, in [0, 1].</param>
    /// <param name="options">λ, caps and leak. Default: all caps and λ are 1.</param>
    /// <param name="bootstrap">V after the last token of each row that was truncated; empty where every row terminated.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or γ is out of its range.</exception>
    public static OffPolicyAdvantages<T> VTrace<T>(
        ReadOnlySpan<T> rewards,
        ReadOnlySpan<T> values,
        ReadOnlySpan<T> ratios,
        SequenceMask mask,
        double gamma = 1,
        VTraceOptions? options = null,
        ReadOnlySpan<T> bootstrap = default)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(rewards.Length, mask, nameof(rewards));
        Shapes.CheckTokens(values.Length, mask, nameof(values));
        Shapes.CheckTokens(ratios.Length, mask, nameof(ratios));
        CheckShare(gamma, nameof(gamma));
        if (!bootstrap.IsEmpty)
        {
            Shapes.CheckRows(bootstrap.Length, mask, nameof(bootstrap));
        }

        Finite.RefuseNaN(rewards, mask, nameof(rewards));
        Finite.RefuseNaN(values, mask, nameof(values));
        Finite.RefuseNaN(ratios, mask, nameof(ratios));
        var (advantages, targets) = (new double[rewards.Length], new double[rewards.Length]);
        ReadOnlySpan<double> wideRewards = Fused.Widen(rewards), wideValues = Fused.Widen(values), wideRatios = Fused.Widen(ratios);
        for (int row = 0; row < mask.Rows; row++)
        {
            int[] actions = Actions(mask, row);
            double after = bootstrap.IsEmpty ? 0 : double.CreateTruncating(bootstrap[row]);
            double[] discounts = new double[actions.Length];
            Array.Fill(discounts, gamma);
            double[] value = [.. Take(wideValues, actions), after];
            VTraceResult trace = Algebra.VTrace.Compute(
                Take(wideRewards, actions), discounts, Take(wideRatios, actions), value, options ?? new());
            for (int t = 0; t < actions.Length; t++)
            {
                advantages[actions[t]] = trace.Advantages[t];
                targets[actions[t]] = value[t] + trace.Errors[t];
            }
        }

        return new(Fused.Narrow<T>(advantages), Fused.Narrow<T>(targets));
    }

    private static int[] Actions(SequenceMask mask, int row)
    {
        var actions = new List<int>(mask.Columns);
        for (int i = row * mask.Columns; i < (row + 1) * mask.Columns; i++)
        {
            if (mask.Flags[i])
            {
                actions.Add(i);
            }
        }

        return [.. actions];
    }

    private static double[] Take(ReadOnlySpan<double> numbers, int[] places)
    {
        var taken = new double[places.Length];
        for (int i = 0; i < taken.Length; i++)
        {
            taken[i] = numbers[places[i]];
        }

        return taken;
    }
}
