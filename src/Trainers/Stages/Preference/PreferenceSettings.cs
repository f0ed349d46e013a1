using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Learning from preferences on <c>prompt,chosen,rejected</c>: DPO and its relatives. The reference is the model at the
/// start of the stage; its log-probs are computed once.
/// </summary>
public sealed record PreferenceSettings : PairwiseSettings
{
    /// <summary>Pairs per optimizer step.</summary>
    /// <value>32.</value>
    [Within(1)]
    public int BatchSize { get; init; } = 32;

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => ["preference"];

    /// <inheritdoc/>
    protected internal override string Kind => "dpo";

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind => DatasetKind.Preferences;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading) =>
        new PreferenceData(reading.Open(
            DatasetFormats.Preferences,
            Data,
            reading.Completions,
            row => new SequencePair(reading.Encode(row.Prompt, row.Chosen), reading.Encode(row.Prompt, row.Rejected))));

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run) =>
        new PreferenceTrainer<T>(
            run.Engine,
            run.Model,
            this,
            run.Data<PreferenceData>().Pairs,
            run.Seed,
            run.Index,
            NeedsReference ? run.ReferenceLogProbs(Limits) : null);
}

/// <summary>For preference stages.</summary>
/// <param name="Pairs">Completions, the better first.</param>
public sealed record PreferenceData(IReadOnlyList<SequencePair> Pairs) : StageData;
