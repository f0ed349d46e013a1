namespace RlCore.Algebra;

/// <summary>
/// A comparison of f·u with f·clip(u, low, high): inside of the bounds the two are equal, outside they are not. So a
/// selection by the same bounds is decided in each branch of the comparison.
/// </summary>
internal sealed record ClampedSide(ExprNode U, double Low, double High, IReadOnlyList<ExprFactor> Common)
{
    /// <summary>The comparison's f and u, if it has this shape.</summary>
    public static ClampedSide? Find(ExprNode left, ExprNode right) => Match(left, right) ?? Match(right, left);

    /// <summary>What a branch is where u is strictly outside.</summary>
    public ExprNode WhereOutside(ExprNode branch) => Decide(branch, inside: false);

    /// <summary>What a branch is where u is inside, or f = 0: there it must be a multiple of f.</summary>
    public ExprNode WhereInside(ExprNode branch) => Decide(branch, inside: true);

    private static ClampedSide? Match(ExprNode plain, ExprNode clamped)
    {
        ExprFactor[] factors = [.. Simplify.Factors(Simplify.Split(clamped).Node)];
        if (factors.FirstOrDefault(factor => factor is { Power: 1, Node: ClampNode }).Node is not ClampNode clamp)
        {
            return null;
        }

        ExprFactor[] common = [.. factors.Where(factor => factor.Node != clamp)];
        ExprNode unclamped = Simplify.Multiply(Simplify.Product(Simplify.Split(clamped).Coefficient, common), clamp.X);
        return unclamped.Key == plain.Key ? new(clamp.X, clamp.Low, clamp.High, common) : null;
    }

    private ExprNode Decide(ExprNode branch, bool inside) => Readability.Rebuild(branch, node =>
        node is InsideNode selection && selection.X.Key == U.Key && selection.Low == Low && selection.High == High
            && (!inside || VanishesWithCommon(selection))
            ? inside ? selection.Inside : selection.Outside
            : node);

    // Where f = 0 both branches are zero, whichever is taken.
    private bool VanishesWithCommon(InsideNode selection) =>
        Common.Count == 0 || (HasCommon(selection.Inside) && HasCommon(selection.Outside));

    private bool HasCommon(ExprNode node)
    {
        string[] keys = [.. Simplify.Factors(Simplify.Split(node).Node)
            .Where(factor => factor.Power > 0)
            .Select(factor => factor.Node.Key)];
        return Simplify.IsZero(node) || Common.All(factor => keys.Contains(factor.Node.Key));
    }
}
