using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>A symbolic expression keeps the value of the formula that built it, and reads as a paper has it.</summary>
public sealed class ExprLaws
{
    private static readonly Expr X = Expr.Symbol("x");
    private static readonly Expr Y = Expr.Symbol("y");
    private static readonly Expr LogProb = Expr.Symbol("ℓ");
    private static readonly Expr Old = Expr.Symbol("ℓ_old");
    private static readonly Expr Advantage = Expr.Symbol("A");
    private static readonly ExprDefinition Ratio = new("ρ", Expr.Exp(LogProb - Old));

    [Fact]
    public void Redundant_parts_are_left_out()
    {
        Expr zero = Expr.Number(0);
        Assert.Equal(default, zero);
        Assert.All(
            new[] { X + zero, zero + X, X - zero, Expr.Scale(X, 1), X / Expr.Number(1), -(-X), X + Y - Y, X * Y / Y, Expr.Shift(X, 0) },
            same => Assert.Equal(X, same));
        Assert.All(new[] { zero * X, X * zero, zero / X, X - X, Expr.Scale(X, 0) }, nothing => Assert.Equal(zero, nothing));
    }

    [Fact]
    public void The_order_of_terms_and_factors_does_not_matter()
    {
        Assert.True(X + Y == Y + X && X * Y == Y * X && X - Y == -(Y - X));
        Assert.True(X - Y != Y - X);
        Assert.Equal((X * Y).GetHashCode(), (Y * X).GetHashCode());
    }

    [Fact]
    public void Equal_parts_are_collected()
    {
        Assert.Equal("2·x", (X + X).ToString());
        Assert.Equal("(x − y)²", ((X - Y) * (X - Y)).ToString());
        Assert.Equal("x − y", Expr.Scale((X - Y) + (X - Y), 0.5).ToString());
        Assert.Equal("−½·x", Expr.Scale(Expr.Scale(X, -2), 0.25).ToString());
    }

    [Fact]
    public void Brackets_stand_where_the_meaning_needs_them()
    {
        Assert.Equal("(x + y)·A", ((X + Y) * Advantage).ToString());
        Assert.Equal("A − x − y", (Advantage - (X + Y)).ToString());
        Assert.Equal("(x + y)/A", ((X + Y) / Advantage).ToString());
        Assert.Equal("A/(x + y)", (Advantage / (X + Y)).ToString());
        Assert.Equal("A/(x·y)", (Advantage / (X * Y)).ToString());
        Assert.Equal("exp(x)²", (Expr.Exp(X) * Expr.Exp(X)).ToString());
    }

    [Fact]
    public void Selections_print_as_cases_and_indicators()
    {
        Expr zero = Expr.Number(0);
        Assert.Equal("{ x if A < 0; y otherwise }", Expr.SelectByOrder(Advantage, zero, X, Y, Y).ToString());
        Assert.Equal("{ x if A ≤ 0; y otherwise }", Expr.SelectByOrder(Advantage, zero, X, X, Y).ToString());
        Assert.Equal("{ x if A < 0; 2 if A = 0; y otherwise }", Expr.SelectByOrder(Advantage, zero, X, Expr.Number(2), Y).ToString());
        Assert.Equal(X, Expr.SelectByOrder(Advantage, zero, X, X, X));
        Assert.Equal("x·1[−1 ≤ A ≤ 2]", Expr.SelectInside(Advantage, -1, 2, X, zero).ToString());
        Assert.Equal("{ x if −1 ≤ A ≤ 2; y otherwise }", Expr.SelectInside(Advantage, -1, 2, X, Y).ToString());
        Assert.Equal(
            "min(A, 2) + max(A, −2) + clip(A, 0, 1)",
            (Expr.Clamp(Advantage, double.NegativeInfinity, 2) + Expr.Clamp(Advantage, -2, double.PositiveInfinity)
                + Expr.Clamp(Advantage, 0, 1)).ToString());
        Assert.Equal(Advantage, Expr.Clamp(Advantage, double.NegativeInfinity, double.PositiveInfinity));
    }

