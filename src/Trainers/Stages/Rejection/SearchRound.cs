using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>The completions of a round.</summary>
/// <param name="Drawn">The completions with their rewards.</param>
/// <param name="Prompts">The prompt of each completion, by its place in the round.</param>
internal sealed record SampledRound(Rollout Drawn, int[] Prompts)
{
    /// <summary>Tokens that were read and drawn.</summary>
    public long Tokens { get; init; }

    /// <summary>What the search of each prompt has spent; empty without a search.</summary>
    public IReadOnlyList<SearchSpend> Spent { get; init; } = [];

    /// <summary>What a search reports of itself and of what is kept of it.</summary>
    /// <param name="kept">Indices of the completions that are kept.</param>
    public IEnumerable<KeyValuePair<string, double>> MetricsOf(int[] kept)
    {
        if (Spent.Count == 0)
        {
            yield break;
        }

        double[][] groups = [.. Prompts.Zip(Drawn.Rewards).GroupBy(pair => pair.First).Select(
            group => group.Select(pair => pair.Second).ToArray())];
        foreach (KeyValuePair<string, double> metric in RolloutMetrics.OfGroups(groups))
        {
            yield return metric;
        }

        yield return new(MetricNames.SearchDrawn, Spent.Average(one => (double)one.Drawn));
        yield return new(MetricNames.SearchScored, Spent.Average(one => (double)one.Scored));
        yield return new(MetricNames.SearchCalls, Spent.Average(one => (double)one.Calls));

        // A completion that is kept once counts for all prompts that are the same.
        HashSet<TokenSequence> held = [.. kept.Select(i => Drawn.Sequences[i])];
        int solved = Prompts.Where((_, i) => held.Contains(Drawn.Sequences[i])).Distinct().Count();
        yield return new(MetricNames.SearchSolved, (double)solved / Spent.Count);
        if (kept.Length > 0)
        {
            yield return new(MetricNames.SearchKeptLength, kept.Average(i => Drawn.Sequences[i].CompletionLength));
        }
    }
}

/// <summary>A round whose completions a search finds.</summary>
internal static class SearchRound
{
    /// <summary>Searches for completions of questions; every complete thought that is found is one, each once.</summary>
    /// <param name="searcher">The search.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="address">Address of the round in the run.</param>
    /// <param name="stop">Stops between tokens.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static SampledRound Draw<T>(
        ThoughtSearcher<T> searcher, IReadOnlyList<Question> questions, ulong seed, uint address, CancellationToken stop)
        where T : struct, ITensor<T>
    {
        ThoughtFinds finds = searcher.Search(questions, [.. Enumerable.Range(0, questions.Count)], SeedOf(seed, address), stop);
        Rollout drawn = finds.Verifier.Scored;
        return new SampledRound(drawn, [.. finds.Verifier.Thoughts.Select(thought => thought.Question)])
        {
            Spent = [.. finds.Results.Select(result => result.Spent)],
            Tokens = finds.Results.Sum(result => result.Nodes[0].Thought.Tokens.Length + result.Spent.Tokens),
        };
    }

    // The draws of a search are addressed by question, number and token, which leaves no word for the round.
    private static ulong SeedOf(ulong seed, uint address)
    {
        var (low, high, _, _) = Philox.Block(seed, 0, 0, address, (uint)RandomPurpose.Search);
        return ((ulong)high << 32) | low;
    }
}
