using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>
/// A reward model from human judgements: pairs <c>prompt,chosen,rejected[,margin]</c> or rankings
/// <c>prompt,completion_1,completion_2,…</c>. It starts from the policy with a scalar head of zeros and is stored in
/// checkpoints as reward.safetensors; the policy is unchanged, and the run continues with it.
/// </summary>
public sealed record RewardStageSettings : StageSettings
{
    /// <summary>Pairs or rankings per optimizer step.</summary>
    /// <value>64.</value>
    [Within(1)]
    public int BatchSize { get; init; } = 64;

    /// <summary>The loss; it also determines the format of the data.</summary>
    /// <value>BradleyTerry.</value>
    [Inline]
    public RankingLoss Loss { get; init; } = new RankingLoss.BradleyTerry();

    /// <summary>CSV file of held-out pairs <c>prompt,chosen,rejected</c>; empty for none.</summary>
    /// <value>"".</value>
    public string EvaluationData { get; init; } = "";

    /// <summary>
    /// Steps between evaluations on the held-out pairs, besides those before the first step and after the last; 0 for only
    /// these two.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public int EvaluationEvery { get; init; }

    /// <inheritdoc/>
    internal override IEnumerable<string> Datasets => EvaluationData.Length > 0 ? [Data, EvaluationData] : [Data];

    /// <inheritdoc/>
    protected internal override StageSettings Locate(Func<string, string> resolve) =>
        this with { Data = resolve(Data), EvaluationData = EvaluationData.Length > 0 ? resolve(EvaluationData) : "" };

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => ["reward"];

    /// <inheritdoc/>
    protected internal override string Kind => "reward";

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind => Loss is RankingLoss.PlackettLuce ? DatasetKind.Rankings : DatasetKind.Preferences;

    /// <inheritdoc/>
    internal override DatasetKind? HeldOutKind => EvaluationData.Length > 0 ? DatasetKind.Preferences : null;

    /// <inheritdoc/>
    internal override bool TrainsRewardModel => true;

    /// <inheritdoc/>
    internal override bool KeepsAnotherModel => true;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading)
    {
        if (DataKind != DatasetKind.Rankings && HasRankings())
        {
            reading.Problems.Add(new InputProblem(
                Data,
                1,
                "",
                $"rankings, the columns {Columns.Completion}_1, {Columns.Completion}_2, …",
                "pairs, the columns chosen and rejected; or \"loss\": \"plackettLuce\" (--loss plackettLuce), which learns from rankings"));
            return new RewardModelData([], []);
        }

        var rankings = DataKind == DatasetKind.Rankings ? ReadRankings(reading) : ReadPairs(reading, Data);
        return new RewardModelData(rankings, EvaluationData.Length > 0 ? ReadPairs(reading, EvaluationData) : []);
    }

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run) =>
        new RewardTrainer<T>(run.Engine, run.Scalar(), this, run.Data<RewardModelData>(), run.Seed, run.Index);

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        if (EvaluationEvery > 0 && EvaluationData.Length == 0)
        {
            add("evaluationEvery", $"{EvaluationEvery}, without evaluationData", "0, or held-out pairs in evaluationData");
        }
    }

    private bool HasRankings()
    {
        string first = $"{Columns.Completion}_1";
        return File.Exists(Data)
            && Table.ReadHeader(Data, RowRules, header => header.Contains(first)) is var header
            && header.Contains(first)
            && !header.Contains(Columns.Chosen);
    }

    private IReadOnlyList<SequenceRanking> ReadRankings(StageReading reading) => reading.Open(
        DatasetFormats.Rankings,
        Data,
        reading.Completions,
        row => new SequenceRanking([.. row.Completions.Select(completion => reading.Encode(row.Prompt, completion))]));

    private static IReadOnlyList<SequenceRanking> ReadPairs(StageReading reading, string file) => reading.Open(
        DatasetFormats.Preferences,
        file,
        reading.Completions,
        row => new SequenceRanking(
        [
            reading.Encode(row.Prompt, row.Chosen),
            reading.Encode(row.Prompt, row.Rejected),
        ]) { Margin = row.Margin });
}

/// <summary>For reward-model stages.</summary>
/// <param name="Rankings">Completions from the best to the worst.</param>
/// <param name="HeldOut">Pairs that are never trained on; empty for none.</param>
public sealed record RewardModelData(IReadOnlyList<SequenceRanking> Rankings, IReadOnlyList<SequenceRanking> HeldOut) : StageData;
