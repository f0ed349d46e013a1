using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>Strategies find what exhaustive search finds, at the budgets that theory gives.</summary>
public class SearchOptimumLaws
{
    private const long Ample = 1_000_000;

    [Property]
    public void A_beam_as_wide_as_the_tree_is_exhaustive(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape) with { Guess = (_, _) => 0 };
        int wide = tree.Nodes() * tree.Branching;
        Assert.Equal(tree.Best(), Value(tree, new BeamSearch(wide, 1).Run(tree, "", Ample)));
    }

    [Property]
    public void One_beam_that_knows_all_walks_straight_to_the_best(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape);
        var result = new BeamSearch(tree.Branching + 1, tree.Branching + 1).Run(tree, "", Ample);
        Assert.Equal(tree.Best(), Value(tree, result));
        Assert.InRange(result.Spent.Calls, 2, 2 * tree.Depth);
    }

    [Property]
    public void Best_first_with_scores_that_never_fall_short_ends_with_the_best(uint seed, byte shape, uint noise)
    {
        ThoughtTree tree = Tree(seed, shape);
        tree = tree with { Guess = (thought, best) => Math.Min(1, best + Uncertainty(noise, thought)) };
        var result = new BestFirstSearch(tree.Branching + 1).Run(tree, "", Ample);
        Assert.Equal(tree.Best(), Value(tree, result));
    }

    [Property]
    public void Best_first_that_knows_all_expands_the_thoughts_of_one_path(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape);
        var result = new BestFirstSearch(tree.Branching + 1).Run(tree, "", Ample);
        Assert.Equal(tree.Best(), Value(tree, result));

        // Equal scores may lead through several thoughts, each of which leads to the best.
        var expanded = result.Nodes.Where(node => node.Parent >= 0).Select(node => result.Nodes[node.Parent].Thought).Distinct();
        Assert.All(expanded, thought => Assert.Equal(tree.Best(), tree.Best(thought)));
    }

    [Property]
    public void Best_first_that_asks_for_every_answer_is_exhaustive(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape) with { Guess = (_, _) => 0 };
        var result = new BestFirstSearch(tree.Branching + 1, int.MaxValue).Run(tree, "", Ample);
        Assert.Equal(tree.Leaves().Order(), result.Nodes.Where(node => node.IsFinal).Select(node => node.Thought).Order());
        Assert.Equal(tree.Best(), Value(tree, result));
    }

    [Property]
    public void Rebase_that_knows_all_finds_the_best(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape);
        var result = new RebaseSearch(tree.Nodes() * tree.Branching, 1e-6).Run(tree, "", Ample);
        Assert.Equal(tree.Best(), Value(tree, result));
    }

    [Property]
    public void Rebase_without_preference_and_as_wide_as_the_tree_is_exhaustive(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape) with { HasEarlyEnds = false, Guess = (_, _) => 0.5 };
        var result = new RebaseSearch(tree.Nodes() * tree.Branching).Run(tree, "", Ample);
        Assert.Equal(tree.Best(), Value(tree, result));
    }

    [Property]
    public void Rebase_seeks_as_many_complete_thoughts_as_it_is_wide_and_no_more(uint seed, byte shape, byte width)
    {
        ThoughtTree tree = Tree(seed, shape);
        int wanted = 1 + (width % 9);
        var result = new RebaseSearch(wanted).Run(tree, "", Ample);
        Assert.InRange(result.Nodes.Count(node => node.IsFinal), 1, wanted);
    }

    [Property]
    public void Shares_sum_to_the_width_and_a_better_thought_never_gets_fewer(double[] scores, byte width, byte heat)
    {
        double[] bounded = [.. scores.Select(score => double.IsFinite(score) ? Math.Abs(Math.Sin(score)) : 0), 0.5];
        double temperature = (heat + 1) / 64.0;
        int[] shares = RebaseSearch.Shares(bounded, width, temperature);
        Assert.Equal(width, shares.Sum());
        double total = bounded.Sum(score => Math.Exp(score / temperature));
        for (int i = 0; i < bounded.Length; i++)
        {
            Assert.InRange(shares[i] - (width * Math.Exp(bounded[i] / temperature) / total), -1 - 1e-9, 1 + 1e-9);
            int[] better = [.. Enumerable.Range(0, bounded.Length).Where(j => bounded[j] > bounded[i] + 1e-9)];
            Assert.All(better, j => Assert.True(shares[j] >= shares[i]));
        }
    }

    [Fact]
    public void Shares_of_unscored_thoughts_are_none_unless_no_thought_is_scored()
    {
        Assert.Equal([0, 5], RebaseSearch.Shares([double.NegativeInfinity, 0.1], 5, 0.2));
        Assert.Equal([3, 2], RebaseSearch.Shares([double.NegativeInfinity, double.NegativeInfinity], 5, 0.2));
        Assert.Throws<ArgumentException>(() => RebaseSearch.Shares([], 1, 1));
    }

    [Property(MaxTest = 200)]
    public void Tree_search_finds_the_best_and_its_visits_gather_on_the_way_there(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape) with { HasEarlyEnds = false };
        int simulations = 40 * tree.Nodes();
        var result = new MonteCarloTreeSearch(tree.Branching + 1, simulations, 0.5).Run(tree, "", Ample);
        Assert.Equal(tree.Best(), Value(tree, result));
        Assert.Equal(simulations, result.Nodes[0].Visits);
        double good = result.Nodes.Where(node => node.Parent == 0 && tree.Best(node.Thought) == tree.Best()).Sum(node => node.Visits);
        var longer = new MonteCarloTreeSearch(tree.Branching + 1, 16 * simulations, 0.5).Run(tree, "", Ample);
        double later = longer.Nodes.Where(node => node.Parent == 0 && tree.Best(node.Thought) == tree.Best()).Sum(node => node.Visits);

        // Values that differ by little take long to be told apart.
        if (Gap(tree) > 0.1)
        {
            Assert.True(later / (16 * simulations) > 0.8, $"{later} of {16 * simulations}");
            Assert.True(later / (16 * simulations) > (good / simulations) - 0.02, $"{good} of {simulations}, then {later}");
        }
    }

    [Property(MaxTest = 200)]
    public void Tree_search_by_rollouts_finds_the_best_though_only_complete_thoughts_are_scored(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape) with { Guess = (_, _) => throw new InvalidOperationException("Not complete.") };
        var result = new MonteCarloTreeSearch(tree.Branching + 1, 60 * tree.Nodes(), 1, Rollouts: 2).Run(tree, "", Ample);
        Assert.Equal(tree.Best(), Value(tree, result));
    }

    [Property]
    public void Visits_of_a_thought_are_those_of_what_follows_and_its_own(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape);
        var nodes = new MonteCarloTreeSearch(2, 50).Run(tree, "", Ample).Nodes;
        foreach (var (number, node) in nodes.Index())
        {
            int below = nodes.Where(child => child.Parent == number).Sum(child => child.Visits);
            Assert.True(node.Visits >= below, $"{node}");
            if (number == 0)
            {
                Assert.Equal(50, node.Visits);
                Assert.Equal(50, below);
            }
        }
    }

    [Property]
    public void More_rounds_of_refinement_are_never_worse_and_enough_ends_them(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape);
        double before = 0;
        for (int rounds = 0; rounds < 5; rounds++)
        {
            double now = Value(tree, new SelfRefinement(rounds).Run(tree, "", Ample));
            Assert.True(now >= before);
            before = now;
        }

        var content = new SelfRefinement(5, Enough: 0).Run(tree, "", Ample);
        Assert.Equal(Value(tree, new SelfRefinement(0).Run(tree, "", Ample)), Value(tree, content));
        Assert.Equal(2, content.Nodes.Count);
    }

    [Property]
    public void Going_back_finds_what_was_set_aside(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape);

        // One thought a round, and scores that mislead: without going back the first path is the only one.
        tree = tree with { Guess = (thought, best) => thought.Length == 1 ? 1 - (best / 2) : best / 4 };
        int all = tree.Nodes() * 4;
        double without = Value(tree, new GraphOfThoughts(tree.Branching + 1, tree.Branching + 1, 99, 0).Run(tree, "", Ample));
        double with = Value(tree, new GraphOfThoughts(tree.Branching + 1, tree.Branching + 1, 99, all).Run(tree, "", Ample));
        Assert.True(with >= without);
        Assert.Equal(tree.Best(), with);
    }

    [Property]
    public void What_is_merged_is_continued_from_its_parts(uint seed, byte shape)
    {
        ThoughtTree tree = Tree(seed, shape);
        var result = new GraphOfThoughts(6, 2).Run(tree, "", Ample);
        Assert.All(result.Nodes.Where(node => node.Thought.Contains('+', StringComparison.Ordinal)), node =>
            Assert.True(node.Parent > 0));
        Assert.True(Value(tree, result) >= result.Nodes.Where(node => node.IsFinal).Max(node => node.Score));
    }

    [Property]
    public void Votes_are_those_of_the_complete_thoughts(uint seed, byte shape, byte samples)
    {
        ThoughtTree tree = Tree(seed, shape);
        int n = 1 + (samples % 12);
        var finals = new BestOfN(n).Run(tree, "", Ample).Nodes.Skip(1).ToArray();
        string[] answers = [.. finals.Select(node => tree.Answer(node.Thought))];
        double[] scores = [.. finals.Select(node => node.Score)];
        Assert.Equal(n, finals.Length);
        Assert.Equal(TestTimeCompute.Vote(answers), Answer(AnswerRule.Majority));
        Assert.Equal(TestTimeCompute.Vote(answers, scores), Answer(AnswerRule.WeightedMajority));
        Assert.Equal(answers[Array.IndexOf(scores, scores.Max())], Answer(AnswerRule.Best));

        string Answer(AnswerRule rule)
        {
            var result = new BestOfN(n) { Choose = rule }.Run(tree, "", Ample);
            Assert.Equal(rule == AnswerRule.Majority, result.Spent.Scored == 0);
            Assert.Equal(result.Answer, tree.Answer(result.Best));
            return result.Answer;
        }
    }

    private static ThoughtTree Tree(uint seed, byte shape) => new(seed, 2 + (shape % 3), 1 + (shape / 3 % 3));

    private static double Value(ThoughtTree tree, SearchResult<string> result)
    {
        Assert.True(result.IsFinal);
        return tree.Score([result.Best])[0];
    }

    private static double Uncertainty(uint seed, string thought) =>
        Philox.Uniform(seed, RandomPurpose.Control, 9, (uint)thought.Length, thought.Length == 0 ? 0u : thought[^1]);

    // How far the best step is ahead of the next one that is not as good.
    private static double Gap(ThoughtTree tree)
    {
        double[] values = [.. tree.Children("").Select(child => tree.Best(child)).Distinct().OrderDescending()];
        return values.Length > 1 ? values[0] - values[1] : 1;
    }
}
