namespace RlCore.Trainers.Rewards;

/// <summary>
/// Whether an answer is the right one: the same value, set, tuple, interval, matrix, equation, inequality or text. An equation that
/// only names a value (x = 5) is that value. Several answers are compared in any order. The right answer may be an inequality and the
/// given one its set of solutions, but not the other way round.
/// </summary>
/// <param name="precision">Decimals to which a number written with decimals must agree.</param>
internal sealed partial class AnswerComparison(int precision)
{
    private const int MostItems = 64;

    private const int MostComparisons = 4000;

    private readonly ValueComparison _values = new(precision);
    private int _comparisons;

    /// <summary>Whether two answers are the same.</summary>
    /// <param name="gold">The right one.</param>
    /// <param name="given">The given one.</param>
    public bool AreSame(ExpressionNode gold, ExpressionNode given)
    {
        _comparisons = 0;
        return Same(gold, given);
    }

    private bool Same(ExpressionNode gold, ExpressionNode given)
    {
        VerifierWork.Spend(1);
        if (++_comparisons > MostComparisons)
        {
            return false;
        }

        if (gold.Key == given.Key)
        {
            return true;
        }

        if (IsText(gold) || IsText(given))
        {
            return TextOf(gold) is { Length: > 0 } text && text == TextOf(given);
        }

        if (UnitNames.Differ(UnitOf(gold), UnitOf(given)))
        {
            return false;
        }

        ExpressionNode right = Listed(WithoutUnit(gold));
        ExpressionNode other = Listed(WithoutUnit(given));
        return (right, other) switch
        {
            _ when IsTupleOf(right, other) || IsTupleOf(other, right) => SameInOrder(Valued(right.Parts), Valued(other.Parts)),
            _ when IsInequality(right) && RealSet.Read(right) is { } solutions && RealSet.Read(other) is { } set =>
                (!IsInequality(other) || RealSet.Variable(right) == RealSet.Variable(other)) && solutions.IsSame(set, _values.AreEqual),
            _ when !IsChain(right) && !IsChain(other) && (IsSetOperation(right) || IsSetOperation(other)) =>
                RealSet.Read(right) is { } first && RealSet.Read(other) is { } second && first.IsSame(second, _values.AreEqual),
            _ when IsMany(right) || IsMany(other) => SameItems(Items(right), Items(other)),
            (ChainNode, _) or (_, ChainNode) => SameChains(right, other),
            (BracketsNode a, BracketsNode b) => SameBrackets(a, b),
            (BracketsNode, _) or (_, BracketsNode) => false,
            _ when Matrices.Read(right) is { } a => Matrices.Read(other) is { } b && SameMatrices(a, b),
            _ => SameValues(right, other),
        };
    }

    private bool SameValues(ExpressionNode gold, ExpressionNode given)
    {
        if (_values.AreEqual(gold, given))
        {
            return true;
        }

        // With a percent sign or degrees on one side only, the number without it is right too.
        bool isGold = gold is ApplyNode { Function: "%" or "°", Parts.Count: 1 };
        bool isGiven = given is ApplyNode { Function: "%" or "°", Parts.Count: 1 };
        return isGold != isGiven && _values.AreEqual(isGold ? gold.Parts[0] : gold, isGiven ? given.Parts[0] : given);
    }

    private bool SameMatrices(MatrixNode a, MatrixNode b) =>
        a.Rows.Count == b.Rows.Count && a.Columns == b.Columns && SameInOrder(a.Parts, b.Parts);

    private bool SameInOrder(IReadOnlyList<ExpressionNode> gold, IReadOnlyList<ExpressionNode> given) =>
        gold.Count == given.Count && gold.Zip(given).All(pair => Same(pair.First, pair.Second));

    private bool SameBrackets(BracketsNode gold, BracketsNode given)
    {
        bool isSameShape = gold.Open == given.Open && gold.Close == given.Close;
        return (isSameShape && SameInOrder(gold.Parts, given.Parts))
            || (!isSameShape && gold.IsInterval && given.IsInterval
                && RealSet.Read(gold) is { } first && RealSet.Read(given) is { } second && first.IsSame(second, _values.AreEqual));
    }

