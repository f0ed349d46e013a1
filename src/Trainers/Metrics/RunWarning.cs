namespace RlCore.Trainers.Metrics;

/// <summary>A warning about a step.</summary>
/// <param name="Kind">Its kind: one word, always the same.</param>
/// <param name="Message">What was observed and what to try.</param>
/// <param name="Persistence">Consecutive steps that must show it before it is reported.</param>
public sealed record RunWarning(string Kind, string Message, int Persistence = 1);
