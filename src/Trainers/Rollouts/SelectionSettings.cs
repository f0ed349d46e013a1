using RlCore.Algebra;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rollouts;

/// <summary>Which of a prompt's completions are kept for imitation.</summary>
public enum KeepKind
{
    /// <summary>The best one (RAFT, best-of-n; Dong et al. 2023).</summary>
    Best,

    /// <summary>The best fraction of them, rounded up (ReST; Gulcehre et al. 2023).</summary>
    TopFraction,

    /// <summary>All whose reward reaches a threshold (STaR; Zelikman et al. 2022).</summary>
    Passing,

    /// <summary>All of them, unscored: for completions of a teacher.</summary>
    All,
}

/// <summary>How the completions to imitate are selected among those of a prompt.</summary>
public sealed record SelectionSettings : ICheckedSettings
{
    /// <summary>Which completions are kept.</summary>
    /// <value>Best.</value>
    public KeepKind Keep { get; init; } = KeepKind.Best;

    /// <summary>The fraction of each prompt's completions that topFraction keeps, rounded up. Used only by topFraction.</summary>
    /// <value>0.25.</value>
    [Within(0, 1, LowOpen = true)]
    public double Fraction { get; init; } = 0.25;

    /// <summary>The smallest reward that passing keeps. Used only by passing.</summary>
    /// <value>1.</value>
    [Within]
    public double Threshold { get; init; } = 1;

    /// <summary>Whether equal completions of a prompt are kept only once.</summary>
    /// <value>true; false for the completions of a teacher.</value>
    public bool Deduplicate { get; init; } = true;

    /// <summary>Refuses to choose nothing.</summary>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    internal void CheckChooses(Action<string, string, string> add)
    {
        if (Keep == KeepKind.All)
        {
            add("selection.keep", "all, which selects nothing", "best, topFraction or passing; all is for the completions of a teacher");
        }
    }

    // A setting that the selection ignores is rejected, with the selection that uses it.
    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        var plain = new SelectionSettings();
        string keep = SettingsSchema.Key(Keep);
        if (Keep != KeepKind.TopFraction && Fraction != plain.Fraction)
        {
            add("fraction", $"{Fraction}, which keep {keep} ignores", "no such setting, or keep topFraction");
        }

        if (Keep != KeepKind.Passing && Threshold != plain.Threshold)
        {
            add("threshold", $"{Threshold}, which keep {keep} ignores", "no such setting, or keep passing");
        }
    }
}
