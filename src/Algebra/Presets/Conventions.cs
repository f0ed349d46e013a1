using System.Globalization;
using System.Text;

namespace RlCore.Algebra;

/// <summary>
/// All choices that differ between the papers and their implementations, in one record. A preset is a value: it can be read,
/// changed with <c>with</c>, and compared with <see cref="Table"/>.
/// </summary>
/// <param name="Name">Whose conventions.</param>
/// <param name="GroupAdvantage">Group-relative advantages: ddof, ε, scale, singletons.</param>
/// <param name="Whitening">Masked whitening: ddof, ε, floor.</param>
/// <param name="Holes">How GAE treats a hole in the action mask.</param>
/// <param name="KlLogRatioClamp">Bound on the log-ratio in k3; +∞ for none.</param>
/// <param name="KlValueClamp">Bound on k3; +∞ for none.</param>
/// <param name="PolicyLogRatioClamp">Bound on ℓ − ℓ_old in the policy loss; +∞ for none.</param>
/// <param name="SequenceMean">The mean over sequences: whether empty ones count, ε of the token count.</param>
/// <param name="IpoNormalized">Whether IPO is on mean (true) or summed (false) log-probs.</param>
/// <param name="ValueFactor">Factor of the squared error in the value loss.</param>
/// <param name="CispoHigh">Cap on CISPO's weight, as a bound on the ratio itself.</param>
/// <param name="OverlongCapped">Whether the overlong penalty stops growing at the longest length.</param>
public sealed record Conventions(
    string Name,
    GroupAdvantageOptions GroupAdvantage,
    MomentOptions Whitening,
    HoleRule Holes,
    double KlLogRatioClamp,
    double KlValueClamp,
    double PolicyLogRatioClamp,
    Aggregation.SequenceMean SequenceMean,
    bool IpoNormalized,
    double ValueFactor,
    double CispoHigh,
    bool OverlongCapped)
{
    private const double None = double.PositiveInfinity;

    /// <summary>The papers' choices.</summary>
    public static Conventions Paper { get; } = new(
        "paper",
        new() { Epsilon = 0 },
        new(Ddof: 1),
        HoleRule.Skip,
        None,
        None,
        None,
        new(),
        IpoNormalized: false,
        0.5,
        5,
        OverlongCapped: true);

    /// <summary>TRL's.</summary>
    public static Conventions Trl { get; } = Paper with
    {
        Name = "TRL",
        GroupAdvantage = new() { Epsilon = 1e-4 },
        Holes = HoleRule.ZeroValue,
        IpoNormalized = true,
    };

    /// <summary>verl's.</summary>
    public static Conventions Verl { get; } = Paper with
    {
        Name = "verl",
        GroupAdvantage = new() { Epsilon = 1e-6 },
        Whitening = new(Ddof: 1, CountEpsilon: 1e-8),
        KlLogRatioClamp = 20,
        KlValueClamp = 10,
        PolicyLogRatioClamp = 20,
        SequenceMean = new(CountEmpty: false, CountEpsilon: 1e-8),
        CispoHigh = 1.2,
        OverlongCapped = false,
    };

    /// <summary>OpenRLHF's.</summary>
    public static Conventions OpenRlhf { get; } = Paper with
    {
        Name = "OpenRLHF",
        GroupAdvantage = new() { Epsilon = 1e-9 },
        Whitening = new(Ddof: 0, VarianceEpsilon: 0, VarianceFloor: 1e-8),
        Holes = HoleRule.ZeroValue,
        KlValueClamp = 10,
        PolicyLogRatioClamp = 20,
        SequenceMean = new(CountEmpty: false, CountEpsilon: 1e-8),
    };

    /// <summary>All presets.</summary>
    public static IReadOnlyList<Conventions> All { get; } = [Paper, Trl, Verl, OpenRlhf];

    /// <summary>The KL penalty of an estimator under these conventions; the clamps are those of k3.</summary>
    /// <param name="estimator">Which estimator.</param>
    public KlTerm Kl(KlEstimator estimator) =>
        estimator == KlEstimator.K3 ? new(estimator, KlLogRatioClamp, KlValueClamp) : new(estimator);

    /// <summary>The choices in which the given conventions differ, as a Markdown table with a column for each.</summary>
    /// <param name="conventions">At least one.</param>
    public static string Table(IReadOnlyList<Conventions> conventions)
    {
        ArgumentNullException.ThrowIfNull(conventions);
        var text = new StringBuilder();
        text.Append("| |").AppendJoin('|', conventions.Select(c => $" {c.Name} ")).Append("|\n|---|");
        text.Append(string.Concat(Enumerable.Repeat("---|", conventions.Count))).Append('\n');
        foreach ((string name, Func<Conventions, string> read) in Rows())
        {
            string[] cells = [.. conventions.Select(read)];
            if (cells.Distinct().Skip(1).Any())
            {
                text.Append($"| {name} |").AppendJoin('|', cells.Select(cell => $" {cell} ")).Append("|\n");
            }
        }

        return text.ToString();
    }

    private static (string Name, Func<Conventions, string> Read)[] Rows() =>
    [
        ("group std: ddof", c => Text(c.GroupAdvantage.Ddof)),
        ("group std: ε", c => Text(c.GroupAdvantage.Epsilon)),
        ("whitening: ddof", c => Text(c.Whitening.Ddof)),
        ("whitening: ε of the count", c => Text(c.Whitening.CountEpsilon)),
        ("whitening: ε of the variance", c => Text(c.Whitening.VarianceEpsilon)),
        ("whitening: floor of the variance", c => Text(c.Whitening.VarianceFloor)),
        ("GAE over holes", c => c.Holes == HoleRule.Skip ? "skipped" : "value 0"),
        ("k3: bound on the log-ratio", c => Text(c.KlLogRatioClamp)),
        ("k3: bound on the value", c => Text(c.KlValueClamp)),
        ("policy loss: bound on the log-ratio", c => Text(c.PolicyLogRatioClamp)),
        ("sequence mean: empty sequences", c => c.SequenceMean.CountEmpty ? "count" : "left out"),
        ("sequence mean: ε of the count", c => Text(c.SequenceMean.CountEpsilon)),
        ("IPO log-probs", c => c.IpoNormalized ? "mean" : "sum"),
        ("value loss factor", c => Text(c.ValueFactor)),
        ("CISPO cap on the ratio", c => Text(c.CispoHigh)),
        ("overlong penalty past the maximum", c => c.OverlongCapped ? "constant" : "grows"),
    ];

    private static string Text(double value) =>
        double.IsPositiveInfinity(value) ? "none" : value.ToString("G4", CultureInfo.InvariantCulture);
}
