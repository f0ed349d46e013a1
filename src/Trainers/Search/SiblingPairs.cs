using RlCore.Algebra;

namespace RlCore.Trainers.Search;

/// <summary>What tells good next steps of a thought from bad ones.</summary>
public enum SiblingValue
{
    /// <summary>The reward of the best complete thought that a step leads to.</summary>
    Answer,

    /// <summary>The step's score.</summary>
    Score,
}

/// <summary>Pairs of a better and a worse completion from a search's tree, as pure functions.</summary>
internal static class SiblingPairs
{
    /// <summary>
    /// For each thought that went on in several ways: the best complete thought below its best next step, and the worst complete thought
    /// below its worst. The two have everything up to that step in common. There is no pair where the steps' values are equal or differ by
    /// less than a margin, where the better completion is not right, or the worse one is.
    /// </summary>
    /// <param name="nodes">The tree, the root first, each thought after the one that it continues.</param>
    /// <param name="rewards">The reward of each thought; NaN for one that is no answer.</param>
    /// <param name="isRight">Whether a reward is that of a right answer.</param>
    /// <param name="value">What a step is worth. Of equal ones the earlier is taken.</param>
    /// <param name="margin">By how much values differ at least, at least 0.</param>
    /// <typeparam name="TThought">The thought.</typeparam>
    /// <returns>Numbers of the better and the worse thought, each pair once, in the order of the thoughts that they part from.</returns>
    /// <exception cref="ArgumentException">There are not as many rewards as thoughts.</exception>
    public static IReadOnlyList<(int Chosen, int Rejected)> Of<TThought>(
        IReadOnlyList<SearchNode<TThought>> nodes,
        IReadOnlyList<double> rewards,
        Predicate<double> isRight,
        SiblingValue value,
        double margin)
    {
        if (nodes.Count != rewards.Count)
        {
            throw new ArgumentException($"{nodes.Count} thoughts need as many rewards, but there are {rewards.Count}.", nameof(rewards));
        }

        int[] best = Ends(nodes, rewards, sign: 1);
        int[] worst = Ends(nodes, rewards, sign: -1);
        double ValueOf(int node) => value == SiblingValue.Score ? nodes[node].Score : rewards[best[node]];
        var pairs = new List<(int Chosen, int Rejected)>();
        foreach (var siblings in Enumerable.Range(1, Math.Max(0, nodes.Count - 1))
            .Where(node => best[node] >= 0 && !double.IsNaN(ValueOf(node)))
            .GroupBy(node => nodes[node].Parent)
            .OrderBy(group => group.Key))
        {
            int good = siblings.MaxBy(ValueOf);
            int bad = siblings.MinBy(ValueOf);
            double apart = ValueOf(good) - ValueOf(bad);
            if (apart > 0 && apart >= margin && isRight(rewards[best[good]]) && !isRight(rewards[worst[bad]]))
            {
                pairs.Add((best[good], worst[bad]));
            }
        }

        return [.. pairs.Distinct()];
    }

    // For each thought, the number of the complete thought at or below it of the largest reward, or of the smallest; −1 if there is none.
    private static int[] Ends<TThought>(IReadOnlyList<SearchNode<TThought>> nodes, IReadOnlyList<double> rewards, int sign)
    {
        int[] ends = [.. rewards.Select((reward, node) => double.IsNaN(reward) ? -1 : node)];
        for (int node = nodes.Count - 1; node > 0; node--)
        {
            int parent = nodes[node].Parent;
            if (ends[node] >= 0 && (ends[parent] < 0 || IsAhead(ends[node], ends[parent])))
            {
                ends[parent] = ends[node];
            }
        }

        return ends;

        // Of equals the one that was found first.
        bool IsAhead(int one, int other) => sign * rewards[one] != sign * rewards[other]
            ? sign * rewards[one] > sign * rewards[other]
            : one < other;
    }
}
