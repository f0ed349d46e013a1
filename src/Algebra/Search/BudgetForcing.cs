namespace RlCore.Algebra;

/// <summary>
/// Budget forcing: a thought that ends early is continued by a given word, and one that runs long is ended, so that the answer comes.
/// Source: Muennighoff et al. 2025 (s1). The problem is an <see cref="IForcingProblem{TThought}"/>.
/// </summary>
/// <param name="Least">Tokens of thinking before which an ending is not accepted, at least 0.</param>
/// <param name="Most">Tokens of thinking after whose step the thought is ended, at least 1.</param>
/// <param name="Samples">Thoughts, of which one is chosen, at least 1.</param>
/// <param name="Extensions">How often a thought that ends early is continued, at least 0.</param>
public sealed record BudgetForcing(int Least, int Most, int Samples = 1, int Extensions = 4) : SearchStrategy
{
    internal override IEnumerable<SearchCall<TThought>> Steps<TThought>(SearchLedger<TThought> ledger)
    {
        var problem = (IForcingProblem<TThought>)ledger.Problem;
        var threads = new Dictionary<ThoughtNode<TThought>, Thread<TThought>>();
        IReadOnlyList<(ThoughtNode<TThought> Node, int Count)> open = [(ledger.Root, Samples)];
        while (ledger.Expand(open, SearchReach.Step) is { } steps)
        {
            yield return steps;
            var next = new List<(ThoughtNode<TThought> Node, int Count)>();
            var closed = new List<(ThoughtNode<TThought> Node, int Count)>();
            foreach (ThoughtNode<TThought> node in steps.Children)
            {
                Thread<TThought> thread = threads.GetValueOrDefault(node.Parent!);
                Supersede(ledger, node, thread);
                ThoughtNode<TThought> goesOn = node;
                if (node.IsFinal && problem.Length(node.Thought) < Least && thread.Extensions < Extensions)
                {
                    goesOn = ledger.Place(problem.Reopen(node.Thought), node);
                    thread = new Thread<TThought>(thread.Extensions + 1, node);
                }
                else if (!node.IsFinal && problem.Length(node.Thought) >= Most)
                {
                    goesOn = ledger.Place(problem.Close(node.Thought), node);
                }

                threads[goesOn] = thread;
                (node != goesOn && !node.IsFinal ? closed : next).Add((goesOn, 1));
            }

            if (ledger.Expand(closed, SearchReach.End) is { } answers)
            {
                yield return answers;
                foreach (ThoughtNode<TThought> answer in answers.Children)
                {
                    Supersede(ledger, answer, threads[answer.Parent!]);
                }
            }

            open = next;
        }
    }

    private protected override void Check<TThought>(ISearchProblem<TThought> problem)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Least);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Most);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Samples);
        ArgumentOutOfRangeException.ThrowIfNegative(Extensions);
        Require<IForcingProblem<TThought>>(problem, "made longer or shorter");
    }

    // The answer of a longer thought stands in place of the one that it was given before.
    private static void Supersede<TThought>(SearchLedger<TThought> ledger, ThoughtNode<TThought> node, Thread<TThought> thread)
    {
        if (node.IsFinal && thread.Answer is { } earlier)
        {
            ledger.Withdraw(earlier);
        }
    }

    private readonly record struct Thread<TThought>(int Extensions, ThoughtNode<TThought>? Answer);
}
