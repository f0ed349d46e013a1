namespace RlCore.Algebra;

/// <summary>Builds nodes in their simplest form.</summary>
internal static class Simplify
{
    public static ExprNode Zero { get; } = new NumberNode(0);

    public static ExprNode One { get; } = new NumberNode(1);

    /// <summary>A number; a negative one that is not simple is −1 times its magnitude, so that signs can be seen.</summary>
    public static ExprNode Number(double value) => IsSimple(value) || !(value < 0)
        ? new NumberNode(value)
        : new ProductNode(-1, [new(new NumberNode(-value), 1)]);

    /// <summary>Twelfths of moderate size fold; other constants may carry a name and stay.</summary>
    public static bool IsSimple(double value) => Math.Abs(value) <= 1000 && Math.Round(value * 12) == value * 12;

    public static bool IsZero(ExprNode node) => node is NumberNode { Value: 0 };

    public static ExprNode Negate(ExprNode x) => Multiply(new NumberNode(-1), x);

    public static ExprNode Add(ExprNode left, ExprNode right)
    {
        if (left.Key == right.Key)
        {
            return Multiply(new NumberNode(2), left);
        }

        var terms = new List<ExprTerm>();
        foreach (ExprTerm term in Terms(left).Concat(Terms(right)))
        {
            Include(terms, term);
        }

        return Sum(terms);
    }

    /// <summary>The terms of a node: its own if it is a sum.</summary>
    public static IReadOnlyList<ExprTerm> Terms(ExprNode node) => node is SumNode sum ? sum.Terms : [Split(node)];

    /// <summary>A node from terms that are already merged.</summary>
    public static ExprNode Sum(IReadOnlyList<ExprTerm> terms) => terms.Count switch
    {
        0 => Zero,
        1 => Multiply(new NumberNode(terms[0].Coefficient), terms[0].Node),
        _ => new SumNode(terms),
    };

    public static ExprNode Multiply(ExprNode left, ExprNode right)
    {
        if (IsZero(left) || IsZero(right))
        {
            return Zero;
        }

        (ExprTerm first, ExprTerm second) = (Split(left), Split(right));
        var factors = new List<ExprFactor>();
        foreach (ExprFactor factor in Factors(first.Node).Concat(Factors(second.Node)))
        {
            Include(factors, factor);
        }

        return Product(first.Coefficient * second.Coefficient * FoldConstants(factors), factors);
    }

    /// <summary>The factors of a node without its coefficient.</summary>
    public static IReadOnlyList<ExprFactor> Factors(ExprNode node) => node switch
    {
        NumberNode { Value: 1 } => [],
        ProductNode product => product.Factors,
        _ => [new(node, 1)],
    };

    /// <summary>A node from a coefficient and factors that are already merged.</summary>
    public static ExprNode Product(double coefficient, IReadOnlyList<ExprFactor> factors)
    {
        for (int i = 0; i < factors.Count; i++)
        {
            if (factors[i].Power == 1 && factors[i].Node is OrderNode or InsideNode && Distributes(coefficient, factors, i))
            {
                ExprNode rest = Product(coefficient, [.. factors.Where((_, index) => index != i)]);
                return Branches(factors[i].Node, branch => Multiply(rest, branch));
            }
        }

        return factors switch
        {
            [] => new NumberNode(coefficient),
            [{ Power: 1, Node: var only }] when coefficient == 1 => only,
            [{ Power: 1, Node: SumNode sum }] when coefficient == -1 =>
                new SumNode([.. sum.Terms.Select(term => term with { Coefficient = -term.Coefficient })]),
            _ => new ProductNode(coefficient, factors),
        };
    }

    public static ExprNode Reciprocal(ExprNode x)
    {
        ExprTerm split = Split(x);
        double inverse = 1 / split.Coefficient;
        IEnumerable<ExprFactor> factors = Factors(split.Node).Select(factor => factor with { Power = -factor.Power });
        return IsSimple(inverse)
            ? Product(inverse, [.. factors])
            : Product(Math.Sign(split.Coefficient), [.. factors, new(new NumberNode(Math.Abs(split.Coefficient)), -1)]);
    }

    public static ExprNode Call(ExprFunction function, IReadOnlyList<ExprNode> arguments) => (function, arguments[0]) switch
    {
        (ExprFunction.Exp, NumberNode { Value: 0 }) => One,
        (ExprFunction.Log, NumberNode { Value: 1 }) => Zero,
        (ExprFunction.StopGradient, NumberNode or CallNode { Function: ExprFunction.StopGradient }) => arguments[0],
        (ExprFunction.Min or ExprFunction.Max, _) when arguments[0].Key == arguments[1].Key => arguments[0],
        _ => new CallNode(function, arguments),
    };

