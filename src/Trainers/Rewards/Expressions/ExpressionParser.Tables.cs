namespace RlCore.Trainers.Rewards;

internal sealed partial class ExpressionParser
{
    private const int MostColumns = 12;

    private ExpressionNode ParseTable()
    {
        string kind = TakeName();
        if (kind == "array")
        {
            _ = TakeName();
        }

        if (kind is not ("array" or "matrix" or "pmatrix" or "bmatrix" or "Bmatrix" or "vmatrix" or "smallmatrix"))
        {
            return Fail();
        }

        var rows = new List<List<ExpressionNode>> { new() };
        while (!_failed && !(Next.Kind == LatexTokenKind.Command && Next.Text == "end"))
        {
            if (TryTake(@"\\"))
            {
                rows.Add([]);
            }
            else
            {
                rows[^1].Add(ParseStatement());
                _failed |= !TryTake("&") && !Next.Is(@"\\") && Next.Text != "end";
            }
        }

        Take();
        _ = TakeName();
        rows.RemoveAll(row => row.Count == 0);
        bool isTable = rows.Count is > 0 and <= MostColumns
            && rows[0].Count <= MostColumns
            && rows.TrueForAll(row => row.Count == rows[0].Count);
        if (_failed || !isTable)
        {
            return Fail();
        }

        var matrix = new MatrixNode(rows);
        return kind == "vmatrix" ? new ApplyNode("det", matrix) : matrix;
    }

    private string TakeName()
    {
        string name = "";
        if (!TryTake("{"))
        {
            Fail();
        }

        while (!_failed && !Next.Is("}") && Next.Kind != LatexTokenKind.End)
        {
            name += Take().Text;
        }

        Take();
        return name;
    }
}
