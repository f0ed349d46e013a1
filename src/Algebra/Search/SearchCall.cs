namespace RlCore.Algebra;

/// <summary>A thought in a search that is going on.</summary>
internal sealed class ThoughtNode<TThought>(TThought thought, ThoughtNode<TThought>? parent, int number, bool isFinal)
{
    public TThought Thought => thought;

    public ThoughtNode<TThought>? Parent => parent;

    public int Number => number;

    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    public bool IsFinal => isFinal;

    public double Prior { get; set; } = 1;

    public double Score { get; set; } = double.NaN;

    /// <summary>Whether the problem has scored it.</summary>
    public bool IsRead { get; set; }

    // An unscored thought is the last choice.
    public double Rank => double.IsNaN(Score) ? double.NegativeInfinity : Score;

    public List<ThoughtNode<TThought>>? Children { get; set; }

    public int Visits { get; set; }

    public double Value { get; set; }

    public SearchNode<TThought> ToNode() => new(thought, parent?.Number ?? -1, Depth, isFinal, Score, Visits);
}

/// <summary>What a search waits for. Calls of several searches are answered together.</summary>
internal abstract class SearchCall<TThought>;

/// <summary>Waits for continuations.</summary>
internal sealed class ExpandCall<TThought>(
    SearchLedger<TThought> ledger, IReadOnlyList<ThoughtNode<TThought>> parents, IReadOnlyList<Expansion<TThought>> asked, bool isDistinct)
    : SearchCall<TThought>
{
    public IReadOnlyList<Expansion<TThought>> Asked => asked;

    /// <summary>What was found, in the order of the parents.</summary>
    public IReadOnlyList<ThoughtNode<TThought>> Children { get; private set; } = [];

    public void Deliver(IReadOnlyList<IReadOnlyList<Continuation<TThought>>> found) =>
        Children = ledger.Add(parents, asked, found, isDistinct);
}

/// <summary>Waits for scores.</summary>
internal sealed class ScoreCall<TThought>(
    SearchLedger<TThought> ledger, IReadOnlyList<ThoughtNode<TThought>> nodes, long cost) : SearchCall<TThought>
{
    public IReadOnlyList<TThought> Asked { get; } = [.. nodes.Select(node => node.Thought)];

    public void Deliver(IReadOnlyList<double> scores) => ledger.AddScores(nodes, scores, cost);
}
