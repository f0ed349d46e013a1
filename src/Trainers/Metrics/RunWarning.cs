namespace RlCore.Trainers.Metrics;

/// <summary>Something about a step that a person should know.</summary>
/// <param name="Kind">What it is about, in one word, the same each time.</param>
/// <param name="Message">What was seen and what to try.</param>
/// <param name="Persistence">Steps in a row that must show it before a person is told.</param>
public sealed record RunWarning(string Kind, string Message, int Persistence = 1);
