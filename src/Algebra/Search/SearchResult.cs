namespace RlCore.Algebra;

/// <summary>What a search has spent.</summary>
/// <param name="Drawn">Tokens drawn.</param>
/// <param name="Scored">Tokens read to score.</param>
/// <param name="Calls">How often a model was asked for something, one after the other: any number of continuations or of scores.</param>
public readonly record struct SearchSpend(long Drawn, long Scored, int Calls)
{
    /// <summary>Tokens drawn and scored.</summary>
    public long Tokens => Drawn + Scored;
}

/// <summary>A thought that a search has found.</summary>
/// <param name="Thought">The thought.</param>
/// <param name="Parent">Number of the node that it continues; −1 for the root.</param>
/// <param name="Depth">Steps from the root.</param>
/// <param name="IsFinal">Whether it is complete.</param>
/// <param name="Score">Its score; NaN if it was not scored.</param>
/// <param name="Visits">Simulations that went through it, of <see cref="MonteCarloTreeSearch"/>; otherwise 0.</param>
/// <typeparam name="TThought">The thought.</typeparam>
public sealed record SearchNode<TThought>(TThought Thought, int Parent, int Depth, bool IsFinal, double Score, int Visits);

/// <summary>What a search has found.</summary>
/// <param name="Best">The thought that is answered with; the root if nothing was found.</param>
/// <param name="IsFinal">Whether it is complete.</param>
/// <param name="Answer">The answer in canonical form; empty if there is none.</param>
/// <param name="Spent">What it took.</param>
/// <param name="Nodes">All thoughts, the root first, each after its parent.</param>
/// <typeparam name="TThought">The thought.</typeparam>
public sealed record SearchResult<TThought>(
    TThought Best, bool IsFinal, string Answer, SearchSpend Spent, IReadOnlyList<SearchNode<TThought>> Nodes);

/// <summary>How a search chooses among the complete thoughts that it found.</summary>
public enum AnswerRule
{
    /// <summary>The one with the highest score; the first of equals.</summary>
    Best,

    /// <summary>The most frequent answer; the first of equals. Scores are not needed.</summary>
    Majority,

    /// <summary>The answer with the largest sum of scores; the first of equals.</summary>
    WeightedMajority,
}
