namespace RlCore.Trainers.Rewards;

/// <summary>Matrices that are written as products.</summary>
internal static class Matrices
{
    private const int MostFactors = 3;

    /// <summary>Reads a matrix: as it stands, times a number, or as a product of few matrices.</summary>
    /// <param name="node">The expression.</param>
    /// <returns>The matrix; null if there is none.</returns>
    public static MatrixNode? Read(ExpressionNode node)
    {
        if (node is MatrixNode matrix)
        {
            return matrix;
        }

        if (node is not ApplyNode { Function: "*" } || node.Parts.Count(part => part is MatrixNode) is 0 or > MostFactors)
        {
            return null;
        }

        ExpressionNode[] scalars = [.. node.Parts.Where(part => part is not MatrixNode)];
        MatrixNode? product = null;
        foreach (MatrixNode factor in node.Parts.OfType<MatrixNode>())
        {
            product = product is null ? factor : Times(product, factor);
            if (product is null)
            {
                return null;
            }
        }

        return scalars.Length == 0
            ? product
            : new MatrixNode([.. product!.Rows.Select(
                row => row.Select(cell => (ExpressionNode)new ApplyNode("*", [.. scalars, cell])).ToArray())]);
    }

    private static MatrixNode? Times(MatrixNode left, MatrixNode right) => left.Columns != right.Rows.Count
        ? null
        : new MatrixNode([.. left.Rows.Select(row => Enumerable.Range(0, right.Columns)
            .Select(column => (ExpressionNode)new ApplyNode(
                "+", [.. row.Select((cell, i) => new ApplyNode("*", cell, right.Rows[i][column]))]))
            .ToArray())]);
}
