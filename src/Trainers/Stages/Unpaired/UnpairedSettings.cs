using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Learning from completions labelled good or bad, on <c>prompt,completion,label</c>: KTO and its relatives. The
/// reference is the model at the start of the stage; its log-probs are computed once.
/// </summary>
public sealed record UnpairedSettings : StageSettings
{
    /// <summary>Completions per optimizer step.</summary>
    /// <value>32.</value>
    [Within(1)]
    public int BatchSize { get; init; } = 32;

    /// <summary>The loss.</summary>
    /// <value>Kto.</value>
    [Inline]
    public UnpairedLoss Loss { get; init; } = new UnpairedLoss.Kto();

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => ["kto"];

    /// <inheritdoc/>
    protected internal override string Kind => "kto";

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind => DatasetKind.Unpaired;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading)
    {
        int before = reading.Problems.Count;
        var rows = reading.Open(
            DatasetFormats.Unpaired,
            Data,
            reading.Completions,
            row => new LabelledSequence(reading.Encode(row.Prompt, row.Completion), row.Good));
        if (Loss.Ranks && reading.Problems.Count == before && rows.Select(row => row.Desirable).Distinct().Count() < 2)
        {
            reading.Problems.Add(new InputProblem(
                Data,
                0,
                Columns.Label,
                $"only {(rows[0].Desirable ? "good" : "bad")} completions",
                "some of each, as the loss aot compares good with bad completions"));
        }

        return new UnpairedData(rows);
    }

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run) =>
        new UnpairedTrainer<T>(
            run.Engine, run.Model, run.ReferenceLogProbs(Limits), this, run.Data<UnpairedData>().Rows, run.Seed, run.Index);

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        if (Loss.Weight(desirable: true) == 0 && Loss.Weight(desirable: false) == 0)
        {
            add("desirableWeight, undesirableWeight", "0, 0", "at least one above 0, as otherwise nothing is learnt");
        }

        if (Loss.Ranks && BatchSize % 2 != 0)
        {
            add(
                "batchSize",
                $"{BatchSize}, with the loss {InlineUnion.NameOf(Loss)}",
                "an even number: one half is good completions, the other bad ones");
        }
    }
}

/// <summary>For stages on completions with labels.</summary>
/// <param name="Rows">Completions with their labels.</param>
public sealed record UnpairedData(IReadOnlyList<LabelledSequence> Rows) : StageData;
