namespace RlCore.Trainers.Stages;

/// <summary>Supervised fine-tuning on <c>prompt,completion</c>: the mean negative log-likelihood of completion tokens.</summary>
public sealed record SupervisedSettings : StageSettings
{
    /// <summary>Sequences of one optimizer step.</summary>
    /// <value>64.</value>
    public int BatchSize { get; init; } = 64;

    /// <inheritdoc/>
    internal override IEnumerable<string> MetricGroups => ["sft"];
}
