namespace RlCore.Algebra;

/// <summary>The divisor of a centred reward.</summary>
public enum AdvantageScale
{
    /// <summary>The standard deviation of its group (GRPO).</summary>
    Group,

    /// <summary>The standard deviation of all rewards of the batch.</summary>
    Batch,

    /// <summary>Nothing (Dr. GRPO).</summary>
    None,
}

/// <summary>What a group with a single scorable member gives, as there is nothing to compare it with.</summary>
public enum SingletonRule
{
    /// <summary>Advantage 0.</summary>
    Zero,

    /// <summary>An <see cref="ArgumentException"/> that names the group.</summary>
    Refuse,
}

/// <summary>The choices in group-relative advantages that differ between implementations.</summary>
public sealed record GroupAdvantageOptions
{
    /// <summary>The divisor of the centred reward.</summary>
    /// <value>Default: <see cref="AdvantageScale.Group"/>.</value>
    public AdvantageScale Scale { get; init; } = AdvantageScale.Group;

    /// <summary>Degrees of freedom taken from the count in the variance: 1 (sample) or 0 (population).</summary>
    /// <value>Default: 1, as TRL, verl and OpenRLHF; open-instruct uses 0.</value>
    public int Ddof { get; init; } = 1;

    /// <summary>ε, added to the standard deviation.</summary>
    /// <value>Default: 1e-4 (TRL); verl 1e-6, OpenRLHF 1e-9.</value>
    public double Epsilon { get; init; } = 1e-4;

    /// <summary>Lower bound of the variance in the standard deviation.</summary>
    /// <value>Default: 0; verl's vectorised form uses 1e-6.</value>
    public double VarianceFloor { get; init; }

    /// <summary>What a group with one scorable member gives.</summary>
    /// <value>Default: <see cref="SingletonRule.Zero"/>.</value>
    public SingletonRule Singletons { get; init; } = SingletonRule.Zero;

    /// <summary>Throws if options are out of range; the message lists all of them.</summary>
    /// <param name="name">The name of the argument.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal void Validate(string name)
    {
        var errors = new List<string>();
        if (!Enum.IsDefined(Scale))
        {
            errors.Add($"Scale is {Scale}");
        }

        if (Ddof is not (0 or 1))
        {
            errors.Add($"Ddof is {Ddof}, but must be 0 or 1");
        }

        if (!(Epsilon >= 0))
        {
            errors.Add($"Epsilon is {Epsilon}, but must not be negative");
        }

        if (!(VarianceFloor >= 0))
        {
            errors.Add($"VarianceFloor is {VarianceFloor}, but must not be negative");
        }

        if (!Enum.IsDefined(Singletons))
        {
            errors.Add($"Singletons is {Singletons}");
        }

        if (errors.Count > 0)
        {
            throw new ArgumentException($"Options of the group advantage: {string.Join("; ", errors)}.", name);
        }
    }
}
