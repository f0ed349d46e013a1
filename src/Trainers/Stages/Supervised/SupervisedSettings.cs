using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>Supervised fine-tuning on <c>prompt,completion</c>: the mean negative log-likelihood of completion tokens.</summary>
public sealed record SupervisedSettings : StageSettings
{
    /// <summary>Sequences per optimizer step.</summary>
    /// <value>64.</value>
    [Within(1)]
    public int BatchSize { get; init; } = 64;

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => ["sft"];

    /// <inheritdoc/>
    protected internal override string Kind => "sft";

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind => DatasetKind.Sft;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading) =>
        new SupervisedData(reading.Demonstrations(Data));

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run) =>
        new SupervisedTrainer<T>(run.Engine, run.Model, this, run.Data<SupervisedData>().Demonstrations, run.Seed, run.Index);
}

/// <summary>For supervised stages.</summary>
/// <param name="Demonstrations">Prompts with their completions, ended by the end of sequence; prompts alone where the model
/// completes them.</param>
public sealed record SupervisedData(IReadOnlyList<TokenSequence> Demonstrations) : StageData;
