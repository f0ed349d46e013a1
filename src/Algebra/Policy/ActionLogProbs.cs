namespace RlCore.Algebra;

/// <summary>The policy that log-probs come from.</summary>
public enum PolicyRole
{
    /// <summary>The policy that is trained.</summary>
    Current,

    /// <summary>The policy that generated the completions, evaluated by the trainer.</summary>
    Old,

    /// <summary>The reference policy.</summary>
    Reference,

    /// <summary>The sampler that generated the completions, with the log-probs that it reported.</summary>
    Sampler,
}

/// <summary>
/// Log-probs of actions with their policy, temperature and tokens. Two can be compared only if the
/// temperatures and the masks agree.
/// </summary>
/// <param name="Policy">Whose log-probs.</param>
/// <param name="Temperature">Temperature of the softmax that they come from.</param>
/// <param name="Mask">Action mask.</param>
/// <param name="Values">ℓ of each element, in nats, row-major and of the mask's shape; any number outside of the mask.</param>
public sealed record ActionLogProbs(PolicyRole Policy, double Temperature, SequenceMask Mask, float[] Values)
{
    /// <summary>ℓ of each element, in nats.</summary>
    public float[] Values { get; } = Values.Length == Mask.Flags.Length
        ? Values
        : throw new ArgumentException(
            $"{Values.Length} log-probs of the {Name(Policy)} policy were given for a mask of {Mask.Rows} × {Mask.Columns}.",
            nameof(Values));

    /// <summary>Rejects two whose ratio would be meaningless.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <exception cref="ArgumentException">Both are of the same policy, or the temperatures or masks differ.</exception>
    public static void RequireComparable(ActionLogProbs left, ActionLogProbs right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        string problem = left.Policy == right.Policy ? $"both are of the {Name(left.Policy)} policy"
            : left.Temperature != right.Temperature ? $"their temperatures are {left.Temperature} and {right.Temperature}"
            : left.Mask.Equals(right.Mask) ? ""
            : $"their masks are {left.Mask.Rows} × {left.Mask.Columns} with {left.Mask.Count} actions"
                + $" and {right.Mask.Rows} × {right.Mask.Columns} with {right.Mask.Count} actions"
                + (SameSize(left.Mask, right.Mask) ? ", in other places" : "");
        if (problem.Length > 0)
        {
            throw new ArgumentException(
                $"Log-probs of the {Name(left.Policy)} and the {Name(right.Policy)} policy cannot be compared: {problem}.", nameof(right));
        }
    }

    /// <summary>ℓ − ℓ_other of each action, in nats; 0 outside of the mask.</summary>
    /// <param name="other">The other policy's.</param>
    /// <exception cref="ArgumentException">They cannot be compared.</exception>
    public double[] LogRatioTo(ActionLogProbs other)
    {
        RequireComparable(this, other);
        return ImportanceWeights.LogRatio([.. Values], [.. other.Values], Mask);
    }

    /// <summary>π/π_other = exp(ℓ − ℓ_other) of each action; 1 outside of the mask.</summary>
    /// <param name="other">The other policy's.</param>
    /// <exception cref="ArgumentException">They cannot be compared.</exception>
    public double[] RatioTo(ActionLogProbs other)
    {
        RequireComparable(this, other);
        return ImportanceWeights.Token([.. Values], [.. other.Values], Mask);
    }

    /// <summary>Whether both contain the same numbers.</summary>
    /// <param name="other">The other log-probs.</param>
    public bool Equals(ActionLogProbs? other) => other is not null
        && Policy == other.Policy
        && Temperature.Equals(other.Temperature)
        && Mask.Equals(other.Mask)
        && Values.AsSpan().SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Policy, Temperature, Mask);

    private static bool SameSize(SequenceMask left, SequenceMask right) =>
        left.Rows == right.Rows && left.Columns == right.Columns && left.Count == right.Count;

    private static string Name(PolicyRole policy) => policy switch
    {
        PolicyRole.Current => "current",
        PolicyRole.Old => "old",
        PolicyRole.Reference => "reference",
        PolicyRole.Sampler => "sampler",
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "There is no such policy."),
    };
}
