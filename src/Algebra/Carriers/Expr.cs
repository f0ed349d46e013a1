using System.Globalization;

namespace RlCore.Algebra;

/// <summary>
/// A symbolic expression: a formula on it prints itself as LaTeX, so that its page is made from the very code that runs.
/// Zeros and ones that arithmetic makes redundant are left out.
/// </summary>
public readonly struct Expr : IAlgebra<Expr>, IEquatable<Expr>
{
    private readonly string? _latex;
    private readonly int _precedence;

    private Expr(string latex, int precedence)
    {
        _latex = latex;
        _precedence = precedence;
    }

    // How tightly the outermost operation binds.
    private enum Level
    {
        Sum,
        Product,
        Atom,
    }

    /// <summary>The LaTeX of the expression.</summary>
    public string Latex => _latex ?? "0";

    /// <summary>A variable or constant by its LaTeX name.</summary>
    /// <param name="latex">For instance <c>\ell_t</c>.</param>
    public static Expr Symbol(string latex) => new(latex, (int)Level.Atom);

    /// <inheritdoc/>
    public static bool operator ==(Expr left, Expr right) => left.Equals(right);

    /// <inheritdoc/>
    public static bool operator !=(Expr left, Expr right) => !left.Equals(right);

    /// <inheritdoc/>
    public static Expr operator +(Expr left, Expr right) =>
        left.IsZero ? right : right.IsZero ? left : right.Latex[0] == '-' && right._precedence != (int)Level.Sum
            ? new($"{left.Latex} {right.Latex}", (int)Level.Sum)
            : new($"{left.Latex} + {right.Latex}", (int)Level.Sum);

    /// <inheritdoc/>
    public static Expr operator -(Expr left, Expr right) =>
        right.IsZero ? left : left.IsZero ? -right : new($"{left.Latex} - {right.At(Level.Product)}", (int)Level.Sum);

    /// <inheritdoc/>
    public static Expr operator *(Expr left, Expr right) =>
        left.IsZero || right.IsZero ? Number(0)
        : left.IsOne ? right
        : right.IsOne ? left
        : new($@"{left.At(Level.Product)} \, {right.AsFactor()}", (int)Level.Product);

    /// <inheritdoc/>
    public static Expr operator /(Expr left, Expr right) =>
        left.IsZero ? left : right.IsOne ? left : new($@"\frac{{{left.Latex}}}{{{right.Latex}}}", (int)Level.Atom);

    /// <inheritdoc/>
    public static Expr operator -(Expr x) => x.IsZero ? x : new($"-{x.At(Level.Product)}", (int)Level.Product);

    /// <inheritdoc/>
    public static Expr Scale(Expr x, double factor) => factor == -1 ? -x : Number(factor) * x;

    /// <inheritdoc/>
    public static Expr Shift(Expr x, double offset) => offset < 0 ? x - Number(-offset) : x + Number(offset);

    /// <inheritdoc/>
    public static Expr Constant(Expr like, double value) => Number(value);

    /// <inheritdoc/>
    public static Expr Exp(Expr x) => new($"e^{{{x.Latex}}}", (int)Level.Atom);

    /// <inheritdoc/>
    public static Expr Log(Expr x) => Call(@"\log", x);

    /// <inheritdoc/>
    public static Expr Sqrt(Expr x) => new($@"\sqrt{{{x.Latex}}}", (int)Level.Atom);

    /// <inheritdoc/>
    public static Expr Abs(Expr x) => new($@"\left|{x.Latex}\right|", (int)Level.Atom);

    /// <inheritdoc/>
    public static Expr ExpM1(Expr x) => Exp(x) - Number(1);

    /// <inheritdoc/>
    public static Expr LogP1(Expr x) => Log(Number(1) + x);

    /// <inheritdoc/>
    public static Expr ExpM1MinusX(Expr x) => Exp(x) - Number(1) - x;

    /// <inheritdoc/>
    public static Expr Log1MExp(Expr x) => Log(Number(1) - Exp(x));

    /// <inheritdoc/>
    public static Expr Sigmoid(Expr x) => Call(@"\sigma", x);

    /// <inheritdoc/>
    public static Expr LogSigmoid(Expr x) => Call(@"\log \sigma", x);

    /// <inheritdoc/>
    public static Expr Min(Expr left, Expr right) => Call(@"\min", left, right);

    /// <inheritdoc/>
    public static Expr Max(Expr left, Expr right) => Call(@"\max", left, right);

    /// <inheritdoc/>
    public static Expr Clamp(Expr x, double low, double high) =>
        double.IsNegativeInfinity(low) && double.IsPositiveInfinity(high) ? x
        : double.IsNegativeInfinity(low) ? Min(x, Number(high))
        : double.IsPositiveInfinity(high) ? Max(x, Number(low))
        : Call(@"\operatorname{clip}", x, Number(low), Number(high));

    /// <inheritdoc/>
    public static Expr StopGradient(Expr x) => Call(@"\operatorname{sg}", x);

    /// <inheritdoc/>
    public static Expr SelectByOrder(Expr left, Expr right, Expr less, Expr equal, Expr greater)
    {
        if (less == equal && equal == greater)
        {
            return less;
        }

        (Expr Value, string Relation)[] cases = less == equal
            ? [(less, @"\le"), (greater, ">")]
            : equal == greater
                ? [(less, "<"), (greater, @"\ge")]
                : [(less, "<"), (equal, "="), (greater, ">")];
        return Cases(cases.Select(part => $"{part.Value.Latex} & {left.Latex} {part.Relation} {right.Latex}"));
    }

    /// <inheritdoc/>
    public static Expr SelectInside(Expr x, double low, double high, Expr inside, Expr outside) => inside == outside
        ? inside
        : Cases([$@"{inside.Latex} & {Number(low).Latex} \le {x.Latex} \le {Number(high).Latex}", $@"{outside.Latex} & \text{{otherwise}}"]);

    /// <inheritdoc/>
    public bool Equals(Expr other) => Latex == other.Latex;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Expr other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Latex);

    /// <summary>The LaTeX of the expression.</summary>
    public override string ToString() => Latex;

    private bool IsZero => Latex == "0";

    private bool IsOne => Latex == "1";

    private static Expr Number(double value) => double.IsInfinity(value)
        ? new(value > 0 ? @"\infty" : @"-\infty", (int)Level.Atom)
        : new(value.ToString("0.######", CultureInfo.InvariantCulture), (int)(value < 0 ? Level.Product : Level.Atom));

    private static Expr Call(string name, params Expr[] arguments) =>
        new($@"{name}\left({string.Join(", ", arguments.Select(argument => argument.Latex))}\right)", (int)Level.Atom);

    private static Expr Cases(IEnumerable<string> lines) =>
        new($@"\begin{{cases}} {string.Join(@" \\ ", lines)} \end{{cases}}", (int)Level.Atom);

    // A product needs no brackets within a product, but a sign does.
    private string AsFactor() => Latex[0] == '-' ? $@"\left({Latex}\right)" : At(Level.Product);

    // In brackets, unless it binds at least as tightly as asked.
    private string At(Level level) => _latex is null || _precedence >= (int)level ? Latex : $@"\left({Latex}\right)";
}
