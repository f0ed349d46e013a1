using RlCore.Algebra;
using RlCore.Trainers.Search;

namespace RlCore.Trainers.Stages;

/// <summary>
/// A second attempt at each question, which reads the first one (SCoRe). Both are scored, each is compared with the attempts of its own
/// turn at the same question, and the second is paid for progress as well: see <see cref="AttemptRewards"/>.
/// </summary>
public sealed record SecondAttemptSettings : AttemptPrompts
{
    /// <summary>The total reward at which a first attempt is right, where the second one is told so.</summary>
    /// <value>1.</value>
    [Within]
    public double PassAt { get; init; } = 1;

    /// <summary>Weight of the first attempt's reward in its own credit; with 0 only the second attempt is trained.</summary>
    /// <value>1.</value>
    [Within(0)]
    public double FirstWeight { get; init; } = 1;

    /// <summary>What the second attempt earns for each unit of reward that it gains over the first, and pays for each lost.</summary>
    /// <value>1.</value>
    [Within(0)]
    public double Bonus { get; init; } = 1;

    /// <summary>Share of the second attempt's credit that the first one has too.</summary>
    /// <value>0.</value>
    [Within(0, 1)]
    public double Discount { get; init; }

    /// <summary>
    /// Coefficient of the KL to the reference policy (k3, in the loss) over the tokens of first attempts alone, beside the algorithm's own:
    /// it holds the first attempts where they were, so that the second ones are what is learnt.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public double FirstKl { get; init; }

    /// <summary>The credit of both attempts.</summary>
    internal AttemptRewards Rewards => new(FirstWeight, Bonus, Discount);
}
