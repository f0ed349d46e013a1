using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>What a hole in the action mask (a tool's output, an observation) does to a recursion over tokens.</summary>
public enum HoleRule
{
    /// <summary>The recursion runs over action tokens only: the next value is that of the next action. An element in a hole
    /// reports what the next action has.</summary>
    Skip,

    /// <summary>A hole is a step of its own with reward 0 and value 0, and it discounts.</summary>
    ZeroValue,
}

/// <summary>Returns and advantages of the tokens of a batch; grids are row-major and of the mask's shape.</summary>
public static class TokenReturns
{
    /// <summary>
    /// Generalised advantages of a padded batch; the value after the last action is 0, or the bootstrap of its row.
    /// A + V are the value targets. Source: Schulman et al. 2016, eq. 16.
    /// </summary>
    /// <param name="rewards">r_t.</param>
    /// <param name="values">V_t.</param>
    /// <param name="mask">Which tokens are actions.</param>
    /// <param name="gamma">γ.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="holes">What a hole does.</param>
    /// <param name="bootstrap">V after the last token of each row, where it was truncated; empty: every row terminated.</param>
    /// <exception cref="ArgumentException">A grid is not of the mask's shape.</exception>
    public static double[] Gae(
        ReadOnlySpan<double> rewards,
        ReadOnlySpan<double> values,
        SequenceMask mask,
        double gamma,
        double lambda,
        HoleRule holes = HoleRule.Skip,
        ReadOnlySpan<double> bootstrap = default)
    {
        var advantages = new double[rewards.Length];
        Gae(rewards, values, mask, gamma, lambda, advantages, holes, bootstrap);
        return advantages;
    }

    /// <summary>Generalised advantages into a caller-provided span: nothing is allocated.</summary>
    /// <param name="rewards">r_t.</param>
    /// <param name="values">V_t.</param>
    /// <param name="mask">Which tokens are actions.</param>
    /// <param name="gamma">γ.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="advantages">Receives A_t.</param>
    /// <param name="holes">What a hole does.</param>
    /// <param name="bootstrap">V after the last token of each row, where it was truncated; empty: every row terminated.</param>
    /// <exception cref="ArgumentException">A grid is not of the mask's shape.</exception>
    public static void Gae(
        ReadOnlySpan<double> rewards,
        ReadOnlySpan<double> values,
        SequenceMask mask,
        double gamma,
        double lambda,
        Span<double> advantages,
        HoleRule holes = HoleRule.Skip,
        ReadOnlySpan<double> bootstrap = default)
    {
        Check(rewards, mask);
        Check(values, mask);
        Check(advantages, mask);
        if (!bootstrap.IsEmpty && bootstrap.Length != mask.Rows)
        {
            throw new ArgumentException(
                $"{bootstrap.Length} bootstraps were given for a mask of {mask.Rows} × {mask.Columns}.", nameof(bootstrap));
        }

        double decay = gamma * lambda;
        for (int row = 0; row < mask.Rows; row++)
        {
            Range range = (row * mask.Columns)..((row + 1) * mask.Columns);
            ReadOnlySpan<double> reward = rewards[range];
            ReadOnlySpan<double> value = values[range];
            ReadOnlySpan<bool> action = mask.Flags[range];
            Span<double> target = advantages[range];
            double next = bootstrap.IsEmpty ? 0 : bootstrap[row];
            double advantage = 0;
            for (int t = target.Length - 1; t >= 0; t--)
            {
                if (action[t] || holes == HoleRule.ZeroValue)
                {
                    double here = action[t] ? value[t] : 0;
                    double error = (action[t] ? reward[t] : 0) + (gamma * next) - here;
                    advantage = Math.FusedMultiplyAdd(decay, advantage, error);
                    next = here;
                }

                target[t] = advantage;
            }
        }
    }

    /// <summary>G_t = r_t + γ·G_{t+1}.</summary>
    /// <param name="rewards">r_t; outside of the mask it is taken as 0.</param>
    /// <param name="mask">Which tokens are actions.</param>
    /// <param name="gamma">γ.</param>
    public static double[] Discounted(ReadOnlySpan<double> rewards, SequenceMask mask, double gamma)
    {
        Check(rewards, mask);
        var returns = new double[rewards.Length];
        for (int row = 0; row < mask.Rows; row++)
        {
            double after = 0;
            for (int column = mask.Columns - 1; column >= 0; column--)
            {
                int i = (row * mask.Columns) + column;
                returns[i] = after = (mask.Flags[i] ? rewards[i] : 0) + (gamma * after);
            }
        }

        return returns;
    }

    /// <summary>
    /// Each row's sum of returns is cut at holes: an element outside of the mask still reports its own reward and what
    /// follows, but passes nothing on to its left (verl's REINFORCE++).
    /// </summary>
    /// <param name="rewards">r_t, read everywhere.</param>
    /// <param name="mask">Which tokens are actions.</param>
    /// <param name="gamma">γ.</param>
    public static double[] DiscountedWithResets(ReadOnlySpan<double> rewards, SequenceMask mask, double gamma)
    {
        Check(rewards, mask);
        var returns = new double[rewards.Length];
        for (int row = 0; row < mask.Rows; row++)
        {
            double after = 0;
            for (int column = mask.Columns - 1; column >= 0; column--)
            {
                int i = (row * mask.Columns) + column;
                returns[i] = rewards[i] + (gamma * after);
                after = mask.Flags[i] ? returns[i] : 0;
            }
        }

        return returns;
    }

    private static void Check(ReadOnlySpan<double> grid, SequenceMask mask, [CallerArgumentExpression(nameof(grid))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (grid.Length != mask.Flags.Length)
        {
            throw new ArgumentException($"{grid.Length} elements were given for a mask of {mask.Rows} × {mask.Columns}.", name);
        }
    }
}
