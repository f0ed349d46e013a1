using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>What simplifying, evaluating and printing of expressions does in cases that few formulas meet.</summary>
public sealed class SymbolicLaws
{
    private const double Low = 0.8;
    private const double High = 1.3;

    private static readonly SymbolNode A = new("A");
    private static readonly SymbolNode B = new("B");
    private static readonly SymbolNode Ratio = new("ρ");
    private static readonly SymbolNode X = new("x");
    private static readonly SymbolNode Y = new("y");

    // ρ = clip(ρ) times A holds inside of the bounds, and where A = 0.
    [Fact]
    public void Where_both_sides_are_equal_a_selection_is_decided_only_if_it_vanishes_with_the_common_factor()
    {
        ClampedSide side = Side(A);
        Assert.Equal(Times(A, X).Key, side.WhereInside(Selection(Times(A, X), Times(A, Y))).Key);
        Assert.Equal(Times(A, X).Key, side.WhereInside(Selection(Times(A, X), Simplify.Zero)).Key);
        foreach ((ExprNode inside, ExprNode outside) in new (ExprNode, ExprNode)[] { (X, Y), (Times(A, X), Y), (X, Times(A, Y)) })
        {
            Assert.Equal(Selection(inside, outside).Key, side.WhereInside(Selection(inside, outside)).Key);
            Assert.Equal(outside.Key, side.WhereOutside(Selection(inside, outside)).Key);
        }
    }

    [Fact]
    public void Of_several_common_factors_all_must_be_there()
    {
        ClampedSide side = Side(A, B);
        ExprNode half = Selection(Times(A, X), Times(A, Y));
        ExprNode whole = Selection(Times(Times(A, B), X), Times(Times(B, A), Y));
        Assert.Equal(half.Key, side.WhereInside(half).Key);
        Assert.Equal(Times(Times(A, B), X).Key, side.WhereInside(whole).Key);
    }

    [Fact]
    public void Without_a_common_factor_a_selection_is_decided_on_either_side()
    {
        ClampedSide side = Side();
        Assert.Equal(X.Key, side.WhereInside(Selection(X, Y)).Key);
        Assert.Equal(Y.Key, side.WhereOutside(Selection(X, Y)).Key);
        Assert.Equal(new InsideNode(X, Low, High, A, B).Key, side.WhereInside(new InsideNode(X, Low, High, A, B)).Key);
        Assert.Equal(new InsideNode(Ratio, 0, High, A, B).Key, side.WhereInside(new InsideNode(Ratio, 0, High, A, B)).Key);
    }

    [Fact]
    public void A_shared_part_is_evaluated_once()
    {
        int asked = 0;
        var evaluator = new ExprEvaluator<Real>(0, _ =>
        {
            asked++;
            return 3;
        });
        ExprNode shared = Simplify.Call(ExprFunction.Exp, [X]);
        ExprNode sum = Simplify.Add(Times(shared, shared), Times(A, shared));
        Assert.Equal((Math.Exp(3) * Math.Exp(3)) + (3 * Math.Exp(3)), (double)evaluator.Evaluate(sum));
        Assert.Equal(2, asked);
    }

    [Fact]
    public void Powers_of_selections_stand_in_brackets()
    {
        var printer = new ExprPrinter([]);
        ExprNode cases = new OrderNode(A, Simplify.Zero, X, Y, Y);
        Assert.Equal("({ x if A < 0; y otherwise })²", printer.Print(Times(cases, cases)).Plain);
        Assert.Equal("B·{ x if A < 0; y otherwise }", printer.Print(Times(B, cases)).Plain);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(-1.7)]
    [InlineData(0.7500000001)]
    public void A_power_of_two_in_two_factors_is_that_of_one(double x)
    {
        for (int n = -1080; n <= 1024; n++)
        {
            Assert.Equal(Math.ScaleB(x, n), DoubleLanes.TimesTwoPowers(DoubleLanes.Of(x), DoubleLanes.Of(n))[5]);
        }

        for (int n = -150; n <= 128; n++)
        {
            Assert.Equal(MathF.ScaleB((float)x, n), FloatLanes.TimesTwoPowers(FloatLanes.Of(x), FloatLanes.Of(n))[11]);
        }
    }

    private static ExprNode Times(ExprNode left, ExprNode right) => Simplify.Multiply(left, right);

    private static InsideNode Selection(ExprNode inside, ExprNode outside) => new(Ratio, Low, High, inside, outside);

    private static ClampedSide Side(params ExprNode[] common)
    {
        ExprNode clipped = common.Aggregate((ExprNode)new ClampNode(Ratio, Low, High), Times);
        ExprNode plain = common.Aggregate((ExprNode)Ratio, Times);
        return ClampedSide.Find(plain, clipped) ?? throw new InvalidOperationException("No such side is found.");
    }
}
