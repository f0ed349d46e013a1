using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>A formula on the symbolic carrier prints as it is written in the papers.</summary>
public sealed class ExprLaws
{
    private static readonly Expr LogProb = Expr.Symbol(@"\ell");
    private static readonly Expr Old = Expr.Symbol(@"\ell_{old}");
    private static readonly Expr Advantage = Expr.Symbol("A");

    [Fact]
    public void The_clipped_surrogate_prints_as_in_the_paper() => Assert.Equal(
        @"-\min\left(e^{\ell - \ell_{old}} \, A, \operatorname{clip}\left(e^{\ell - \ell_{old}}, 0.8, 1.28\right) \, A\right)",
        PolicyLosses.PpoClip(LogProb, Old, Advantage, 0.2, 0.28).Latex);

    [Fact]
    public void The_derivative_of_reinforce_prints_without_redundant_terms() => Assert.Equal(
        "-A", PolicyLosses.Reinforce(Dual<Expr>.Variable(LogProb), Dual<Expr>.Constant(Advantage)).Tangent.Latex);

    [Fact]
    public void The_estimators_print() => Assert.Equal(
        [@"\ell - \ell_{old}", @"0.5 \, \left(\ell - \ell_{old}\right) \, \left(\ell - \ell_{old}\right)", @"e^{\ell_{old} - \ell} - 1 - \left(\ell_{old} - \ell\right)"],
        [KlEstimators.K1(LogProb, Old).Latex, KlEstimators.K2(LogProb, Old).Latex, KlEstimators.K3(LogProb, Old).Latex]);

    [Fact]
    public void Redundant_zeros_and_ones_are_left_out()
    {
        Expr zero = Expr.Constant(LogProb, 0);
        Expr one = Expr.Constant(LogProb, 1);
        Assert.Equal([LogProb, LogProb, LogProb, LogProb, LogProb], [LogProb + zero, zero + LogProb, LogProb - zero, one * LogProb, LogProb / one]);
        Assert.Equal([zero, zero, zero, -LogProb], [zero * LogProb, LogProb * zero, zero / LogProb, zero - LogProb]);
        Assert.Equal(default, zero);
    }

    [Fact]
    public void Brackets_stand_where_the_meaning_needs_them()
    {
        Expr sum = LogProb + Old;
        Assert.Equal(@"\left(\ell + \ell_{old}\right) \, A", (sum * Advantage).Latex);
        Assert.Equal(@"A - \left(\ell + \ell_{old}\right)", (Advantage - sum).Latex);
        Assert.Equal(@"-\left(\ell + \ell_{old}\right)", (-sum).Latex);
        Assert.Equal(@"A \, \left(-\ell\right)", (Advantage * -LogProb).Latex);
        Assert.Equal(@"\frac{\ell + \ell_{old}}{A}", (sum / Advantage).Latex);
        Assert.Equal(@"A \, e^{-\ell}", (Advantage * Expr.Exp(-LogProb)).Latex);
    }

    [Fact]
    public void Selections_print_as_cases()
    {
        Assert.Equal(@"\begin{cases} \ell & A \le 0 \\ \ell_{old} & A > 0 \end{cases}", Expr.SelectByOrder(Advantage, default, LogProb, LogProb, Old).Latex);
        Assert.Equal(@"\begin{cases} \ell & A < 0 \\ \ell_{old} & A \ge 0 \end{cases}", Expr.SelectByOrder(Advantage, default, LogProb, Old, Old).Latex);
        Assert.Equal(LogProb, Expr.SelectByOrder(Advantage, default, LogProb, LogProb, LogProb));
        Assert.Equal(@"\begin{cases} \ell & -1 \le A \le 1 \\ 0 & \text{otherwise} \end{cases}", Expr.SelectInside(Advantage, -1, 1, LogProb, default).Latex);
        Assert.Equal(@"\min\left(A, 2\right)", Expr.Clamp(Advantage, double.NegativeInfinity, 2).Latex);
        Assert.Equal(Advantage, Expr.Clamp(Advantage, double.NegativeInfinity, double.PositiveInfinity));
    }

    [Fact]
    public void Every_function_has_a_name()
    {
        Assert.Equal(@"\log \sigma\left(A\right)", Expr.LogSigmoid(Advantage).Latex);
        Assert.Equal(@"\log\left(1 + A\right)", Expr.LogP1(Advantage).Latex);
        Assert.Equal(@"\log\left(1 - e^{A}\right)", Expr.Log1MExp(Advantage).Latex);
        Assert.Equal(@"\sqrt{A} + \left|A\right|", (Expr.Sqrt(Advantage) + Expr.Abs(Advantage)).Latex);
        Assert.Equal(@"\operatorname{sg}\left(\sigma\left(A\right)\right)", Expr.StopGradient(Expr.Sigmoid(Advantage)).Latex);
        Assert.Equal("A - 2", Expr.Shift(Advantage, -2).Latex);
    }
}
