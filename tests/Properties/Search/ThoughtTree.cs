using System.Globalization;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>
/// A tree of thoughts whose values are known: a thought is its path, a digit a step. Leaves have values in [0, 1], shape and values are a
/// function of the seed.
/// </summary>
/// <param name="Seed">Seed.</param>
/// <param name="Depth">Depth of the deepest leaf.</param>
/// <param name="Branching">Most continuations of a thought.</param>
public sealed record ThoughtTree(uint Seed, int Depth, int Branching) : IRevisingProblem<string>, IMergingProblem<string>
{
    private const int MostTokens = 3;

    /// <summary>The score of a thought that is not complete: what it is, given the best value that it leads to.</summary>
    public Func<string, double, double> Guess { get; init; } = (_, best) => best;

    /// <summary>Whether thoughts may end before the full depth.</summary>
    public bool HasEarlyEnds { get; init; } = true;

    public IEnumerable<string> Children(string thought) =>
        IsFinal(thought) ? [] : Enumerable.Range(0, 1 + (int)(Random(thought, 0) * Branching)).Select(i => $"{thought}{i}");

    public IEnumerable<string> Leaves(string thought = "") =>
        IsFinal(thought) ? [thought] : Children(thought).SelectMany(Leaves);

    public int Nodes(string thought = "") => 1 + Children(thought).Sum(Nodes);

    public double Value(string leaf) => Math.Round(Random(leaf, 1), 2);

    public double Best(string thought = "") => Leaves(Tail(thought)).Max(Value);

    public int MostToDraw(string thought, SearchReach reach) =>
        reach == SearchReach.Step ? MostTokens : MostTokens * (Depth - Tail(thought).Length);

    public IReadOnlyList<IReadOnlyList<Continuation<string>>> Expand(IReadOnlyList<Expansion<string>> asked) =>
        [.. asked.Select(one => (IReadOnlyList<Continuation<string>>)(one.Reach == SearchReach.Step
            ? [.. Children(Tail(one.Thought)).Take(one.Count).Select(child => Step(one.Thought, child))]
            : [.. Enumerable.Range(one.FirstDraw, one.Count).Select(draw => Draw(one.Thought, draw))]))];

    // Of what was made of others, everything is read.
    public int ToScore(string known, string thought)
    {
        int read = thought.StartsWith(known, StringComparison.Ordinal) ? known.Length : 0;
        return Enumerable.Range(1, Tail(thought).Length).Where(length => length > read).Sum(length => Tokens(Tail(thought)[..length]));
    }

    public IReadOnlyList<double> Score(IReadOnlyList<string> thoughts) =>
        [.. thoughts.Select(thought => IsFinal(thought) ? Value(Tail(thought)) : Guess(thought, Best(thought)))];

    public bool IsFinal(string thought)
    {
        string tail = Tail(thought);
        return tail.Length >= Depth || (HasEarlyEnds && tail.Length > 1 && Random(tail, 2) < 0.2);
    }

    public string Answer(string thought) => ((int)(Value(Tail(thought)) * 4)).ToString(CultureInfo.InvariantCulture);

    // What stands before the mark is what a thought was made of.
    public bool TryCriticize(string draft, out string critique)
    {
        critique = "";
        return false;
    }

    public string Revise(string draft, string critique) => $"{Tail(draft)}|";

    public string Merge(IReadOnlyList<string> parts) => $"{string.Join('+', parts.Select(Tail))}|{Tail(parts[0])}";

    private static string Tail(string thought) => thought[(thought.LastIndexOf('|') + 1)..];

    private Continuation<string> Step(string from, string child) =>
        new(from[..^Tail(from).Length] + child, 0.1 + Random(child, 3), Tokens(child));

    private Continuation<string> Draw(string from, int draw)
    {
        string tail = Tail(from);
        int tokens = 0;
        while (!IsFinal(tail))
        {
            string[] next = [.. Children(tail)];
            tail = next[(int)(Random($"{tail} {draw}", 4) * next.Length)];
            tokens += Tokens(tail);
        }

        return new(from[..^Tail(from).Length] + tail, 1, tokens);
    }

    private int Tokens(string thought) => 1 + (int)(Random(thought, 5) * MostTokens);

    private double Random(string thought, uint purpose)
    {
        uint hash = 2166136261;
        foreach (char character in thought)
        {
            hash = (hash ^ character) * 16777619;
        }

        return Philox.Uniform(Seed, RandomPurpose.Control, purpose, hash, (uint)thought.Length);
    }
}
