namespace RlCore.Trainers.Rewards;

/// <summary>An end of an interval.</summary>
/// <param name="Value">Where it is; infinite at the ends of the line.</param>
/// <param name="Node">The expression, to compare exactly.</param>
/// <param name="IsClosed">Whether the interval contains it.</param>
internal readonly record struct RealEnd(double Value, ExpressionNode Node, bool IsClosed)
{
    /// <summary>The left end of the line.</summary>
    public static RealEnd Least { get; } = new(double.NegativeInfinity, new SymbolNode("∞"), false);

    /// <summary>The right end of the line.</summary>
    public static RealEnd Most { get; } = new(double.PositiveInfinity, new SymbolNode("∞"), false);
}

/// <summary>
/// A set of real numbers: intervals and points, in order, as far apart as they can be. Read from intervals, sets, their unions,
/// intersections and differences, and from inequalities for one variable.
/// </summary>
/// <param name="Pieces">The intervals.</param>
internal sealed record RealSet(IReadOnlyList<(RealEnd Low, RealEnd High)> Pieces)
{
    private const int MostPieces = 64;

    private static readonly RealSet All = new([(RealEnd.Least, RealEnd.Most)]);

    /// <summary>Reads a set.</summary>
    /// <param name="node">An expression.</param>
    /// <returns>The set; null if the expression is none, or one whose ends are not known.</returns>
    public static RealSet? Read(ExpressionNode node)
    {
        RealSet? set = node switch
        {
            SymbolNode { Name: "ℝ" } => All,
            SymbolNode { Name: "∅" } => new RealSet([]),
            BracketsNode { IsSet: true, Parts: [ApplyNode { Function: "such that", Parts: [_, var condition] }] } => Read(condition),
            BracketsNode { IsSet: true } brackets => Points(brackets.Parts),
            BracketsNode { IsInterval: true } brackets => Interval(brackets),
            ApplyNode { Function: "∪" } union => Combine(union.Parts, (a, b) => a.Union(b)),
            ApplyNode { Function: "∩" } common => Combine(common.Parts, (a, b) => a.Intersection(b)),
            ApplyNode { Function: "∖" } difference => Combine(difference.Parts, (a, b) => a.Intersection(b.Complement())),
            ApplyNode
            {
                Function: "+",
                Parts: [SymbolNode { Name: "ℝ" }, ApplyNode { Function: "*", Parts: [NumberNode minus, var removed] }],
            }
                when minus.Value == new Rational(-1, 1) => Read(removed)?.Complement(),
            ChainNode chain => Inequality(chain),
            SeriesNode series when series.Parts.All(part => part is ChainNode) && Variable(series) is not null =>
                Combine(series.Parts, series.IsEither ? (a, b) => a.Union(b) : (a, b) => a.Intersection(b)),
            _ => null,
        };
        return set is { Pieces.Count: <= MostPieces } ? set : null;
    }

    /// <summary>Whether two sets have the same intervals with the same ends.</summary>
    /// <param name="other">The other.</param>
    /// <param name="areEqual">Compares ends.</param>
    public bool IsSame(RealSet other, Func<ExpressionNode, ExpressionNode, bool> areEqual)
    {
        bool SameEnd(RealEnd a, RealEnd b) => a.IsClosed == b.IsClosed
            && (double.IsInfinity(a.Value) || double.IsInfinity(b.Value) ? a.Value.Equals(b.Value) : areEqual(a.Node, b.Node));
        return Pieces.Count == other.Pieces.Count
            && Pieces.Zip(other.Pieces).All(pair => SameEnd(pair.First.Low, pair.Second.Low) && SameEnd(pair.First.High, pair.Second.High));
    }

    /// <summary>The one variable that inequalities are about; null if there are several.</summary>
    /// <param name="node">An inequality, or several.</param>
    public static string? Variable(ExpressionNode node)
    {
        IEnumerable<ExpressionNode> chains = node is SeriesNode ? node.Parts : [node];
        string[] names = [.. chains.SelectMany(chain => chain.Parts)
            .Where(ValueComparison.HasVariables)
            .Select(side => side is ApplyNode { Function: "abs" } size ? size.Parts[0].Key : side.Key)
            .Distinct()];
        return names.Length == 1 ? names[0] : null;
    }

    private static RealSet? Combine(IReadOnlyList<ExpressionNode> nodes, Func<RealSet, RealSet, RealSet> combine)
    {
        RealSet? result = null;
        foreach (ExpressionNode node in nodes)
        {
            if (Read(node) is not { } next)
            {
                return null;
            }

            result = result is null ? next : combine(result, next);
        }

        return result;
    }

    private static RealSet? Points(IReadOnlyList<ExpressionNode> nodes)
    {
        RealSet? set = new([]);
        foreach (ExpressionNode node in nodes)
        {
            set = ValueComparison.TryReal(node, out double value)
                ? set?.Union(new RealSet([(new RealEnd(value, node, true), new RealEnd(value, node, true))]))
                : null;
        }

        return set;
    }

