using FsCheck;
using FsCheck.Fluent;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>What every strategy keeps to, on trees whose values are known.</summary>
public class SearchLaws
{
    private static readonly Func<int, SearchStrategy>[] Kinds =
    [
        width => new BestOfN(width),
        width => new BestOfN(width) { Choose = AnswerRule.Majority },
        width => new BestOfN(width) { Choose = AnswerRule.WeightedMajority },
        width => new BeamSearch(width, 2),
        width => new RebaseSearch(width) { Choose = AnswerRule.WeightedMajority },
        width => new BestFirstSearch(2, width),
        width => new MonteCarloTreeSearch(2, width),
        width => new MonteCarloTreeSearch(2, width, Rollouts: 2),
        width => new SelfRefinement(width),
        width => new GraphOfThoughts(width),
    ];

    [Property]
    public Property No_more_is_spent_than_the_budget_and_a_complete_thought_is_found_if_it_has_room_for_one() =>
        Prop.ForAll(Cases(), one =>
        {
            var result = one.Strategy.Run(one.Tree, "", one.Budget);
            Assert.InRange(result.Spent.Drawn, 0, one.Budget);
            Assert.InRange(result.Spent.Scored, 0, one.Budget);
            if (one.Budget >= one.Tree.MostToDraw("", SearchReach.End))
            {
                Assert.True(result.IsFinal);
            }
        });

    [Property]
    public Property Searches_together_are_searches_alone() =>
        Prop.ForAll(Cases(), one =>
        {
            string[] roots = ["", .. one.Tree.Children("").Where(root => !one.Tree.IsFinal(root))];
            var together = one.Strategy.RunAll(one.Tree, roots, one.Budget);
            Assert.Equal(roots.Length, together.Count);
            foreach (var (root, result) in roots.Zip(together))
            {
                var alone = one.Strategy.Run(one.Tree, root, one.Budget);
                Assert.Equal(alone with { Nodes = [] }, result with { Nodes = [] });
                Assert.Equal(alone.Nodes, result.Nodes);
            }
        });

    [Property]
    public Property The_best_complete_thought_that_was_found_is_never_lost() =>
        Prop.ForAll(Cases(), one =>
        {
            var result = (one.Strategy with { Choose = AnswerRule.Best }).Run(one.Tree, "", long.MaxValue / 2);
            var finals = result.Nodes.Where(node => node.IsFinal).ToArray();
            Assert.Equal(finals.Max(node => node.Score), one.Tree.Score([result.Best])[0]);
            Assert.Equal(one.Tree.Answer(result.Best), result.Answer);
        });

    [Property]
    public Property Every_thought_stands_after_the_one_that_it_continues() =>
        Prop.ForAll(Cases(), one =>
        {
            var result = one.Strategy.Run(one.Tree, "", one.Budget);
            Assert.Equal(-1, result.Nodes[0].Parent);
            foreach (var (number, node) in result.Nodes.Index().Skip(1))
            {
                Assert.InRange(node.Parent, 0, number - 1);
                Assert.Equal(result.Nodes[node.Parent].Depth + 1, node.Depth);
                Assert.False(node.IsFinal && !one.Tree.IsFinal(node.Thought));
            }
        });

    [Property]
    public Property A_beam_reads_every_step_once_to_score_it() =>
        Prop.ForAll(Cases(), one =>
        {
            var result = new BeamSearch(4, 2).Run(one.Tree, "", long.MaxValue / 2);
            Assert.Equal(result.Nodes.Skip(1).Sum(node => (long)one.Tree.ToScore(node.Thought[..^1], node.Thought)), result.Spent.Scored);
            Assert.Equal(result.Spent.Drawn, result.Spent.Scored);
        });

    [Property]
    public void A_thought_that_breaks_the_bound_is_refused(byte seed)
    {
        var tree = new ThoughtTree(seed, 3, 3) { Guess = (_, _) => 1.5 };
        Assert.Throws<InvalidOperationException>(() => new BeamSearch(4).Run(tree, "", 1000));
    }

    [Fact]
    public void Numbers_out_of_range_and_problems_that_lack_something_are_refused()
    {
        var tree = new ThoughtTree(1, 3, 3);
        SearchStrategy[] wrong =
        [
            new BestOfN(0), new BeamSearch(0), new BeamSearch(1, 0), new RebaseSearch(0), new RebaseSearch(1, 0), new BestFirstSearch(0),
            new BestFirstSearch(1, 0), new MonteCarloTreeSearch(0), new MonteCarloTreeSearch(1, 0), new MonteCarloTreeSearch(1, 1, -1),
            new MonteCarloTreeSearch(1, 1, 1, -1), new SelfRefinement(-1), new SelfRefinement(1, 0), new GraphOfThoughts(0),
            new GraphOfThoughts(1, 0), new GraphOfThoughts(1, 1, 1), new GraphOfThoughts(1, 1, 2, -1), new BudgetForcing(-1, 1),
            new BudgetForcing(1, 0), new BudgetForcing(1, 1, 0), new BudgetForcing(1, 1, 1, -1),
        ];
        foreach (SearchStrategy strategy in wrong)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => strategy.Run(tree, "", 100));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new BestOfN(1).Run(tree, "", -1));
        Assert.Contains("IForcingProblem", Assert.Throws<ArgumentException>(() => new BudgetForcing(1, 1).Run(tree, "", 100)).Message);
    }

    internal static Arbitrary<(SearchStrategy Strategy, ThoughtTree Tree, long Budget)> Cases() => Arb.From(
        from kind in Gen.Elements(Kinds)
        from width in Gen.Choose(1, 9)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from depth in Gen.Choose(2, 4)
        from branching in Gen.Choose(1, 3)
        from budget in Gen.Choose(0, 80)
        from noise in Gen.Choose(0, 2)
        select (kind(width), Tree((uint)seed, depth, branching, noise), (long)budget));

    // Scores that know all, that are always too high, or that know nothing.
    private static ThoughtTree Tree(uint seed, int depth, int branching, int noise) => new(seed, depth, branching)
    {
        Guess = noise switch
        {
            0 => (_, best) => best,
            1 => (_, best) => Math.Min(1, best + 0.3),
            _ => (thought, _) => thought.Length % 2 * 0.5,
        },
    };
}
