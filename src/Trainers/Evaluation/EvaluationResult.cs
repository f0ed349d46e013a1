using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Evaluation;

/// <summary>Accuracy on known answers.</summary>
/// <param name="Label">"before", or the name of the stage that it follows.</param>
/// <param name="Prompts">Prompts evaluated.</param>
/// <param name="Samples">Samples a prompt.</param>
/// <param name="Seconds">Wall-clock seconds.</param>
public sealed record EvaluationResult(string Label, int Prompts, int Samples, double Seconds)
{
    /// <summary>What was measured, in the order of <see cref="EvaluationMeasures.Names"/>.</summary>
    public IReadOnlyList<Measure> Measures { get; init => field = new ValueList<Measure>(value); } = new ValueList<Measure>([]);

    /// <summary>Fraction right by greedy decoding.</summary>
    public double Greedy => Value(EvaluationMeasures.Greedy);

    /// <summary>Mean fraction right over the samples; NaN without samples.</summary>
    public double SampleMean => Value(EvaluationMeasures.Mean(Samples));

    private double Value(string name) => Measures.FirstOrDefault(measure => measure.Name == name)?.Value ?? double.NaN;
}

/// <summary>A mean over prompts with its confidence interval.</summary>
/// <param name="Name">Such as "greedy" or "pass@8".</param>
/// <param name="Value">The mean, in [0, 1].</param>
/// <param name="Low">Lower end of its 95 % interval (<see cref="Algebra.Proportions.Clustered"/>: Wilson's, prompts as clusters).</param>
/// <param name="High">Upper end of the interval.</param>
public sealed record Measure(string Name, double Value, double Low, double High);

/// <summary>An evaluation with its underlying outcomes.</summary>
/// <param name="Result">The measures.</param>
/// <param name="Prompts">The outcome of each prompt, in dataset order.</param>
public sealed record EvaluationReport(EvaluationResult Result, IReadOnlyList<PromptOutcome> Prompts);

/// <summary>The completions of a prompt by a model.</summary>
/// <param name="Question">The prompt with its answer.</param>
/// <param name="Greedy">The greedy completion.</param>
/// <param name="Samples">The samples, in the order in which they were drawn.</param>
public sealed record PromptOutcome(Question Question, SampleOutcome Greedy, IReadOnlyList<SampleOutcome> Samples);

/// <summary>A judged completion.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Right">Whether the verifier finds it right.</param>
/// <param name="Vote">Its answer in canonical form; empty if it has none or was truncated, in which case it casts no vote.</param>
/// <param name="Rank">Its score by the ranking reward; 0 without one.</param>
public sealed record SampleOutcome(string Text, bool Right, string Vote, double Rank)
{
    /// <summary>The second attempt, which read this one; null where there is none.</summary>
    /// <value>null.</value>
    public SampleOutcome? Second { get; init; }
}