    [Fact]
    public void Every_function_has_its_name()
    {
        Assert.Equal("log σ(x) + σ(y)", (Expr.LogSigmoid(X) + Expr.Sigmoid(Y)).ToString());
        Assert.Equal("√(x) + |y|", (Expr.Sqrt(X) + Expr.Abs(Y)).ToString());
        Assert.Equal("min(x, y) − max(x, y)", (Expr.Min(X, Y) - Expr.Max(X, Y)).ToString());
        Assert.Equal("sg(x)", Expr.StopGradient(Expr.StopGradient(X)).ToString());
        Assert.Equal("exp(x) − 1 − x", Expr.ExpM1MinusX(X).Readable([]).ToString());
        Assert.Equal("exp(x) − 1 + log(1 + y)", (Expr.ExpM1(X) + Expr.LogP1(Y)).Readable([]).ToString());
        Assert.Equal("log(1 − exp(x))", Expr.Log1MExp(X).Readable([]).ToString());
        Assert.Equal("log(exp(x) + exp(y))", Categorical.LogSumExp<Expr>([X, Y]).Readable([]).ToString());
    }

    [Fact]
    public void The_clipped_surrogate_prints_as_in_its_paper()
    {
        ExprConstant[] constants = [new("ε_low", 0.2013), new("ε_high", 0.2819)];
        Expr loss = PolicyLosses.PpoClip(LogProb, Old, Advantage, 0.2013, 0.2819);
        ExprText text = loss.Readable([Ratio]).Print(constants);
        Assert.Equal("−min(ρ·A, clip(ρ, 1 − ε_low, 1 + ε_high)·A)", text.Plain);
        Assert.Equal(
            @"-\min\left(\rho \, A,\; \mathrm{clip}\left(\rho,\; "
                + @"1 - \varepsilon_{\mathrm{low}},\; 1 + \varepsilon_{\mathrm{high}}\right) \, A\right)",
            text.Latex);
    }

    [Fact]
    public void Its_gradient_is_zero_where_the_clip_takes_over()
    {
        Dual<Expr> loss = PolicyLosses.PpoClip(
            Dual<Expr>.Variable(LogProb), Dual<Expr>.Constant(Old), Dual<Expr>.Constant(Advantage), 0.25, 0.5);
        Assert.Equal("{ −ρ·A if ρ·A ≤ clip(ρ, 0.75, 1.5)·A; 0 otherwise }", loss.Tangent.Readable([Ratio]).ToString());
        Assert.Equal(-Advantage, PolicyLosses.Reinforce(Dual<Expr>.Variable(LogProb), Dual<Expr>.Constant(Advantage)).Tangent);
    }

    [Fact]
    public void A_name_is_found_within_sums_and_products_whatever_the_sign()
    {
        ExprDefinition delta = new("δ", X - Y);
        ExprDefinition margin = new("h", Expr.Scale(X - Y, 0.1037));
        Assert.Equal("A − δ", (Advantage + (Y - X)).Readable([delta]).ToString());
        Assert.Equal("−h·A", (Expr.Scale(Y - X, 0.1037) * Advantage).Readable([margin]).ToString());
        Assert.Equal("x − 2·y + A", (X - Expr.Scale(Y, 2) + Advantage).Readable([delta]).ToString());
    }

    [Theory]
    [InlineData("ℓ_old,1", @"\ell_{\mathrm{old},1}")]
    [InlineData("ℓ\u0304_w", @"\bar{\ell}_{w}")]
    [InlineData("sg", @"\mathrm{sg}")]
    [InlineData("A", "A")]
    public void Names_have_a_latex_form(string name, string latex) => Assert.Equal(latex, ExprText.LatexOf(name));

    [Property]
    public void A_formula_may_be_evaluated_on_another_carrier(Number x, Signal y)
    {
        Expr formula = Expr.Sigmoid(X * Y) + Expr.Min(X, Y) - Expr.Scale(X / Expr.Shift(Expr.Exp(Y), 1), 0.1037);
        Dual<Real> expected = On(Dual<Real>.Variable((double)x), Dual<Real>.Constant((double)y));
        Dual<Real> actual = formula.Evaluate(
            default(Dual<Real>), name => name == "x" ? Dual<Real>.Variable((double)x) : Dual<Real>.Constant((double)y));
        Derivative.AssertClose(expected.Value, actual.Value, 1e-12);
        Derivative.AssertClose(expected.Tangent, actual.Tangent, 1e-12);

        static T On<T>(T x, T y)
            where T : struct, IAlgebra<T> => T.Sigmoid(x * y) + T.Min(x, y) - T.Scale(x / T.Shift(T.Exp(y), 1), 0.1037);
    }
}