    public static ExprNode Clamp(ExprNode x, double low, double high) => x switch
    {
        NumberNode number when low <= high => Number(Math.Clamp(number.Value, low, high)),
        _ => double.IsNegativeInfinity(low) && double.IsPositiveInfinity(high) ? x : new ClampNode(x, low, high),
    };

    public static ExprNode Order(ExprNode left, ExprNode right, ExprNode less, ExprNode equal, ExprNode greater)
    {
        if (left is NumberNode x && right is NumberNode y)
        {
            return x.Value < y.Value ? less : x.Value > y.Value ? greater : equal;
        }

        if (left.Key == right.Key)
        {
            return equal;
        }

        if (ClampedSide.Find(left, right) is { } clamped)
        {
            // Of f·u and f·clip(u) neither is less exactly where u lies inside of the bounds, or where f = 0.
            (less, greater) = (clamped.WhereOutside(less), clamped.WhereOutside(greater));
            equal = clamped.WhereInside(equal);
        }

        return less.Key == equal.Key && equal.Key == greater.Key ? equal : new OrderNode(left, right, less, equal, greater);
    }

    public static ExprNode Inside(ExprNode x, double low, double high, ExprNode inside, ExprNode outside) => x switch
    {
        NumberNode number => low <= number.Value && number.Value <= high ? inside : outside,
        _ =>
            inside.Key == outside.Key || (double.IsNegativeInfinity(low) && double.IsPositiveInfinity(high))
                ? inside
                : new InsideNode(x, low, high, inside, outside),
    };

    /// <summary>The same selection with every branch changed.</summary>
    public static ExprNode Branches(ExprNode selection, Func<ExprNode, ExprNode> change) => selection switch
    {
        OrderNode order => Order(order.Left, order.Right, change(order.Less), change(order.Equal), change(order.Greater)),
        InsideNode inside => Inside(inside.X, inside.Low, inside.High, change(inside.Inside), change(inside.Outside)),
        _ => selection,
    };

    /// <summary>A node as coefficient and rest.</summary>
    public static ExprTerm Split(ExprNode node) => node switch
    {
        NumberNode number when IsSimple(number.Value) => new(number.Value, One),
        ProductNode product => new(product.Coefficient, Product(1, product.Factors)),
        _ => new(1, node),
    };

    // A factor goes into the branches where one of them is zero; a sign always does.
    private static bool Distributes(double coefficient, IReadOnlyList<ExprFactor> factors, int index) => factors.Count == 1
        ? coefficient != 1
        : factors[index].Node is OrderNode order
            ? IsZero(order.Less) || IsZero(order.Equal) || IsZero(order.Greater)
            : factors[index].Node is InsideNode inside && (IsZero(inside.Inside) || IsZero(inside.Outside));

    // Constants whose product is simple, such as 4/τ and τ, leave that product.
    private static double FoldConstants(List<ExprFactor> factors)
    {
        List<ExprFactor> constants = factors.FindAll(factor => factor is { Power: 1, Node: NumberNode });
        double product = constants.Aggregate(1.0, (value, factor) => value * ((NumberNode)factor.Node).Value);
        double simple = Math.Round(product * 12) / 12;
        if (constants.Count < 2 || !IsSimple(simple) || Math.Abs(product - simple) > 1e-14 * Math.Abs(product))
        {
            return 1;
        }

        factors.RemoveAll(constants.Contains);
        return simple;
    }

    private static void Include(List<ExprTerm> terms, ExprTerm added)
    {
        int index = terms.FindIndex(term => term.Node.Key == added.Node.Key);
        double coefficient = added.Coefficient + (index < 0 ? 0 : terms[index].Coefficient);
        if (index >= 0)
        {
            terms.RemoveAt(index);
        }

        if (Math.Abs(coefficient) == 1 && added.Node is SumNode sum)
        {
            foreach (ExprTerm term in sum.Terms)
            {
                Include(terms, term with { Coefficient = term.Coefficient * coefficient });
            }
        }
        else if (coefficient != 0)
        {
            terms.Insert(index < 0 ? terms.Count : index, new(coefficient, added.Node));
        }
    }

    private static void Include(List<ExprFactor> factors, ExprFactor added)
    {
        int index = factors.FindIndex(factor => factor.Node.Key == added.Node.Key);
        if (index < 0)
        {
            factors.Add(added);
            return;
        }

        int power = factors[index].Power + added.Power;
        factors.RemoveAt(index);
        if (power != 0)
        {
            factors.Insert(index, new(added.Node, power));
        }
    }
}
