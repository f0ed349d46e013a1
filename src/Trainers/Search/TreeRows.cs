using RlCore.Algebra;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Search;

/// <summary>Which rows are made of a search's tree.</summary>
internal sealed record TreeSettings
{
    /// <summary>What tells good next steps from bad ones.</summary>
    /// <value>Answer.</value>
    public SiblingValue PairBy { get; init; } = SiblingValue.Answer;

    /// <summary>By how much the values of the two differ at least.</summary>
    /// <value>0.</value>
    public double Margin { get; init; }

    /// <summary>A complete thought is right if its total reward reaches this.</summary>
    /// <value>1.</value>
    public double PassAt { get; init; } = 1;
}

/// <summary>A better and a worse completion of a prompt.</summary>
/// <param name="Chosen">The better one's text.</param>
/// <param name="Rejected">The worse one's.</param>
internal sealed record TreePair(string Chosen, string Rejected);

/// <summary>What is made of the tree of one question.</summary>
/// <param name="Traces">Texts of the right complete thoughts, each once.</param>
/// <param name="Pairs">Better and worse completions, each pair once.</param>
/// <param name="Drawn">Tokens that the search drew.</param>
/// <param name="Scored">Tokens that were read to score.</param>
internal sealed record TreeRows(string[] Traces, TreePair[] Pairs, long Drawn, long Scored)
{
    /// <summary>The rows of each tree that was found. A thought that has not ended by itself, or has no text, is no answer.</summary>
    /// <param name="finds">What searches have found.</param>
    /// <param name="how">Which rows.</param>
    /// <param name="stop">Stops between samples.</param>
    public static IReadOnlyList<TreeRows> Of(ThoughtFinds finds, TreeSettings how, CancellationToken stop) =>
        [.. finds.Results.Select(result => Of(result, finds, how, stop))];

    private static TreeRows Of(SearchResult<Thought> result, ThoughtFinds finds, TreeSettings how, CancellationToken stop)
    {
        IReadOnlyList<SearchNode<Thought>> nodes = result.Nodes;
        string[] texts = [.. nodes.Select(node => node is { IsFinal: true, Thought.Ended: true } ? finds.Texts.TextOf(node.Thought) : "")];
        double[] rewards = [.. texts.Select(_ => double.NaN)];
        int[] answers = [.. Enumerable.Range(0, texts.Length).Where(node => !string.IsNullOrWhiteSpace(texts[node]))];
        foreach (var (node, reward) in answers.Zip(finds.Verifier.Reward([.. answers.Select(node => nodes[node].Thought)], stop)))
        {
            rewards[node] = reward;
        }

        bool IsRight(double reward) => RewardSum.Reaches(reward, how.PassAt);
        return new TreeRows(
            [.. answers.Where(node => IsRight(rewards[node])).Select(node => texts[node]).Distinct(StringComparer.Ordinal)],
            [
                .. SiblingPairs.Of(nodes, rewards, IsRight, how.PairBy, how.Margin)
                    .Select(pair => new TreePair(texts[pair.Chosen], texts[pair.Rejected])).Distinct(),
            ],
            result.Spent.Drawn,
            result.Spent.Scored);
    }
}
