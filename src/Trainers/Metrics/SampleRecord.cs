namespace RlCore.Trainers.Metrics;

/// <summary>One row of samples.csv.</summary>
/// <param name="Prompt">Prompt.</param>
/// <param name="Answer">Known answer.</param>
/// <param name="Completion">The policy's completion.</param>
/// <param name="Reward">Its reward.</param>
/// <param name="Advantage">Its advantage.</param>
public sealed record SampleRecord(string Prompt, string Answer, string Completion, double Reward, double Advantage)
{
    /// <summary>The column of a reward's score.</summary>
    /// <param name="part">The reward's name.</param>
    internal static string ColumnOf(string part) => $"rewards/{part}";

    /// <summary>The score of each reward, before its weight, by the reward's name.</summary>
    /// <value>Empty: not known.</value>
    public IReadOnlyDictionary<string, double> Parts { get; init; } = new Dictionary<string, double>();
}
