using FsCheck;
using FsCheck.Fluent;
using RlCore.Algebra;
using RlCore.Trainers.Search;

namespace RlCore.Trainers.Tests.Search;

/// <summary>Pairs of completions that part at a step of a tree.</summary>
public class SiblingPairLaws
{
    //          root
    //     a           b
    //   a1  a2      b1  b2
    // Right answers are below a1 (two of them) and b2.
    private static readonly SearchNode<string>[] Tree =
    [
        Node("", -1), Node("a", 0, 0.5), Node("b", 0, 0.6), Node("a1", 1, 0.9), Node("a2", 1, 0.2), Node("b1", 2, 0.3), Node("b2", 2, 0.7),
        Node("a1x", 3), Node("a1y", 3), Node("a2x", 4), Node("b1x", 5), Node("b2x", 6),
    ];

    private static readonly double[] Rewards = [N, N, N, N, N, N, N, 1, 1, 0, 0, 1];

    private const double N = double.NaN;

    [Fact]
    public void Siblings_are_told_apart_by_the_best_answer_below_them()
    {
        // Something right is below both a and b, so that the root parts no pair.
        Assert.Equal(["a1x a2x", "b2x b1x"], Pairs(Tree, Rewards, SiblingValue.Answer, 0));

        // Without b2's answer the root parts one: the best below a and the worst below b.
        Assert.Equal(["a1x b1x", "a1x a2x"], Pairs(Tree, [.. Rewards[..^1], 0], SiblingValue.Answer, 0));
    }

    [Fact]
    public void Siblings_are_told_apart_by_their_scores()
    {
        Assert.Equal(["b2x a2x", "a1x a2x", "b2x b1x"], Pairs(Tree, Rewards, SiblingValue.Score, 0));
        Assert.Equal(["a1x a2x", "b2x b1x"], Pairs(Tree, Rewards, SiblingValue.Score, 0.2));
        Assert.Equal(["a1x a2x"], Pairs(Tree, Rewards, SiblingValue.Score, 0.6));

        // A step that was not scored has no value.
        SearchNode<string>[] unscored = [.. Tree.Select(node => node.Thought == "a2" ? node with { Score = N } : node)];
        Assert.Equal(["b2x a2x", "b2x b1x"], Pairs(unscored, Rewards, SiblingValue.Score, 0));
    }

    [Fact]
    public void A_margin_is_reached_and_not_only_passed()
    {
        double[] rewards = [N, N, N, N, N, N, N, 1, 1, 0.5, 0, 0.25];
        Assert.Equal(["a1x b1x", "a1x a2x"], Pairs(Tree, rewards, SiblingValue.Answer, 0.5));
        Assert.Equal(["a1x b1x"], Pairs(Tree, rewards, SiblingValue.Answer, 0.75));
        Assert.Empty(Pairs(Tree, rewards, SiblingValue.Answer, 0.8));
    }

    [Fact]
    public void A_step_from_which_nothing_was_completed_is_in_no_pair()
    {
        double[] rewards = [.. Rewards];
        rewards[9] = N;
        Assert.Equal(["b2x b1x"], Pairs(Tree, rewards, SiblingValue.Answer, 0));
        Assert.Throws<ArgumentException>(() => Pairs(Tree, rewards[1..], SiblingValue.Answer, 0));
        Assert.Empty(Pairs([Node("", -1)], [N], SiblingValue.Answer, 0));
    }

    [Property]
    public Property In_any_tree_a_pair_is_a_right_and_a_wrong_answer_that_part_at_siblings_of_unlike_value() => Prop.ForAll(
        Trees.ToArbitrary(),
        tree =>
        {
            foreach (SiblingValue value in Enum.GetValues<SiblingValue>())
            {
                var pairs = SiblingPairs.Of(tree.Nodes, tree.Rewards, reward => reward >= 1, value, 0.3);
                foreach (var (chosen, rejected) in pairs)
                {
                    Assert.True(tree.Rewards[chosen] >= 1, "The better one is right.");
                    Assert.True(tree.Rewards[rejected] < 1, "The worse one is not.");
                    (int good, int bad) = Part(tree.Nodes, chosen, rejected);
                    Assert.Equal(tree.Nodes[good].Parent, tree.Nodes[bad].Parent);
                    double apart = value == SiblingValue.Score
                        ? tree.Nodes[good].Score - tree.Nodes[bad].Score
                        : Best(tree.Nodes, tree.Rewards, good) - Best(tree.Nodes, tree.Rewards, bad);
                    Assert.True(apart >= 0.3, $"{apart} apart");
                }

                Assert.Equal(pairs.Distinct(), pairs);
            }

            // A thought whose next steps lead to right answers and to wrong ones alone parts a pair.
            int parting = Enumerable.Range(1, tree.Nodes.Count - 1)
                .Where(node => Below(tree.Nodes, node).Any(end => !double.IsNaN(tree.Rewards[end])))
                .GroupBy(node => tree.Nodes[node].Parent)
                .Count(group => group.Any(node => Best(tree.Nodes, tree.Rewards, node) >= 1)
                    && group.Any(node => Best(tree.Nodes, tree.Rewards, node) <= 0.5));
            Assert.Equal(
                parting > 0, SiblingPairs.Of(tree.Nodes, tree.Rewards, reward => reward >= 1, SiblingValue.Answer, 0.3).Count > 0);
        });

    private static Gen<(IReadOnlyList<SearchNode<string>> Nodes, double[] Rewards)> Trees =>
        from parents in Gen.Choose(0, 1000).ListOf(14)
        from scores in Gen.Choose(0, 10).ListOf(15)
        from ends in Gen.Elements(N, N, 0.0, 0.5, 1.0).ListOf(15)
        select (
            (IReadOnlyList<SearchNode<string>>)
            [
                Node("0", -1),
                .. parents.Select((parent, i) => Node($"{i + 1}", parent % (i + 1), scores[i] == 10 ? N : scores[i] / 10.0)),
            ],
            (double[])[N, .. ends.Skip(1)]);

    private static SearchNode<string> Node(string thought, int parent, double score = N) => new(thought, parent, 0, false, score, 0);

    private static string[] Pairs(SearchNode<string>[] tree, double[] rewards, SiblingValue value, double margin) =>
    [
        .. SiblingPairs.Of(tree, rewards, reward => reward >= 1, value, margin)
            .Select(pair => $"{tree[pair.Chosen].Thought} {tree[pair.Rejected].Thought}"),
    ];

    private static double Best(IReadOnlyList<SearchNode<string>> nodes, double[] rewards, int node) =>
        Below(nodes, node).Select(end => rewards[end]).Where(reward => !double.IsNaN(reward)).DefaultIfEmpty(N).Max();

    private static IEnumerable<int> Below(IReadOnlyList<SearchNode<string>> nodes, int node) =>
        Enumerable.Range(0, nodes.Count).Where(other => Path(nodes, other).Contains(node));

    // The siblings at which two thoughts part; a thought may end where the other goes on.
    private static (int Good, int Bad) Part(IReadOnlyList<SearchNode<string>> nodes, int one, int other)
    {
        int[] mine = [.. Path(nodes, one)];
        int[] theirs = [.. Path(nodes, other)];
        int alike = mine.Zip(theirs).TakeWhile(pair => pair.First == pair.Second).Count();
        return (mine[alike], theirs[alike]);
    }

    private static Stack<int> Path(IReadOnlyList<SearchNode<string>> nodes, int node)
    {
        var path = new Stack<int>();
        for (int one = node; one >= 0; one = nodes[one].Parent)
        {
            path.Push(one);
        }

        return path;
    }
}
