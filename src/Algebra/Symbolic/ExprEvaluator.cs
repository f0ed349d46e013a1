namespace RlCore.Algebra;

/// <summary>Evaluates expressions on a carrier; shared subexpressions once.</summary>
internal sealed class ExprEvaluator<T>(T like, Func<string, T> valueOf)
    where T : struct, IAlgebra<T>
{
    private readonly Dictionary<ExprNode, T> _known = [];

    public T Evaluate(ExprNode node)
    {
        if (!_known.TryGetValue(node, out T value))
        {
            value = Compute(node);
            _known.Add(node, value);
        }

        return value;
    }

    private T Compute(ExprNode node) => node switch
    {
        NumberNode number => T.Constant(like, number.Value),
        SymbolNode symbol => valueOf(symbol.Name),
        SumNode sum => Sum(sum.Terms),
        ProductNode product => Product(product),
        CallNode call => Call(call),
        ClampNode clamp => T.Clamp(Evaluate(clamp.X), clamp.Low, clamp.High),
        OrderNode order => T.SelectByOrder(
            Evaluate(order.Left), Evaluate(order.Right), Evaluate(order.Less), Evaluate(order.Equal), Evaluate(order.Greater)),
        InsideNode inside => T.SelectInside(Evaluate(inside.X), inside.Low, inside.High, Evaluate(inside.Inside), Evaluate(inside.Outside)),
        _ => throw new InvalidOperationException("The kinds of nodes are closed."),
    };

    private T Sum(IReadOnlyList<ExprTerm> terms)
    {
        T sum = Scaled(terms[0]);
        foreach (ExprTerm term in terms.Skip(1))
        {
            sum = term switch
            {
                { Node: NumberNode { Value: 1 } } => T.Shift(sum, term.Coefficient),
                { Coefficient: -1 } => sum - Evaluate(term.Node),
                _ => sum + Scaled(term),
            };
        }

        return sum;
    }

    private T Scaled(ExprTerm term) => term.Coefficient switch
    {
        1 => Evaluate(term.Node),
        -1 => -Evaluate(term.Node),
        var coefficient => T.Scale(Evaluate(term.Node), coefficient),
    };

    private T Product(ProductNode product)
    {
        ExprNode[] above = [.. product.Factors
            .Where(factor => factor.Power > 0)
            .SelectMany(factor => Enumerable.Repeat(factor.Node, factor.Power))];
        ExprNode[] below = [.. product.Factors
            .Where(factor => factor.Power < 0)
            .SelectMany(factor => Enumerable.Repeat(factor.Node, -factor.Power))];
        T numerator = above.Length == 0 ? T.Constant(like, 1) : above.Select(Evaluate).Aggregate((x, y) => x * y);
        T quotient = below.Length == 0 ? numerator : numerator / below.Select(Evaluate).Aggregate((x, y) => x * y);
        return product.Coefficient == 1 ? quotient : T.Scale(quotient, product.Coefficient);
    }

    private T Call(CallNode call)
    {
        T x = Evaluate(call.Arguments[0]);
        return call.Function switch
        {
            ExprFunction.Exp => T.Exp(x),
            ExprFunction.Log => T.Log(x),
            ExprFunction.Sqrt => T.Sqrt(x),
            ExprFunction.Abs => T.Abs(x),
            ExprFunction.ExpM1 => T.ExpM1(x),
            ExprFunction.LogP1 => T.LogP1(x),
            ExprFunction.ExpM1MinusX => T.ExpM1MinusX(x),
            ExprFunction.Log1MExp => T.Log1MExp(x),
            ExprFunction.Sigmoid => T.Sigmoid(x),
            ExprFunction.LogSigmoid => T.LogSigmoid(x),
            ExprFunction.StopGradient => T.StopGradient(x),
            ExprFunction.Min => T.Min(x, Evaluate(call.Arguments[1])),
            _ => T.Max(x, Evaluate(call.Arguments[1])),
        };
    }
}
