using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Stages;

/// <summary>
/// A reward model from judgements of whole completions, pairs <c>prompt,chosen,rejected[,margin]</c> or rankings
/// <c>prompt,completion_1,completion_2,…</c>, or of their steps, <c>prompt,completion,step_labels</c> (a process reward model). It
/// starts from the policy with a scalar head of zeros and is stored in checkpoints as reward.safetensors; the policy is unchanged, and
/// the run continues with it.
/// </summary>
public sealed record RewardStageSettings : StageSettings
{
    /// <summary>Pairs, rankings or completions with labelled steps per optimizer step.</summary>
    /// <value>64.</value>
    [Within(1)]
    public int BatchSize { get; init; } = 64;

    /// <summary>The loss; it also determines the format of the data.</summary>
    /// <value>BradleyTerry.</value>
    [Inline]
    public RankingLoss Loss { get; init; } = new RankingLoss.BradleyTerry();

    /// <summary>
    /// Where a step of a completion ends, if steps are what is learnt: each has a label, and the score at its last token is its own. With
    /// "whole", completions are compared.
    /// </summary>
    /// <value>Whole.</value>
    [Inline]
    public StepEnd StepEnd { get; init; } = new StepEnd.Whole();

    /// <summary>
    /// CSV file of held-out pairs <c>prompt,chosen,rejected</c>, or of completions with labelled steps if those are learnt; empty for none.
    /// </summary>
    /// <value>"".</value>
    public string EvaluationData { get; init; } = "";

    /// <summary>
    /// Steps between evaluations on the held-out data, besides those before the first step and after the last; 0 for only
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
    protected internal override IEnumerable<string> MetricGroups => [LearnsSteps ? "reward with steps" : "reward"];

    /// <inheritdoc/>
    protected internal override string Kind => "reward";

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind =>
        LearnsSteps ? DatasetKind.Steps
        : Loss is RankingLoss.PlackettLuce ? DatasetKind.Rankings
        : DatasetKind.Preferences;

    /// <inheritdoc/>
    internal override DatasetKind? HeldOutKind =>
        EvaluationData.Length == 0 ? null : LearnsSteps ? DatasetKind.Steps : DatasetKind.Preferences;

    /// <summary>Whether steps have labels, rather than completions being compared.</summary>
    internal bool LearnsSteps => StepEnd is not StepEnd.Whole;

    /// <inheritdoc/>
    internal override bool TrainsRewardModel => true;

    /// <inheritdoc/>
    internal override bool TrainsProcessModel => LearnsSteps;

    /// <inheritdoc/>
    internal override bool KeepsAnotherModel => true;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading)
    {
        if (LearnsSteps)
        {
            var reader = new StepReader(StepEnd);
            return new ProcessData(
                ReadSteps(reading, Data, reader), EvaluationData.Length > 0 ? ReadSteps(reading, EvaluationData, reader) : []);
        }

        if (DataKind == DatasetKind.Preferences && OtherData() is { } other)
        {
            reading.Problems.Add(other);
            return new RewardModelData([], []);
        }

        var rankings = DataKind == DatasetKind.Rankings ? ReadRankings(reading) : ReadPairs(reading, Data);
        return new RewardModelData(rankings, EvaluationData.Length > 0 ? ReadPairs(reading, EvaluationData) : []);
    }

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run) =>
        LearnsSteps
            ? new ProcessTrainer<T>(run.Engine, run.Scalar(), this, run.Data<ProcessData>(), run.Seed, run.Index)
            : new RewardTrainer<T>(run.Engine, run.Scalar(), this, run.Data<RewardModelData>(), run.Seed, run.Index);

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        if (EvaluationEvery > 0 && EvaluationData.Length == 0)
        {
            add("evaluationEvery", $"{EvaluationEvery}, without evaluationData", "0, or held-out data in evaluationData");
        }

        if (LearnsSteps && Loss != new RankingLoss.BradleyTerry())
        {
            add(
                "loss",
                $"{InlineUnion.NameOf(Loss)}, which compares completions",
                "no such setting with stepEnd, as steps are learnt from their labels");
        }

        if (LearnsSteps && OnLong == LongRowAction.Truncate)
        {
            add("onLong", "truncate, which would cut steps away from their labels", "refuse or drop with stepEnd");
        }
    }

    // What the file has instead of pairs; null if it has pairs, or nothing that is known.
    private InputProblem? OtherData()
    {
        if (!File.Exists(Data))
        {
            return null;
        }

        string first = $"{Columns.Completion}_1";
        string[] header = Table.ReadHeader(Data, RowRules, cells => cells.Contains(first) || cells.Contains(Columns.StepLabels));
        const string Pairs = "pairs, the columns chosen and rejected; or";
        return header.Contains(Columns.Chosen) ? null
            : header.Contains(first) ? new InputProblem(
                Data,
                1,
                "",
                $"rankings, the columns {first}, {Columns.Completion}_2, …",
                $"{Pairs} \"loss\": \"plackettLuce\" (--loss plackettLuce), which learns from rankings")
            : header.Contains(Columns.StepLabels) ? new InputProblem(
                Data,
                1,
                "",
                $"steps with labels, the column {Columns.StepLabels}",
                $"{Pairs} \"stepEnd\": \"separator\" (--step-end separator), which learns from steps")
            : null;
    }

    // A row is refused if it has not as many labels as its completion has steps.
    private static IReadOnlyList<SteppedSequence> ReadSteps(StageReading reading, string file, StepReader reader)
    {
        int[] Ends(TokenSequence sequence) => reader.Ends(reading.Tokenizer, sequence);
        return reading.Open(
            DatasetFormats.Steps,
            file,
            reading.Completions with { CountSteps = (prompt, completion) => Ends(reading.Encode(prompt, completion)).Length },
            row =>
            {
                TokenSequence sequence = reading.Encode(row.Prompt, row.Completion);
                return new SteppedSequence(sequence, Ends(sequence), row.Labels);
            });
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

/// <summary>For reward-model stages that learn from the labels of steps.</summary>
/// <param name="Rows">Completions with labelled steps.</param>
/// <param name="HeldOut">Those that are never trained on; empty for none.</param>
public sealed record ProcessData(IReadOnlyList<SteppedSequence> Rows, IReadOnlyList<SteppedSequence> HeldOut) : StageData;

/// <summary>For reward-model stages that compare completions.</summary>
/// <param name="Rankings">Completions from the best to the worst.</param>
/// <param name="HeldOut">Pairs that are never trained on; empty for none.</param>
public sealed record RewardModelData(IReadOnlyList<SequenceRanking> Rankings, IReadOnlyList<SequenceRanking> HeldOut) : StageData;
