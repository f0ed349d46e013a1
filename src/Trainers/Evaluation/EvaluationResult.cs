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

/// <summary>A mean over prompts, and how well it is known.</summary>
/// <param name="Name">Such as "greedy" or "pass@8".</param>
/// <param name="Value">The mean, in [0, 1].</param>
/// <param name="Low">Lower end of its 95 % interval (<see cref="Algebra.Proportions.Clustered"/>: Wilson's, prompts as clusters).</param>
/// <param name="High">Upper end of the interval.</param>
public sealed record Measure(string Name, double Value, double Low, double High);

/// <summary>An evaluation with what it rests on.</summary>
/// <param name="Result">The measures.</param>
/// <param name="Prompts">What came of each prompt, in the order of the dataset.</param>
public sealed record EvaluationReport(EvaluationResult Result, IReadOnlyList<PromptOutcome> Prompts);

/// <summary>What a model made of a prompt.</summary>
/// <param name="Question">The prompt with its answer.</param>
/// <param name="Greedy">The greedy completion.</param>
/// <param name="Samples">The samples, in the order of their drawing.</param>
public sealed record PromptOutcome(Question Question, SampleOutcome Greedy, IReadOnlyList<SampleOutcome> Samples);

/// <summary>A completion, judged.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Right">Whether the verifier finds it right.</param>
/// <param name="Vote">Its answer in canonical form; empty when it has none or was cut off by its length, and so casts no vote.</param>
/// <param name="Rank">What the ranking reward thinks of it; 0 without one.</param>
public sealed record SampleOutcome(string Text, bool Right, string Vote, double Rank);
