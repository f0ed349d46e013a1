using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Search;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Recipes;

/// <summary>Evaluation against known answers.</summary>
public sealed record EvaluationSettings : ICheckedSettings
{
    /// <summary>Most samples of a prompt: maj@k goes over all subsets of them.</summary>
    public const int MostSamples = TestTimeCompute.MostVotes;

    /// <summary>CSV file with the columns <c>prompt,answer</c>.</summary>
    [Matches(MatchesAttribute.Something, "the path of a CSV file")]
    public string Data { get; init; } = "";

    /// <summary>What the columns of the file are called.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>
    /// The character between the cells of the file: "auto" finds out whether it is a comma, a semicolon or a tab; "tab" is a tab.
    /// </summary>
    /// <value>"auto".</value>
    [Matches(MatchesAttribute.Something, "auto, tab, or the character between the cells")]
    public string Delimiter { get; init; } = RowRules.Detected;

    /// <summary>What becomes of line breaks inside cells: unify reads \r\n as \n.</summary>
    /// <value>Unify.</value>
    public LineBreakAction LineBreaks { get; init; } = LineBreakAction.Unify;

    /// <summary>What becomes of a row that cannot be used.</summary>
    /// <value>Refuse.</value>
    public BadRowAction OnBadRow { get; init; } = BadRowAction.Refuse;

    /// <summary>What becomes of a row that is longer than the model's context.</summary>
    /// <value>Refuse.</value>
    public LongRowAction OnLong { get; init; } = LongRowAction.Refuse;

    /// <summary>Where a row that is too long is cut, if onLong cuts it.</summary>
    /// <value>Auto: a prompt whose completion is drawn at its start, a completion that comes with the file at its end.</value>
    public TruncatedSide TruncateSide { get; init; } = TruncatedSide.Auto;

    /// <summary>How completions are scored: the weighted sum of these.</summary>
    /// <value>Numeric.</value>
    public IReadOnlyList<RewardSettings> Rewards { get; init => field = new ValueList<RewardSettings>(value); } =
        new ValueList<RewardSettings>([new RewardSettings.Numeric()]);

    /// <summary>A completion is right if its total score reaches this, within a rounding error of 1e-9.</summary>
    /// <value>1.</value>
    [Within]
    public double PassAt { get; init; } = 1;

    /// <summary>What happens when a reward cannot score a completion.</summary>
    /// <value>Stop.</value>
    public RewardErrorAction OnRewardError { get; init; } = RewardErrorAction.Stop;

    /// <summary>
    /// The score, before its weight, of a completion that a reward cannot score; used only if such completions do not stop the
    /// run.
    /// </summary>
    /// <value>0.</value>
    [Within]
    public double RewardErrorScore { get; init; }

    /// <summary>
    /// Largest share of the last 64 or more completions that may fail to be scored, if single failures do not stop the run: a larger one
    /// does; 1 never does.
    /// </summary>
    /// <value>0.5.</value>
    [Within(0, 1)]
    public double MaxRewardErrorShare { get; init; } = RewardErrors.DefaultMaxShare;

    /// <summary>Samples per prompt for mean@n, pass@k and maj@k, at temperature 1; 0 evaluates greedy completions only.</summary>
    /// <value>8.</value>
    [Within(0, MostSamples)]
    public int Samples { get; init; } = 8;

    /// <summary>Maximum tokens per completion.</summary>
    /// <value>32.</value>
    [Within(1)]
    public int MaxCompletionTokens { get; init; } = 32;

    /// <summary>A second attempt at each question, which reads the first one; null for one attempt.</summary>
    /// <value>null.</value>
    public AttemptPrompts? SecondAttempt { get; init; }

    /// <summary>The same settings, as datasets take them.</summary>
    internal RowRules RowRules => new()
    {
        Delimiter = Delimiter,
        LineBreaks = LineBreaks,
        OnBadRow = OnBadRow,
        OnLong = OnLong,
        TruncateSide = TruncateSide,
    };

    /// <summary>What becomes of a completion that a reward cannot score, as rewards take it.</summary>
    internal RewardErrors Errors => new(OnRewardError, RewardErrorScore) { MaxShare = MaxRewardErrorShare };

    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        RowRules.Check(add);
        ColumnRules.Check(Columns, DatasetKind.Prompts, add);
        RewardList.Check(Rewards, Errors, add);
    }
}
