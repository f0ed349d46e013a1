using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>How expressions are written: numbers, names, signs, brackets and cases, on a console and on a page.</summary>
public sealed class ExprTextLaws
{
    private const double C = 0.2013;

    private static readonly Expr X = Expr.Symbol("x");
    private static readonly Expr Y = Expr.Symbol("y");
    private static readonly Expr Z = Expr.Symbol("z");
    private static readonly Expr A = Expr.Symbol("A");

    [Theory]
    [InlineData("ℓ", @"\ell")]
    [InlineData("α", @"\alpha")]
    [InlineData("β", @"\beta")]
    [InlineData("γ", @"\gamma")]
    [InlineData("δ", @"\delta")]
    [InlineData("ε", @"\varepsilon")]
    [InlineData("λ", @"\lambda")]
    [InlineData("ρ", @"\rho")]
    [InlineData("σ", @"\sigma")]
    [InlineData("τ", @"\tau")]
    [InlineData("π", @"\pi")]
    [InlineData("−", "-")]
    [InlineData("∂", @"\partial")]
    [InlineData("z", "z")]
    [InlineData("ρ\u0304", @"\bar{\rho}")]
    [InlineData("π_ref", @"\pi_{\mathrm{ref}}")]
    [InlineData("r_w,δ", @"r_{w,\delta}")]
    public void Letters_and_subscripts_have_their_latex(string name, string latex) => Assert.Equal(latex, ExprText.LatexOf(name));

    [Theory]
    [InlineData(0.5, "½", @"\tfrac{1}{2}")]
    [InlineData(-0.5, "−0.5", @"-\tfrac{1}{2}")]
    [InlineData(0.25, "0.25", @"\tfrac{1}{4}")]
    [InlineData(1.5, "1.5", @"\tfrac{3}{2}")]
    [InlineData(1.0 / 12, "0.08333333333333333", @"\tfrac{1}{12}")]
    [InlineData(1.0 / 13, "0.07692307692307693", "0.07692307692307693")]
    [InlineData(0, "0", "0")]
    [InlineData(-3, "−3", "-3")]
    [InlineData(double.PositiveInfinity, "∞", @"\infty")]
    [InlineData(double.NegativeInfinity, "−∞", @"-\infty")]
    public void Numbers_are_written_as_fractions_where_they_are(double value, string plain, string latex) =>
        Assert.Equal(new ExprText(latex, plain), ExprText.Number(value));