    private static RealSet? Interval(BracketsNode brackets) =>
        TryEnd(brackets.Parts[0], brackets.Open == '[', out RealEnd low)
            && TryEnd(brackets.Parts[1], brackets.Close == ']', out RealEnd high)
            && low.Value < high.Value
            ? new RealSet([(low, high)])
            : null;

    private static bool TryEnd(ExpressionNode node, bool isClosed, out RealEnd end)
    {
        bool isNegative = node is ApplyNode { Function: "*", Parts: [NumberNode { Value: var sign }, _] } && sign == new Rational(-1, 1);
        if ((isNegative ? node.Parts[1] : node) is SymbolNode { Name: "∞" })
        {
            end = isNegative ? RealEnd.Least : RealEnd.Most;
            return !isClosed;
        }

        bool isReal = ValueComparison.TryReal(node, out double value);
        end = new RealEnd(value, node, isClosed);
        return isReal;
    }

    // x < 3, -2 ≤ x ≤ 7, |x| > 1, x ≠ 3, x ∈ S. The variable stands alone.
    private static RealSet? Inequality(ChainNode chain)
    {
        if (chain is { Relations: ['∈'], Parts: [var member, var set] } && IsVariable(member))
        {
            return Read(set);
        }

        RealSet result = All;
        for (int i = 0; i < chain.Relations.Count; i++)
        {
            bool isLeft = IsVariable(chain.Parts[i]);
            ExpressionNode bound = chain.Parts[isLeft ? i + 1 : i];
            ExpressionNode variable = chain.Parts[isLeft ? i : i + 1];
            if (!IsVariable(variable) || !ValueComparison.TryReal(bound, out double value))
            {
                return null;
            }

            bool isBelow = chain.Relations[i] is '<' or '≤' == isLeft;
            var end = new RealEnd(value, bound, chain.Relations[i] is '≤' or '≥');
            RealSet? half = chain.Relations[i] switch
            {
                '<' or '≤' or '>' or '≥' => isBelow ? new RealSet([(RealEnd.Least, end)]) : new RealSet([(end, RealEnd.Most)]),
                '≠' => new RealSet([(end with { IsClosed = true }, end with { IsClosed = true })]).Complement(),
                _ => null,
            };
            half = half is not null && variable is ApplyNode { Function: "abs" } ? half.OfSizes() : half;
            if (half is null)
            {
                return null;
            }

            result = result.Intersection(half);
        }

        return chain.Relations.Count <= 2 ? result : null;
    }

    private static bool IsVariable(ExpressionNode node) => node switch
    {
        SymbolNode symbol => !ExpressionConstants.IsConstant(symbol.Name),
        ApplyNode { Function: "abs", Parts: [var inner] } => IsVariable(inner),
        ApplyNode apply => apply.Function.StartsWith("call ", StringComparison.Ordinal),
        _ => false,
    };

    // The numbers whose absolute values are in the set.
    private RealSet OfSizes()
    {
        var zero = new NumberNode(default, false);
        RealSet right = Intersection(new RealSet([(new RealEnd(0, zero, true), RealEnd.Most)]));
        return right.Union(new RealSet([.. right.Pieces.Select(piece => (Mirrored(piece.High), Mirrored(piece.Low))).Reverse()]));
    }

    private static RealEnd Mirrored(RealEnd end) => double.IsInfinity(end.Value)
        ? RealEnd.Least
        : new RealEnd(-end.Value, new ApplyNode("*", new NumberNode(new Rational(-1, 1), false), end.Node), end.IsClosed);

    private RealSet Union(RealSet other)
    {
        var pieces = new List<(RealEnd Low, RealEnd High)>();
        foreach (var piece in Pieces.Concat(other.Pieces).OrderBy(piece => piece.Low.Value).ThenByDescending(piece => piece.Low.IsClosed))
        {
            bool isJoined = pieces.Count > 0
                && (piece.Low.Value < pieces[^1].High.Value
                    || (piece.Low.Value.Equals(pieces[^1].High.Value) && (piece.Low.IsClosed || pieces[^1].High.IsClosed)));
            if (!isJoined)
            {
                pieces.Add(piece);
            }
            else if (piece.High.Value > pieces[^1].High.Value || (piece.High.Value.Equals(pieces[^1].High.Value) && piece.High.IsClosed))
            {
                pieces[^1] = (pieces[^1].Low, piece.High);
            }
        }

        return new RealSet(pieces);
    }

    private RealSet Complement()
    {
        var pieces = new List<(RealEnd Low, RealEnd High)>();
        RealEnd low = RealEnd.Least;
        foreach (var piece in Pieces)
        {
            if (!double.IsInfinity(piece.Low.Value))
            {
                pieces.Add((low, piece.Low with { IsClosed = !piece.Low.IsClosed }));
            }

            low = piece.High with { IsClosed = !piece.High.IsClosed && !double.IsInfinity(piece.High.Value) };
        }

        if (Pieces.Count == 0 || !double.IsPositiveInfinity(low.Value))
        {
            pieces.Add((low, RealEnd.Most));
        }

        return new RealSet(pieces);
    }

    private RealSet Intersection(RealSet other) => Complement().Union(other.Complement()).Complement();
}
