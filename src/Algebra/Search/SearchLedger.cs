namespace RlCore.Algebra;

/// <summary>
/// The thoughts of a search that is going on, and what it has spent. Nothing is asked for that could exceed the budget; until a complete
/// thought is found, enough is held back to complete one.
/// </summary>
internal sealed class SearchLedger<TThought>
{
    private readonly ISearchProblem<TThought> _problem;
    private readonly long _budget;
    private readonly List<ThoughtNode<TThought>> _nodes = [];
    private readonly List<ThoughtNode<TThought>> _finals = [];
    private long _drawn;
    private long _scored;
    private int _draws;
    private int _calls;

    public SearchLedger(ISearchProblem<TThought> problem, TThought root, long budget)
    {
        (_problem, _budget) = (problem, budget);
        Root = Place(root, null);
    }

    public ThoughtNode<TThought> Root { get; }

    public ISearchProblem<TThought> Problem => _problem;

    public IReadOnlyList<ThoughtNode<TThought>> Nodes => _nodes;

    public IReadOnlyList<ThoughtNode<TThought>> Finals => _finals;

    public SearchSpend Spent => new(_drawn, _scored, _calls);

    /// <summary>Adds a thought that is made of others without a model.</summary>
    public ThoughtNode<TThought> Place(TThought thought, ThoughtNode<TThought>? parent)
    {
        var node = new ThoughtNode<TThought>(thought, parent, _nodes.Count, _problem.IsFinal(thought));
        _nodes.Add(node);
        if (node.IsFinal)
        {
            _finals.Add(node);
        }

        return node;
    }

    /// <summary>Leaves a complete thought out of the choice.</summary>
    public void Withdraw(ThoughtNode<TThought> final) => _finals.Remove(final);

    /// <summary>Asks for continuations, the first wishes first, as many as the budget has room for; null if for none.</summary>
    public ExpandCall<TThought>? Expand(
        IEnumerable<(ThoughtNode<TThought> Node, int Count)> wishes, SearchReach reach, bool isDistinct = false)
    {
        var open = wishes.Where(wish => wish.Count > 0 && !wish.Node.IsFinal)
            .Select(wish => (wish.Node, wish.Count, Cost: _problem.MostToDraw(wish.Node.Thought, reach)))
            .ToArray();
        long room = _budget - _drawn;
        long held = _finals.Count > 0 || reach == SearchReach.End ? 0 : LeastToAnEnd();
        var parents = new List<ThoughtNode<TThought>>();
        var asked = new List<Expansion<TThought>>();
        foreach (var (node, count, cost) in open)
        {
            // One continuation counts towards its own end.
            long left = held == 0 ? 0 : Math.Min(held, _problem.MostToDraw(node.Thought, SearchReach.End) - cost);
            int affordable = cost == 0 ? count : (int)Math.Clamp((room - left) / cost, 0, count);
            if (affordable > 0)
            {
                parents.Add(node);
                asked.Add(new Expansion<TThought>(node.Thought, affordable, reach, _draws));
                _draws += affordable;
                room -= (long)affordable * cost;
                held = left;
            }
        }

        return asked.Count == 0 ? null : new ExpandCall<TThought>(this, parents, asked, isDistinct);
    }

    /// <summary>Asks for scores where there are none, the first ones first, as far as the budget reaches; null if for none.</summary>
    public ScoreCall<TThought>? Score(IEnumerable<ThoughtNode<TThought>> nodes)
    {
        long room = _budget - _scored;
        var asked = new List<ThoughtNode<TThought>>();
        foreach (ThoughtNode<TThought> node in nodes.Where(node => double.IsNaN(node.Score)).Distinct())
        {
            int cost = _problem.ToScore(Known(node).Thought, node.Thought);
            if (cost <= room)
            {
                room -= cost;
                asked.Add(node);
            }
        }

        return asked.Count == 0 ? null : new ScoreCall<TThought>(this, asked, _budget - _scored - room);
    }