    // Names without values in one answer's items leave only the order to go by.
    private bool SameItems(List<ExpressionNode> gold, List<ExpressionNode> given)
    {
        if (gold.Count > MostItems || given.Count > MostItems)
        {
            return false;
        }

        if (AreNamed(gold) != AreNamed(given) && gold.Count == given.Count && (HaveOwnNames(gold) || HaveOwnNames(given)))
        {
            return SameInOrder(gold, given);
        }

        return gold.Count > 0 == given.Count > 0
            && gold.TrueForAll(item => given.Exists(other => Same(item, other)))
            && given.TrueForAll(other => gold.Exists(item => Same(item, other)));
    }

    private static bool AreNamed(List<ExpressionNode> items) => items.TrueForAll(item => AnswerNames.TryAssignment(item, out _, out _));

    private static bool HaveOwnNames(List<ExpressionNode> items) => AreNamed(items)
        && items.DistinctBy(item => AnswerNames.TryAssignment(item, out ExpressionNode name, out _) ? name.Key : "").Count() == items.Count;

    private static bool IsMany(ExpressionNode node) =>
        !IsSetOperation(node) && (node is SeriesNode or BracketsNode { IsSet: true } || HasAlternatives(node));

    // k ∈ {1, 2} and x = {1, 2} as the values.
    private static ExpressionNode Listed(ExpressionNode node) =>
        node is ChainNode && AnswerNames.TryAssignment(node, out _, out ExpressionNode value) && value is BracketsNode { IsSet: true }
            ? value
            : node;

    private static bool HasAlternatives(ExpressionNode node) => node switch
    {
        ApplyNode { Function: "±" } => true,
        ApplyNode or ChainNode => node.Parts.Any(HasAlternatives),
        _ => false,
    };

    private static List<ExpressionNode> Items(ExpressionNode node)
    {
        IEnumerable<ExpressionNode> parts = node is SeriesNode or BracketsNode { IsSet: true } ? node.Parts : [node];
        return [.. parts.SelectMany(part => HasAlternatives(part) ? new[] { Chosen(part, true), Chosen(part, false) } : [part])];
    }

    // 1 ± 2 with + or with −.
    private static ExpressionNode Chosen(ExpressionNode node, bool isPlus)
    {
        if (!HasAlternatives(node))
        {
            return node;
        }

        ExpressionNode[] parts = [.. node.Parts.Select(part => Chosen(part, isPlus))];
        return node switch
        {
            ApplyNode { Function: "±" } => new ApplyNode(
                "+", parts[0], isPlus ? parts[1] : new ApplyNode("*", new NumberNode(new Rational(-1, 1), false), parts[1])),
            ApplyNode apply => new ApplyNode(apply.Function, parts),
            ChainNode chain => new ChainNode(parts, chain.Relations),
            _ => node,
        };
    }

    // (5, 2) and "p = 5, q = 2".
    private static bool IsTupleOf(ExpressionNode tuple, ExpressionNode named) => tuple is BracketsNode { IsSet: false }
        && named is SeriesNode && named.Parts.Count == tuple.Parts.Count && AreNamed([.. named.Parts]);

    private static List<ExpressionNode> Valued(IEnumerable<ExpressionNode> parts) =>
        [.. parts.Select(part => AnswerNames.TryAssignment(part, out _, out ExpressionNode value) ? value : part)];

    private static bool IsSetOperation(ExpressionNode node) => node is ApplyNode { Function: "∪" or "∩" or "∖" }
        or SymbolNode { Name: "ℝ" or "∅" }
        or ApplyNode { Function: "+", Parts: [SymbolNode { Name: "ℝ" }, _] }
        or BracketsNode { IsSet: true, Parts: [ApplyNode { Function: "such that" }] };

    private static bool IsChain(ExpressionNode node) => node is ChainNode || (node is SeriesNode && node.Parts.Any(IsChain));

    private static bool IsInequality(ExpressionNode node) => node switch
    {
        ChainNode chain => chain.Relations.All(relation => relation is '<' or '>' or '≤' or '≥' or '≠'),
        SeriesNode series => series.Parts.Count > 0 && series.Parts.All(IsInequality),
        _ => false,
    };
}
