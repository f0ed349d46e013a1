namespace RlCore.Trainers.Metrics;

/// <summary>One row of samples.csv.</summary>
/// <param name="Prompt">Prompt.</param>
/// <param name="Answer">Known answer.</param>
/// <param name="Completion">The policy's completion.</param>
/// <param name="Reward">Its reward.</param>
/// <param name="Advantage">Its advantage.</param>
public sealed record SampleRecord(string Prompt, string Answer, string Completion, double Reward, double Advantage);