    public IReadOnlyList<ThoughtNode<TThought>> Add(
        IReadOnlyList<ThoughtNode<TThought>> parents,
        IReadOnlyList<Expansion<TThought>> asked,
        IReadOnlyList<IReadOnlyList<Continuation<TThought>>> found,
        bool isDistinct)
    {
        _calls++;
        EqualityComparer<TThought> same = EqualityComparer<TThought>.Default;
        var children = new List<ThoughtNode<TThought>>();
        foreach (var (i, parent) in parents.Index())
        {
            int most = _problem.MostToDraw(parent.Thought, asked[i].Reach);
            if (found[i].Count > asked[i].Count || found[i].Any(one => one.Tokens > most || one.Tokens < 0))
            {
                throw new InvalidOperationException(
                    $"The problem gave more than it was asked for: at most {asked[i].Count} continuations of at most {most} tokens.");
            }

            _drawn += found[i].Sum(one => (long)one.Tokens);
            int own = children.Count;
            foreach (Continuation<TThought> one in found[i])
            {
                int twin = isDistinct ? children.FindIndex(own, child => same.Equals(child.Thought, one.Thought)) : -1;
                if (twin >= 0)
                {
                    children[twin].Prior += one.Prior;
                    continue;
                }

                ThoughtNode<TThought> child = Place(one.Thought, parent);
                child.Prior = one.Prior;
                children.Add(child);
            }
        }

        return children;
    }

    public void AddScores(IReadOnlyList<ThoughtNode<TThought>> nodes, IReadOnlyList<double> scores, long cost)
    {
        _calls++;
        _scored += cost;
        foreach (var (i, node) in nodes.Index())
        {
            if (!(scores[i] is >= 0 and <= 1))
            {
                throw new InvalidOperationException($"A score is a number from 0 to 1, and not {scores[i]}.");
            }

            (node.Score, node.IsRead) = (scores[i], true);
        }
    }

    public SearchResult<TThought> ToResult(AnswerRule rule)
    {
        ThoughtNode<TThought> best = Choose(rule);
        return new SearchResult<TThought>(
            best.Thought,
            best.IsFinal,
            best.IsFinal ? _problem.Answer(best.Thought) : "",
            Spent,
            [.. _nodes.Select(node => node.ToNode())]);
    }

    /// <summary>The most promising thought that is not complete; one that there is budget to complete, if there is any.</summary>
    public ThoughtNode<TThought> MostPromising() => _nodes.Where(node => !node.IsFinal).MaxBy(node =>
        (_problem.MostToDraw(node.Thought, SearchReach.End) <= _budget - _drawn, node.Rank, node.Depth, -node.Number)) ?? Root;

    private ThoughtNode<TThought> Choose(AnswerRule rule)
    {
        if (_finals.Count == 0)
        {
            return MostPromising();
        }

        var voters = _finals.Select(node => (Node: node, Answer: _problem.Answer(node.Thought))).Where(voter => voter.Answer.Length > 0)
            .ToArray();
        if (rule != AnswerRule.Best && voters.Length > 0)
        {
            double[] weights = rule == AnswerRule.Majority ? [] : [.. voters.Select(voter => Math.Max(0, voter.Node.Rank))];
            string winner = TestTimeCompute.Vote([.. voters.Select(voter => voter.Answer)], weights.Length > 0 ? weights : null);
            return voters.Where(voter => voter.Answer == winner).MaxBy(voter => voter.Node.Rank).Node;
        }

        return _finals.MaxBy(node => node.Rank)!;
    }

    private static ThoughtNode<TThought> Known(ThoughtNode<TThought> node)
    {
        ThoughtNode<TThought> known = node.Parent ?? node;
        while (known is { IsRead: false, Parent: { } earlier })
        {
            known = earlier;
        }

        return known;
    }

    // What completing the thought takes that is nearest to its end.
    private long LeastToAnEnd() =>
        _nodes.Where(node => !node.IsFinal).Min(node => (long)_problem.MostToDraw(node.Thought, SearchReach.End));
}
