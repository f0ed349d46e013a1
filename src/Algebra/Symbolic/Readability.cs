namespace RlCore.Algebra;

/// <summary>A name of a subexpression, such as ρ for exp(ℓ − ℓ_old).</summary>
/// <param name="Name">Plain-text name.</param>
/// <param name="Meaning">What it stands for.</param>
public sealed record ExprDefinition(string Name, Expr Meaning);

/// <summary>Turns expressions from the form that computes well into the form that reads well.</summary>
internal static class Readability
{
    public static ExprNode WithoutStops(ExprNode node) =>
        Rebuild(node, part => part is CallNode { Function: ExprFunction.StopGradient } stop ? stop.Arguments[0] : part);

    public static ExprNode Readable(ExprNode node, IReadOnlyList<ExprDefinition> definitions)
    {
        ExprNode result = Rebuild(node, Unfold);
        var known = new List<(string Name, ExprNode Meaning)>();
        foreach (ExprDefinition definition in definitions)
        {
            ExprNode meaning = known.Aggregate(
                Rebuild(definition.Meaning.Node, Unfold), (part, earlier) => Name(part, earlier.Name, earlier.Meaning));
            known.Add((definition.Name, meaning));
            result = Name(result, definition.Name, meaning);
        }

        return result;
    }

    /// <summary>Rebuilds a tree from its leaves, changing each node on the way up.</summary>
    public static ExprNode Rebuild(ExprNode node, Func<ExprNode, ExprNode> change)
    {
        ExprNode Visit(ExprNode part) => Rebuild(part, change);
        ExprNode rebuilt = node switch
        {
            SumNode sum => sum.Terms
                .Select(term => Simplify.Multiply(new NumberNode(term.Coefficient), Visit(term.Node)))
                .Aggregate(Simplify.Add),
            ProductNode product => product.Factors
                .Select(factor => Power(Visit(factor.Node), factor.Power))
                .Aggregate((ExprNode)new NumberNode(product.Coefficient), Simplify.Multiply),
            CallNode call => Simplify.Call(call.Function, [.. call.Arguments.Select(Visit)]),
            ClampNode clamp => Simplify.Clamp(Visit(clamp.X), clamp.Low, clamp.High),
            OrderNode order =>
                Simplify.Order(Visit(order.Left), Visit(order.Right), Visit(order.Less), Visit(order.Equal), Visit(order.Greater)),
            InsideNode inside => Simplify.Inside(Visit(inside.X), inside.Low, inside.High, Visit(inside.Inside), Visit(inside.Outside)),
            _ => node,
        };
        return change(rebuilt);
    }

    private static ExprNode Power(ExprNode node, int power)
    {
        ExprNode factor = power < 0 ? Simplify.Reciprocal(node) : node;
        return Enumerable.Repeat(factor, Math.Abs(power)).Aggregate(Simplify.Multiply);
    }

    // Stable forms as what they stand for. The shift of a log-sum-exp cancels, so it may be written as 0; an exponential
    // is always above 0.
    private static ExprNode Unfold(ExprNode node) => node switch
    {
        CallNode { Function: ExprFunction.ExpM1, Arguments: [var x] } => Less(Exp(x), Simplify.One),
        CallNode { Function: ExprFunction.ExpM1MinusX, Arguments: [var x] } => Less(Less(Exp(x), Simplify.One), x),
        CallNode { Function: ExprFunction.LogP1, Arguments: [var x] } => Log(Simplify.Add(Simplify.One, x)),
        CallNode { Function: ExprFunction.Log1MExp, Arguments: [var x] } => Log(Less(Simplify.One, Exp(x))),
        CallNode { Function: ExprFunction.Log, Arguments: [CallNode { Function: ExprFunction.Exp } inner] } => inner.Arguments[0],
        InsideNode { Low: double.MinValue, High: double.MaxValue } => Simplify.Zero,
        OrderNode { Left: CallNode { Function: ExprFunction.Exp }, Right: NumberNode { Value: 0 } } order => order.Greater,
        _ => node,
    };

    private static ExprNode Exp(ExprNode x) => Simplify.Call(ExprFunction.Exp, [x]);

    private static ExprNode Log(ExprNode x) => Simplify.Call(ExprFunction.Log, [x]);

    private static ExprNode Less(ExprNode left, ExprNode right) => Simplify.Add(left, Simplify.Negate(right));

    private static ExprNode Name(ExprNode node, string name, ExprNode meaning)
    {
        var symbol = new SymbolNode(name);
        return Rebuild(node, part => part.Key == meaning.Key ? symbol : (part, meaning) switch
        {
            (SumNode sum, SumNode named) => NameTerms(sum, symbol, named),
            (ProductNode product, ProductNode named) => NameFactors(product, symbol, named),
            _ => part,
        });
    }

    // k·(terms of the meaning) + rest = k·symbol + rest, for k = ±1.
    private static ExprNode NameTerms(SumNode sum, SymbolNode symbol, SumNode named)
    {
        foreach (int sign in new[] { 1, -1 })
        {
            bool IsNamed(ExprTerm term) =>
                named.Terms.Any(other => other.Node.Key == term.Node.Key && other.Coefficient * sign == term.Coefficient);
            ExprTerm[] rest = [.. sum.Terms.Where(term => !IsNamed(term))];
            if (sum.Terms.Count - rest.Length == named.Terms.Count)
            {
                int position = sum.Terms.TakeWhile(term => !IsNamed(term)).Count();
                return Simplify.Sum([.. rest.Take(position), new ExprTerm(sign, symbol), .. rest.Skip(position)]);
            }
        }

        return sum;
    }

    // (factors of the meaning)·rest = symbol·rest; a sum may be there with its sign turned.
    private static ExprNode NameFactors(ProductNode product, SymbolNode symbol, ProductNode named)
    {
        var rest = product.Factors.ToList();
        double sign = 1;
        foreach (ExprFactor wanted in named.Factors)
        {
            string turned = Simplify.Negate(wanted.Node).Key;
            int index = rest.FindIndex(
                factor => factor.Power == wanted.Power && (factor.Node.Key == wanted.Node.Key || factor.Node.Key == turned));
            if (index < 0)
            {
                return product;
            }

            sign *= rest[index].Node.Key == wanted.Node.Key || wanted.Power % 2 == 0 ? 1 : -1;
            rest.RemoveAt(index);
        }

        return Simplify.Product(product.Coefficient * sign / named.Coefficient, [new(symbol, 1), .. rest]);
    }
}
