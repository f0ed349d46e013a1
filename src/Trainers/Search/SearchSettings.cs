using System.Text.Json;
using RlCore.Algebra;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Search;

/// <summary>
/// A strategy of search as recipes and options write it: its name (<c>"beam"</c>), or an object with settings
/// (<c>{"type":"beam","branching":2}</c>). How wide it searches is its budget's part.
/// </summary>
public abstract record SearchSettings : INamedCase
{
    private protected SearchSettings(AnswerRule answer) => (TypeName, Answer) = (
        JsonNamingPolicy.CamelCase.ConvertName(GetType().Name), answer);

    /// <summary>How the answer is chosen among the complete thoughts: the best, the most frequent, or the one of most weight.</summary>
    /// <value>That of the strategy.</value>
    public AnswerRule Answer { get; init; }

    /// <summary>The strategy's name.</summary>
    internal string TypeName { get; }

    string INamedCase.TypeName => TypeName;

    /// <summary>Whether thoughts have to be scored before they are complete.</summary>
    internal virtual bool ScoresParts => true;

    /// <summary>Whether any thought is scored.</summary>
    internal bool Scores => ScoresParts || Answer != AnswerRule.Majority;

    /// <summary>Whether thoughts are drawn a step at a time, rather than to their end.</summary>
    internal virtual bool DrawsSteps => true;

    /// <summary>The strategy.</summary>
    /// <param name="budget">How many complete thoughts it may take the tokens of, at least 1.</param>
    public SearchStrategy ToStrategy(int budget) => Of(budget) with { Choose = Answer };

    private protected abstract SearchStrategy Of(int budget);

    /// <summary>The best of n samples by score.</summary>
    public sealed record BestOfN() : SearchSettings(AnswerRule.Best)
    {
        internal override bool ScoresParts => false;

        internal override bool DrawsSteps => false;

        private protected override SearchStrategy Of(int budget) => new Algebra.BestOfN(budget);
    }

    /// <summary>The most frequent answer of n samples (self-consistency).</summary>
    public sealed record Majority() : SearchSettings(AnswerRule.Majority)
    {
        internal override bool ScoresParts => false;

        internal override bool DrawsSteps => false;

        private protected override SearchStrategy Of(int budget) => new Algebra.BestOfN(budget);
    }

    /// <summary>The answer of n samples with the largest sum of scores.</summary>
    public sealed record WeightedMajority() : SearchSettings(AnswerRule.WeightedMajority)
    {
        internal override bool ScoresParts => false;

        internal override bool DrawsSteps => false;

        private protected override SearchStrategy Of(int budget) => new Algebra.BestOfN(budget);
    }

    /// <summary>Beam search over steps.</summary>
    public sealed record Beam() : SearchSettings(AnswerRule.Best)
    {
        /// <summary>Next steps of each thought that is kept.</summary>
        /// <value>4.</value>
        [Within(1)]
        public int Branching { get; init; } = 4;

        private protected override SearchStrategy Of(int budget) => new BeamSearch(budget, Branching);
    }

    /// <summary>Best-first tree search.</summary>
    public sealed record BestFirst() : SearchSettings(AnswerRule.Best)
    {
        /// <summary>Next steps of each thought.</summary>
        /// <value>4.</value>
        [Within(1)]
        public int Branching { get; init; } = 4;

        private protected override SearchStrategy Of(int budget) => new BestFirstSearch(Math.Min(Branching, budget), budget);
    }

    /// <summary>Reward-balanced tree search.</summary>
    public sealed record Rebase() : SearchSettings(AnswerRule.WeightedMajority)
    {
        /// <summary>Temperature of the softmax of scores: the lower, the more the best thoughts get.</summary>
        /// <value>0.2.</value>
        [Within(0, LowOpen = true)]
        public double Temperature { get; init; } = 0.2;

        private protected override SearchStrategy Of(int budget) => new RebaseSearch(budget, Temperature);
    }

    /// <summary>Monte-Carlo tree search.</summary>
    public sealed record Mcts() : SearchSettings(AnswerRule.Best)
    {
        /// <summary>Next steps of each thought.</summary>
        /// <value>4.</value>
        [Within(1)]
        public int Branching { get; init; } = 4;

        /// <summary>c of PUCT: the larger, the more thoughts are tried that were not.</summary>
        /// <value>1.</value>
        [Within(0)]
        public double Exploration { get; init; } = 1;

        /// <summary>Completions whose mean score is the value of a thought; 0 where its own score is.</summary>
        /// <value>0.</value>
        [Within(0)]
        public int Rollouts { get; init; }

        internal override bool ScoresParts => Rollouts == 0;

        private protected override SearchStrategy Of(int budget) =>
            new MonteCarloTreeSearch(Math.Min(Branching, budget), 64 * budget, Exploration, Rollouts);
    }

    /// <summary>Self-refinement: an answer, what is said of it, and a new answer; the better goes on.</summary>
    public sealed record Refine() : SearchSettings(AnswerRule.Best)
    {
        internal override bool ScoresParts => false;

        internal override bool DrawsSteps => false;

        private protected override SearchStrategy Of(int budget) => new SelfRefinement(budget - 1);
    }

    /// <summary>Graph of thoughts: the best are merged, and the search goes back to better ones.</summary>
    public sealed record Graph() : SearchSettings(AnswerRule.Best)
    {
        /// <summary>Next steps of each thought that is kept.</summary>
        /// <value>2.</value>
        [Within(1)]
        public int Branching { get; init; } = 2;

        /// <summary>Thoughts that are merged into one in a round.</summary>
        /// <value>2.</value>
        [Within(2)]
        public int Merged { get; init; } = 2;

        /// <summary>How often the search may go back.</summary>
        /// <value>4.</value>
        [Within(0)]
        public int Backtracks { get; init; } = 4;

        private protected override SearchStrategy Of(int budget) => new GraphOfThoughts(budget, Branching, Merged, Backtracks);
    }

    /// <summary>Budget forcing: thoughts that end early are continued, and those that run long are ended.</summary>
    public sealed record Force() : SearchSettings(AnswerRule.Majority)
    {
        /// <summary>So many tokens of thinking are no limit.</summary>
        internal const int Unlimited = 1_000_000;

        /// <summary>Tokens of thinking before which an ending is not accepted.</summary>
        /// <value>0.</value>
        [Within(0)]
        public int Least { get; init; }

        /// <summary>Tokens of thinking after which the thought is ended.</summary>
        /// <value>1000000, which is no limit.</value>
        [Within(1)]
        public int Most { get; init; } = Unlimited;

        /// <summary>How often a thought that ends early is continued.</summary>
        /// <value>4.</value>
        [Within(0)]
        public int Extensions { get; init; } = 4;

        internal override bool ScoresParts => false;

        private protected override SearchStrategy Of(int budget) => new BudgetForcing(Least, Most, budget, Extensions);
    }
}
