using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>What strategies make of priors, of several completions and of a draft, on problems that are worked out by hand.</summary>
public class SearchPriorLaws
{
    [Fact]
    public void Equal_continuations_are_one_with_their_priors_together()
    {
        // Two of three draws are the same: without a difference in score, it is tried first though it came last.
        var problem = new Listed(("", ["a", "b", "b"])) { Values = { ["a"] = 0.5, ["b"] = 0.5 } };
        var result = new MonteCarloTreeSearch(3, 1).Run(problem, "", 100);
        Assert.Equal(["", "a", "b"], result.Nodes.Select(node => node.Thought));
        Assert.Equal([1, 0, 1], result.Nodes.Select(node => node.Visits));
    }

    [Fact]
    public void The_value_of_a_thought_is_the_mean_of_its_completions()
    {
        // From a one completion of two is right, from b both are nearly: the second simulation goes to b, and so do most later ones.
        var problem = new Listed(("", ["a", "b"]), ("a", ["a1", "a0"]), ("b", ["b8", "b9"]))
        {
            Values = { ["a1"] = 1, ["a0"] = 0, ["b8"] = 0.8, ["b9"] = 0.9 },
        };
        var result = new MonteCarloTreeSearch(2, 40, 0.1, Rollouts: 2).Run(problem, "", 1000);
        Assert.Equal(0.5, result.Nodes.Single(node => node.Thought == "a").Score);
        Assert.Equal(0.85, result.Nodes.Single(node => node.Thought == "b").Score, 1e-12);
    }

    [Fact]
    public void What_is_refined_is_the_better_answer_and_not_the_newer_one()
    {
        var problem = new Listed(("", ["a"]), ("a|", ["b"]), ("b|", ["c"])) { Values = { ["a"] = 0.6, ["b"] = 0.2, ["c"] = 0.9 } };
        var result = new SelfRefinement(2).Run(problem, "", 100);
        Assert.Equal("a", result.Best);
        Assert.Equal(["", "a", "a|", "b", "a|", "b"], result.Nodes.Select(node => node.Thought));
    }

    [Fact]
    public void A_critique_is_before_the_eyes_of_the_new_answer_and_is_none_itself()
    {
        var problem = new Listed(("", ["a"]), ("a?", ["a?!"]), ("a!|", ["b"]))
        {
            Values = { ["a"] = 0.6, ["b"] = 0.7 },
            HasCritiques = true,
        };
        var result = new SelfRefinement(1).Run(problem, "", 100);
        Assert.Equal(("b", 3L, 5), (result.Best, result.Spent.Drawn, result.Spent.Calls));
        Assert.Equal(2, result.Nodes.Count(node => node.IsFinal));
    }

    /// <summary>Thoughts whose continuations are listed; what has a value is complete.</summary>
    private sealed class Listed(params (string Thought, string[] Next)[] known) : IRevisingProblem<string>
    {
        public Dictionary<string, double> Values { get; } = [];

        public bool HasCritiques { get; init; }

        public int MostToDraw(string thought, SearchReach reach) => 1;

        public IReadOnlyList<IReadOnlyList<Continuation<string>>> Expand(IReadOnlyList<Expansion<string>> asked) =>
        [
            .. asked.Select(one => (IReadOnlyList<Continuation<string>>)
                [.. Next(one.Thought).Take(one.Count).Select(next => new Continuation<string>(next, 1, 1))]),
        ];

        public int ToScore(string known, string thought) => 1;

        public IReadOnlyList<double> Score(IReadOnlyList<string> thoughts) =>
            [.. thoughts.Select(thought => Values.GetValueOrDefault(thought))];

        public bool IsFinal(string thought) => Values.ContainsKey(thought);

        public string Answer(string thought) => thought;

        public bool TryCriticize(string draft, out string critique)
        {
            critique = $"{draft}?";
            return HasCritiques;
        }

        public string Revise(string draft, string critique) => critique == draft ? $"{draft}|" : $"{draft}!|";

        private string[] Next(string thought) => known.FirstOrDefault(one => one.Thought == thought).Next ?? [];
    }
}
