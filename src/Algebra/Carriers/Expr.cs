
namespace RlCore.Algebra;

/// <summary>
/// A symbolic expression: running a formula on it gives the formula itself. <c>Dual&lt;Expr&gt;</c> gives the gradient.
/// </summary>
/// <remarks>
/// Expressions are simplified as they are built, in ways that keep their value wherever it is finite: 0·x, 1·x, x − x,
/// signs, equal terms and factors, selections whose branches agree. Constants that are multiples of 1/12 are folded; others
/// are kept, so that they can be named (β, 1 − ε).
/// </remarks>
public readonly struct Expr : IAlgebra<Expr>, IEquatable<Expr>
{
    private readonly ExprNode? _node;

    internal Expr(ExprNode node) => _node = node;

    internal ExprNode Node => _node ?? Simplify.Zero;

    /// <summary>A variable.</summary>
    /// <param name="name">Its plain-text name, Greek letters and an underscore for a subscript included: "ℓ_old".</param>
    public static Expr Symbol(string name) => new(new SymbolNode(name));

    /// <summary>A number.</summary>
    /// <param name="value">The number.</param>
    public static Expr Number(double value) => new(Simplify.Number(value));

    /// <inheritdoc/>
    public static Expr operator +(Expr left, Expr right) => new(Simplify.Add(left.Node, right.Node));

    /// <inheritdoc/>
    public static Expr operator -(Expr left, Expr right) => new(Simplify.Add(left.Node, Simplify.Negate(right.Node)));

    /// <inheritdoc/>
    public static Expr operator *(Expr left, Expr right) => new(Simplify.Multiply(left.Node, right.Node));

    /// <inheritdoc/>
    public static Expr operator /(Expr left, Expr right) => new(Simplify.Multiply(left.Node, Simplify.Reciprocal(right.Node)));

    /// <inheritdoc/>
    public static Expr operator -(Expr x) => new(Simplify.Negate(x.Node));

    /// <summary>Whether both are the same expression, up to the order of terms and factors.</summary>
    public static bool operator ==(Expr left, Expr right) => left.Equals(right);

    /// <summary>Whether they are different expressions.</summary>
    public static bool operator !=(Expr left, Expr right) => !left.Equals(right);

    /// <inheritdoc/>
    public static Expr Scale(Expr x, double factor) => new(Simplify.Multiply(Simplify.Number(factor), x.Node));

    /// <inheritdoc/>
    public static Expr Shift(Expr x, double offset) => new(Simplify.Add(x.Node, Simplify.Number(offset)));

    /// <inheritdoc/>
    public static Expr Constant(Expr like, double value) => Number(value);

    /// <inheritdoc/>
    public static Expr Exp(Expr x) => Call(ExprFunction.Exp, x);

    /// <inheritdoc/>
    public static Expr Log(Expr x) => Call(ExprFunction.Log, x);

    /// <inheritdoc/>
    public static Expr Sqrt(Expr x) => Call(ExprFunction.Sqrt, x);

    /// <inheritdoc/>
    public static Expr Abs(Expr x) => Call(ExprFunction.Abs, x);

    /// <inheritdoc/>
    public static Expr ExpM1(Expr x) => Call(ExprFunction.ExpM1, x);

    /// <inheritdoc/>
    public static Expr LogP1(Expr x) => Call(ExprFunction.LogP1, x);

    /// <inheritdoc/>
    public static Expr ExpM1MinusX(Expr x) => Call(ExprFunction.ExpM1MinusX, x);

    /// <inheritdoc/>
    public static (Expr Value, Expr Slope) ExpM1MinusXWithSlope(Expr x) => (ExpM1MinusX(x), ExpM1(x));

    /// <inheritdoc/>
    public static Expr Log1MExp(Expr x) => Call(ExprFunction.Log1MExp, x);

    /// <inheritdoc/>
    public static Expr Sigmoid(Expr x) => Call(ExprFunction.Sigmoid, x);

    /// <inheritdoc/>
    public static Expr LogSigmoid(Expr x) => Call(ExprFunction.LogSigmoid, x);

    /// <inheritdoc/>
    public static (Expr Value, Expr Slope) LogSigmoidWithSlope(Expr x) => (LogSigmoid(x), Sigmoid(-x));

    /// <inheritdoc/>
    public static Expr Min(Expr left, Expr right) => Call(ExprFunction.Min, left, right);

    /// <inheritdoc/>
    public static Expr Max(Expr left, Expr right) => Call(ExprFunction.Max, left, right);

    /// <inheritdoc/>
    public static Expr Clamp(Expr x, double low, double high) => new(Simplify.Clamp(x.Node, low, high));

    /// <inheritdoc/>
    public static Expr StopGradient(Expr x) => Call(ExprFunction.StopGradient, x);

    /// <inheritdoc/>
    public static Expr SelectByOrder(Expr left, Expr right, Expr less, Expr equal, Expr greater) =>
        new(Simplify.Order(left.Node, right.Node, less.Node, equal.Node, greater.Node));

    /// <inheritdoc/>
    public static Expr SelectInside(Expr x, double low, double high, Expr inside, Expr outside) =>
        new(Simplify.Inside(x.Node, low, high, inside.Node, outside.Node));

    /// <summary>The expression on another carrier.</summary>
    /// <param name="like">Any value of the carrier: constants are made like it.</param>
    /// <param name="valueOf">The value of each symbol.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public T Evaluate<T>(T like, Func<string, T> valueOf)
        where T : struct, IAlgebra<T> => new ExprEvaluator<T>(like, valueOf).Evaluate(Node);

    /// <summary>The same value without stop-gradient marks, for printing derivatives.</summary>
    public Expr WithoutStops() => new(Readability.WithoutStops(Node));

    /// <summary>
    /// The expression as in a paper: eˣ − 1 − x in place of its stable form, and named subexpressions.
    /// </summary>
    /// <param name="definitions">Names in order: a later one may use an earlier one.</param>
    public Expr Readable(IReadOnlyList<ExprDefinition> definitions) => new(Readability.Readable(Node, definitions));

    /// <summary>The expression in mathematical notation.</summary>
    /// <param name="constants">Constants that have names.</param>
    public ExprText Print(IReadOnlyList<ExprConstant> constants) => new ExprPrinter(constants).Print(Node);

    /// <inheritdoc/>
    public bool Equals(Expr other) => Node.Key == other.Node.Key;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Expr other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Node.Key.GetHashCode(StringComparison.Ordinal);

    /// <summary>Plain text.</summary>
    public override string ToString() => Print([]).Plain;

    private static Expr Call(ExprFunction function, params ReadOnlySpan<Expr> arguments)
    {
        var nodes = new ExprNode[arguments.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i] = arguments[i].Node;
        }

        return new(Simplify.Call(function, nodes));
    }
}
