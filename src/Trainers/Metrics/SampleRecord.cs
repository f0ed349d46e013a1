using RlCore.Trainers.Sequences;

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

    /// <summary>The completion as it was drawn, from which its tokens are kept; null where that is not known.</summary>
    internal SampledCompletion? Drawn { get; init; }

    /// <summary>Advantage of each token; empty where the stage has none of single tokens.</summary>
    internal IReadOnlyList<double> TokenAdvantages { get; init; } = [];

    /// <summary>The completion's tokens, if the run keeps them.</summary>
    internal IReadOnlyList<SampleToken> Tokens { get; init; } = [];
}
