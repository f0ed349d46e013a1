using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Evaluation;

/// <summary>How a search is evaluated: strategies, budgets, and what they need.</summary>
public sealed record SearchOptions
{
    /// <summary>The strategies.</summary>
    /// <value>Majority.</value>
    public IReadOnlyList<SearchSettings> Strategies { get; init; } = [new SearchSettings.Majority()];

    /// <summary>
    /// Budgets, each at least 1: a search with budget n draws at most the tokens of n completions of the greatest length, and scores at
    /// most as many.
    /// </summary>
    /// <value>1, 2, 4, 8.</value>
    public IReadOnlyList<int> Budgets { get; init; } = [1, 2, 4, 8];

    /// <summary>Where a step of a thought ends; null for where the reward model's steps end, or with each line if it scores none.</summary>
    /// <value>Null.</value>
    public StepEnd? Steps { get; init; }

    /// <summary>How tokens are drawn.</summary>
    /// <value>Temperature 1.</value>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>What the scores of a thought's steps say of the whole thought.</summary>
    /// <value>Last.</value>
    public StepAggregate Score { get; init; } = StepAggregate.Last;

    /// <summary>
    /// Whether complete thoughts are scored by the rewards that decide whether they are right, in place of a reward model: what a search
    /// reaches whose verifier is perfect.
    /// </summary>
    /// <value>False.</value>
    public bool Verify { get; init; }

    /// <summary>Bins of questions by difficulty, each with the same number of questions; 0 for none.</summary>
    /// <value>5.</value>
    public int Bins { get; init; } = 5;

    /// <summary>Samples of each question that tell how difficult it is.</summary>
    /// <value>16.</value>
    public int BinSamples { get; init; } = 16;

    /// <summary>The prompt of a critique, with {prompt} and {answer}; empty for none.</summary>
    /// <value>"".</value>
    public string CritiquePrompt { get; init; } = "";

    /// <summary>The prompt of a revision, with {prompt}, {answer} and {critique}.</summary>
    /// <value>"".</value>
    public string RevisionPrompt { get; init; } = "";

    /// <summary>The prompt of a thought that is made of several, with {prompt} and {answer}.</summary>
    /// <value>"".</value>
    public string MergePrompt { get; init; } = "";

    /// <summary>The text that ends the thinking, so that the answer follows.</summary>
    /// <value>"".</value>
    public string ThoughtEnd { get; init; } = "";

    /// <summary>The text that continues a thought that has ended early.</summary>
    /// <value>"".</value>
    public string Continue { get; init; } = "";
}
