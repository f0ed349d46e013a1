using System.Globalization;

namespace RlCore.Algebra;

/// <summary>Functions that an expression may call.</summary>
internal enum ExprFunction
{
    Exp,
    Log,
    Sqrt,
    Abs,
    ExpM1,
    LogP1,
    ExpM1MinusX,
    Log1MExp,
    Sigmoid,
    LogSigmoid,
    StopGradient,
    Min,
    Max,
}

/// <summary>A node of an expression. Equal keys mean equal expressions.</summary>
internal abstract class ExprNode(string key)
{
    public string Key { get; } = key;

    protected static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    protected static string Sorted(IEnumerable<string> keys) => string.Join(' ', keys.Order(StringComparer.Ordinal));
}

/// <summary>A number.</summary>
internal sealed class NumberNode(double value) : ExprNode(Text(value))
{
    public double Value => value;
}

/// <summary>A variable.</summary>
internal sealed class SymbolNode(string name) : ExprNode($"'{name}'")
{
    public string Name => name;
}

/// <summary>A simple coefficient of a node; a plain number is a coefficient of the node 1.</summary>
internal readonly record struct ExprTerm(double Coefficient, ExprNode Node);

/// <summary>Two or more terms.</summary>
internal sealed class SumNode(IReadOnlyList<ExprTerm> terms)
    : ExprNode($"(+ {Sorted(terms.Select(term => $"{Text(term.Coefficient)}{term.Node.Key}"))})")
{
    public IReadOnlyList<ExprTerm> Terms => terms;
}

/// <summary>A power of a node.</summary>
internal readonly record struct ExprFactor(ExprNode Node, int Power);

/// <summary>A simple coefficient times factors.</summary>
internal sealed class ProductNode(double coefficient, IReadOnlyList<ExprFactor> factors)
    : ExprNode($"(* {Text(coefficient)} {Sorted(factors.Select(factor => $"{factor.Node.Key}^{factor.Power}"))})")
{
    public double Coefficient => coefficient;

    public IReadOnlyList<ExprFactor> Factors => factors;
}

/// <summary>A function of one or two arguments.</summary>
internal sealed class CallNode(ExprFunction function, IReadOnlyList<ExprNode> arguments)
    : ExprNode($"({function} {string.Join(' ', arguments.Select(argument => argument.Key))})")
{
    public ExprFunction Function => function;

    public IReadOnlyList<ExprNode> Arguments => arguments;
}

/// <summary>x limited to [low, high].</summary>
internal sealed class ClampNode(ExprNode x, double low, double high) : ExprNode($"(clamp {x.Key} {Text(low)} {Text(high)})")
{
    public ExprNode X => x;

    public double Low => low;

    public double High => high;
}

/// <summary>Selection by order.</summary>
internal sealed class OrderNode(ExprNode left, ExprNode right, ExprNode less, ExprNode equal, ExprNode greater)
    : ExprNode($"(order {left.Key} {right.Key} {less.Key} {equal.Key} {greater.Key})")
{
    public ExprNode Left => left;

    public ExprNode Right => right;

    public ExprNode Less => less;

    public ExprNode Equal => equal;

    public ExprNode Greater => greater;
}

/// <summary>Selection by an interval.</summary>
internal sealed class InsideNode(ExprNode x, double low, double high, ExprNode inside, ExprNode outside)
    : ExprNode($"(inside {x.Key} {Text(low)} {Text(high)} {inside.Key} {outside.Key})")
{
    public ExprNode X => x;

    public double Low => low;

    public double High => high;

    public ExprNode Inside => inside;

    public ExprNode Outside => outside;
}
