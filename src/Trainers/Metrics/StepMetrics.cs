namespace RlCore.Trainers.Metrics;

/// <summary>One row of metrics.csv.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Step">Step within the stage, from 1.</param>
/// <param name="TotalSteps">Steps of the stage.</param>
/// <param name="Values">By metric name (TRL's names), in the order of the columns.</param>
public sealed record StepMetrics(string Stage, int Step, int TotalSteps, IReadOnlyList<KeyValuePair<string, double>> Values);
