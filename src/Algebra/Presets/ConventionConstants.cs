namespace RlCore.Algebra;

/// <summary>The constants of conventions in the cases of the algebra's unions.</summary>
public static class ConventionConstants
{
    /// <summary>The estimate with the convention's ε and ddof, where it divides by a group's deviation.</summary>
    /// <param name="convention">The convention.</param>
    /// <param name="estimate">The estimate.</param>
    public static AdvantageEstimate Apply(this Conventions convention, AdvantageEstimate estimate) =>
        estimate is AdvantageEstimate.GroupRelative group
        ? group with { AdvantageEpsilon = convention.GroupAdvantage.Epsilon, AdvantageDdof = convention.GroupAdvantage.Ddof }
        : estimate;

    /// <summary>The surrogate with the convention's cap, where it caps weights.</summary>
    /// <param name="convention">The convention.</param>
    /// <param name="surrogate">The surrogate.</param>
    public static Surrogate Apply(this Conventions convention, Surrogate surrogate) =>
        surrogate is Surrogate.Cispo ? new Surrogate.Cispo(convention.CispoHigh) : surrogate;

    /// <summary>The penalty with the convention's clamps, where it is estimated by k3: the clamps are those of k3.</summary>
    /// <param name="convention">The convention.</param>
    /// <param name="penalty">The penalty.</param>
    public static KlPenalty Apply(this Conventions convention, KlPenalty penalty) => penalty switch
    {
        KlPenalty.Loss { KlEstimator: KlEstimator.K3 } loss => loss with
        {
            KlLogRatioClamp = Finite(convention.KlLogRatioClamp),
            KlValueClamp = Finite(convention.KlValueClamp),
        },
        KlPenalty.Reward { KlEstimator: KlEstimator.K3 } reward => reward with
        {
            KlLogRatioClamp = Finite(convention.KlLogRatioClamp),
            KlValueClamp = Finite(convention.KlValueClamp),
        },
        _ => penalty,
    };

    /// <summary>The aggregation with the convention's rule for empty sequences and its ε, where it is the mean over sequences.</summary>
    /// <param name="convention">The convention.</param>
    /// <param name="aggregation">The aggregation.</param>
    public static Aggregation Apply(this Conventions convention, Aggregation aggregation) =>
        aggregation is Aggregation.SequenceMean ? convention.SequenceMean : aggregation;

    /// <summary>The loss on the convention's log-probs, mean or sum, where it is IPO.</summary>
    /// <param name="convention">The convention.</param>
    /// <param name="loss">The loss.</param>
    public static PreferenceLoss Apply(this Conventions convention, PreferenceLoss loss) =>
        loss is PreferenceLoss.Ipo ipo ? ipo with { Normalized = convention.IpoNormalized } : loss;

    private static double? Finite(double bound) => double.IsPositiveInfinity(bound) ? null : bound;
}