    public static TheoryData<double, string, string> Forms => new()
    {
        { C, "c", "c" },
        { 1 - C, "1 − c", "1 - c" },
        { 1 + C, "1 + c", "1 + c" },
        { 1 / C, "(1/c)", @"\frac{1}{c}" },
        { 2 / C, "(2/c)", @"\frac{2}{c}" },
        { 4 / C, "(4/c)", @"\frac{4}{c}" },
        { 0.5 / C, "(1/(2c))", @"\frac{1}{2 c}" },
        { 1 / (1 - C), "−(1/(c − 1))", @"-\frac{1}{c - 1}" },
        { C / (1 - (2 * C)), "(c/(1 − 2c))", @"\frac{c}{1 - 2 c}" },
        { (1 - C) / (1 - (2 * C)), "((1 − c)/(1 − 2c))", @"\frac{1 - c}{1 - 2 c}" },
        { -Math.Log(C), "−log c", @"-\log c" },
        { -Math.Log(1 - C), "−log(1 − c)", @"-\log(1 - c)" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_simple_function_of_a_constant_is_written_with_its_name(double value, string plain, string latex)
    {
        Assert.Equal(new ExprText(latex, plain), Expr.Number(value).Print([new("c", C)]));
        bool sum = plain is "1 − c" or "1 + c";
        string sign = plain.StartsWith('−') ? "−" : string.Empty;
        string name = plain.TrimStart('−');
        Assert.Equal($"{sign}{(sum ? $"({name})" : name)}·x", Expr.Scale(X, value).Print([new("c", C)]).Plain);
    }

    [Fact]
    public void A_constant_above_one_is_lessened_by_one_and_one_below_minus_one_is_bracketed_under_a_sign()
    {
        Assert.Equal(new ExprText("d - 1", "d − 1"), Expr.Number(1.3717).Print([new("d", 2.3717)]));
        Assert.Equal(new ExprText(@"-\left(1 + e\right)", "−(1 + e)"), Expr.Number(1.3717).Print([new("e", -2.3717)]));
        Assert.Equal("A − (1 + e)", (A + Expr.Number(1.3717)).Print([new("e", -2.3717)]).Plain);
        Assert.Equal("A − (1 + c)", (A - Expr.Number(1 + C)).Print([new("c", C)]).Plain);
        Assert.Equal("A + 1 + c", (A + Expr.Number(1 + C)).Print([new("c", C)]).Plain);
        Assert.Equal("x + 0.3", Expr.Shift(X, 0.3).Print([new("half", 0.5)]).Plain);
    }

    [Fact]
    public void A_simple_constant_or_a_form_without_a_finite_value_has_no_name()
    {
        Assert.Equal("½", Expr.Number(0.5).Print([new("half", 0.5)]).Plain);
        ExprConstant one = new("one", 1);
        Assert.DoesNotContain(one.Forms(), form => !double.IsFinite(form.Value) || form.Value is 0 or 1 or 2);
        Assert.Equal("∞", Expr.Number(double.PositiveInfinity).Print([one]).Plain);
    }

    [Fact]
    public void Powers_roots_and_bars_have_their_forms()
    {
        Assert.Equal(new ExprText("x^{3}", "x^3"), (X * X * X).Print([]));
        Assert.Equal(new ExprText("x^{2}", "x²"), (X * X).Print([]));
        Assert.Equal(new ExprText(@"\sqrt{x}", "√(x)"), Expr.Sqrt(X).Print([]));
        Assert.Equal(new ExprText(@"\left|x\right|", "|x|"), Expr.Abs(X).Print([]));
        Assert.Equal(new ExprText(@"\log \sigma\left(x\right)", "log σ(x)"), Expr.LogSigmoid(X).Print([]));
        Assert.Equal(new ExprText(@"\mathrm{sg}\left(x\right)", "sg(x)"), Expr.StopGradient(X).Print([]));
        Assert.Equal(new ExprText(@"\sigma\left(x\right)", "σ(x)"), Expr.Sigmoid(X).Print([]));
        Assert.Equal(new ExprText(@"\min\left(x,\; y\right)", "min(x, y)"), Expr.Min(X, Y).Print([]));
        Assert.Equal(new ExprText(@"\frac{x}{y \, z}", "x/(y·z)"), (X / (Y * Z)).Print([]));
        Assert.Equal(new ExprText(@"\frac{x}{y^{2}}", "x/y²"), (X / (Y * Y)).Print([]));
        Assert.Equal("1/x", (Expr.Number(1) / X).ToString());
    }

    [Fact]
    public void A_bound_at_infinity_is_not_written()
    {
        Expr zero = Expr.Number(0);
        Assert.Equal(new ExprText(@"\max\left(A,\; -2\right)", "max(A, −2)"), Expr.Clamp(A, -2, double.PositiveInfinity).Print([]));
        Assert.Equal(new ExprText(@"\min\left(A,\; 2\right)", "min(A, 2)"), Expr.Clamp(A, double.NegativeInfinity, 2).Print([]));
        Assert.Equal(
            new ExprText(@"x \, \mathbb{1}\left[A \le 2\right]", "x·1[A ≤ 2]"),
            Expr.SelectInside(A, double.NegativeInfinity, 2, X, zero).Print([]));
        Assert.Equal(
            new ExprText(@"x \, \mathbb{1}\left[-2 \le A\right]", "x·1[−2 ≤ A]"),
            Expr.SelectInside(A, -2, double.PositiveInfinity, X, zero).Print([]));
        Assert.Equal("1[0 ≤ A ≤ 2]", Expr.SelectInside(A, 0, 2, Expr.Number(1), zero).ToString());
        Assert.Equal("(x + y)·1[0 ≤ A ≤ 2]", Expr.SelectInside(A, 0, 2, X + Y, zero).ToString());
        Assert.Equal(
            new ExprText(
                @"\begin{cases} x & \text{if } 0 \le A \le 2 \\ y & \text{otherwise} \end{cases}", "{ x if 0 ≤ A ≤ 2; y otherwise }"),
            Expr.SelectInside(A, 0, 2, X, Y).Print([]));
    }

    [Fact]
    public void A_choice_between_numbers_is_made_at_once()
    {
        Expr Chosen(double left, double right) => Expr.SelectByOrder(Expr.Number(left), Expr.Number(right), X, Y, Z);
        Assert.Equal((X, Y, Z), (Chosen(1, 2), Chosen(2, 2), Chosen(3, 2)));
        Expr Within(double at) => Expr.SelectInside(Expr.Number(at), 1, 2, X, Y);
        Assert.Equal((Y, X, X, X, Y), (Within(0.5), Within(1), Within(1.5), Within(2), Within(2.5)));
        Assert.Equal((Expr.Number(1), Expr.Number(1.5), Expr.Number(2)), (Limited(0), Limited(1.5), Limited(3)));
        Assert.Equal(Expr.Number(2), Expr.Clamp(Expr.Number(7), 2, 2));
        Assert.Equal("clip(7, 3, 2)", Expr.Clamp(Expr.Number(7), 3, 2).ToString());
        Assert.Equal(Y, Expr.SelectByOrder(A, A, X, Y, Z));

        static Expr Limited(double at) => Expr.Clamp(Expr.Number(at), 1, 2);
    }

    [Fact]
    public void Numbers_of_up_to_a_thousand_fold()
    {
        Assert.Equal("1001", (Expr.Number(1000) + Expr.Number(1)).ToString());
        Assert.Equal("−(x − y)/A", (-((X - Y) / A)).ToString());
        Assert.Equal("y − x", (-(X - Y)).ToString());
        Assert.Equal(@"\tfrac{1}{3} \, x", (X / Expr.Number(3)).Print([]).Latex);
        Assert.Equal("x/0.7", (X / Expr.Number(0.7)).ToString());
        Assert.Equal("−x/0.7", (X / Expr.Number(-0.7)).ToString());
    }

    [Fact]
    public void A_name_keeps_its_place_sign_and_factor()
    {
        ExprDefinition delta = new("δ", X - Y);
        Assert.Equal("δ + A", (X - Y + A).Readable([delta]).ToString());
        Assert.Equal("A + δ + z", (A + X - Y + Z).Readable([delta]).ToString());
        ExprDefinition product = new("h", (X - Y) * Z);
        Assert.Equal("h·A", ((X - Y) * Z * A).Readable([product]).ToString());
        Assert.Equal("−h·A", ((Y - X) * Z * A).Readable([product]).ToString());
        ExprDefinition square = new("q", (X - Y) * (X - Y) * Z);
        Assert.Equal("q·A", ((Y - X) * (Y - X) * Z * A).Readable([square]).ToString());
        ExprDefinition cube = new("k", (X - Y) * (X - Y) * (X - Y) * Z);
        Assert.Equal("−k·A", ((Y - X) * (Y - X) * (Y - X) * Z * A).Readable([cube]).ToString());
        Assert.Equal("3·w·A", Expr.Scale(X * Y * A, 6).Readable([new("w", Expr.Scale(X * Y, 2))]).ToString());
    }

    [Fact]
    public void The_side_of_the_clip_in_a_comparison_does_not_matter()
    {
        Dual<Expr> ratio = Dual<Expr>.Exp(Dual<Expr>.Variable(X));
        Dual<Expr> a = Dual<Expr>.Constant(A);
        Dual<Expr> clipFirst = Dual<Expr>.Min(Dual<Expr>.Clamp(ratio, 0.75, 1.5) * a, ratio * a);
        Dual<Expr> clipLast = Dual<Expr>.Min(ratio * a, Dual<Expr>.Clamp(ratio, 0.75, 1.5) * a);
        Assert.Equal("{ 0 if clip(ρ, 0.75, 1.5)·A < ρ·A; ρ·A otherwise }", clipFirst.Tangent.Readable([new("ρ", Expr.Exp(X))]).ToString());
        Assert.Equal("{ ρ·A if ρ·A ≤ clip(ρ, 0.75, 1.5)·A; 0 otherwise }", clipLast.Tangent.Readable([new("ρ", Expr.Exp(X))]).ToString());
    }

    [Property]
    public void Several_divisors_are_multiplied_before_they_divide(Signal x, Signal y, Signal z)
    {
        double Value(string name) => name == "x" ? x : name == "y" ? y + 10 : z + 10;
        double expected = x / ((y + 10) * (z + 10) * (z + 10));
        Derivative.AssertClose(expected, (X / (Y * Z * Z)).Evaluate<Real>(0, name => Value(name)), 1e-13);
        Derivative.AssertClose(1 / (y + 10), (Expr.Number(1) / Y).Evaluate<Real>(0, name => Value(name)), 1e-13);
    }
}
