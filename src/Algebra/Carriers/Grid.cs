namespace RlCore.Algebra;

/// <summary>
/// A [batch, time] grid of any scalar carrier, masks and reductions included: <c>Grid&lt;Real&gt;</c> is the reference
/// meaning of every shaped loss, <c>Grid&lt;Dual&lt;Real&gt;&gt;</c> its derivative along one direction.
/// </summary>
/// <remarks>Immutable. Written to be obviously correct rather than fast.</remarks>
/// <typeparam name="S">The scalar carrier.</typeparam>
public readonly struct Grid<S> : ISequenceAlgebra<Grid<S>>
    where S : struct, IAlgebra<S>
{
    private readonly S[] _values;

    private Grid(int rows, int columns, S[] values)
    {
        Rows = rows;
        Columns = columns;
        _values = values;
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <summary>All elements, row-major.</summary>
    public ReadOnlySpan<S> Values => _values;

    /// <summary>One element.</summary>
    /// <param name="row">Row, from 0.</param>
    /// <param name="column">Column, from 0.</param>
    public S this[int row, int column] => _values[(row * Columns) + column];

    /// <summary>A grid of given elements.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="values">rows · columns elements, row-major; copied.</param>
    /// <exception cref="ArgumentException">The number of elements is not rows · columns.</exception>
    public static Grid<S> Of(int rows, int columns, ReadOnlySpan<S> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        CheckCount(rows, columns, values.Length, nameof(values));
        return new(rows, columns, values.ToArray());
    }

    /// <summary>A 1 × 1 grid.</summary>
    /// <param name="value">Its element.</param>
    public static Grid<S> Scalar(S value) => new(1, 1, [value]);

    /// <inheritdoc/>
    public static Grid<S> operator +(Grid<S> left, Grid<S> right) => Zip(left, right, (x, y) => x + y);

    /// <inheritdoc/>
    public static Grid<S> operator -(Grid<S> left, Grid<S> right) => Zip(left, right, (x, y) => x - y);

    /// <inheritdoc/>
    public static Grid<S> operator *(Grid<S> left, Grid<S> right) => Zip(left, right, (x, y) => x * y);

    /// <inheritdoc/>
    public static Grid<S> operator /(Grid<S> left, Grid<S> right) => Zip(left, right, (x, y) => x / y);

    /// <inheritdoc/>
    public static Grid<S> operator -(Grid<S> x) => Each(x, v => -v);

    /// <inheritdoc/>
    public static Grid<S> Scale(Grid<S> x, double factor) => Each(x, v => S.Scale(v, factor));

    /// <inheritdoc/>
    public static Grid<S> Shift(Grid<S> x, double offset) => Each(x, v => S.Shift(v, offset));

    /// <inheritdoc/>
    public static Grid<S> Constant(Grid<S> like, double value) => Each(like, v => S.Constant(v, value));

    /// <inheritdoc/>
    public static Grid<S> Exp(Grid<S> x) => Each(x, S.Exp);

    /// <inheritdoc/>
    public static Grid<S> Log(Grid<S> x) => Each(x, S.Log);

    /// <inheritdoc/>
    public static Grid<S> Sqrt(Grid<S> x) => Each(x, S.Sqrt);

    /// <inheritdoc/>
    public static Grid<S> Abs(Grid<S> x) => Each(x, S.Abs);

    /// <inheritdoc/>
    public static Grid<S> ExpM1(Grid<S> x) => Each(x, S.ExpM1);

    /// <inheritdoc/>
    public static Grid<S> LogP1(Grid<S> x) => Each(x, S.LogP1);

    /// <inheritdoc/>
    public static Grid<S> ExpM1MinusX(Grid<S> x) => Each(x, S.ExpM1MinusX);

    /// <inheritdoc/>
    public static (Grid<S> Value, Grid<S> Slope) ExpM1MinusXWithSlope(Grid<S> x) => (ExpM1MinusX(x), ExpM1(x));

    /// <inheritdoc/>
    public static Grid<S> Log1MExp(Grid<S> x) => Each(x, S.Log1MExp);

    /// <inheritdoc/>
    public static Grid<S> Sigmoid(Grid<S> x) => Each(x, S.Sigmoid);

    /// <inheritdoc/>
    public static Grid<S> LogSigmoid(Grid<S> x) => Each(x, S.LogSigmoid);

    /// <inheritdoc/>
    public static (Grid<S> Value, Grid<S> Slope) LogSigmoidWithSlope(Grid<S> x) => (LogSigmoid(x), Sigmoid(-x));

    /// <inheritdoc/>
    public static Grid<S> Min(Grid<S> left, Grid<S> right) => Zip(left, right, S.Min);

    /// <inheritdoc/>
    public static Grid<S> Max(Grid<S> left, Grid<S> right) => Zip(left, right, S.Max);

    /// <inheritdoc/>
    public static Grid<S> Clamp(Grid<S> x, double low, double high) => Each(x, v => S.Clamp(v, low, high));

    /// <inheritdoc/>
    public static Grid<S> StopGradient(Grid<S> x) => Each(x, S.StopGradient);

    /// <inheritdoc/>
    public static Grid<S> SelectByOrder(Grid<S> left, Grid<S> right, Grid<S> less, Grid<S> equal, Grid<S> greater)
    {
        CheckSame(left, right);
        CheckSame(left, less);
        CheckSame(left, equal);
        CheckSame(left, greater);
        return Index(left, i => S.SelectByOrder(left._values[i], right._values[i], less._values[i], equal._values[i], greater._values[i]));
    }

    /// <inheritdoc/>
    public static Grid<S> SelectInside(Grid<S> x, double low, double high, Grid<S> inside, Grid<S> outside)
    {
        CheckSame(x, inside);
        CheckSame(x, outside);
        return Index(x, i => S.SelectInside(x._values[i], low, high, inside._values[i], outside._values[i]));
    }

    /// <inheritdoc/>
    public static Grid<S> FromValues(Grid<S> like, int rows, int columns, ReadOnlySpan<double> values)
    {
        CheckCount(rows, columns, values.Length, nameof(values));
        var result = new S[values.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = S.Constant(Element(like), values[i]);
        }

        return new(rows, columns, result);
    }

    /// <inheritdoc/>
    public static Grid<S> Where(SequenceMask mask, Grid<S> x, Grid<S> otherwise)
    {
        CheckMask(x, mask);
        CheckSame(x, otherwise);
        return Index(x, i => mask.Flags[i] ? x._values[i] : otherwise._values[i]);
    }

    /// <inheritdoc/>
    public static Grid<S> SumOverTime(Grid<S> x, SequenceMask mask)
    {
        CheckMask(x, mask);
        var sums = new S[x.Rows];
        for (int row = 0; row < x.Rows; row++)
        {
            S sum = S.Constant(Element(x), 0);
            for (int column = 0; column < x.Columns; column++)
            {
                sum = mask[row, column] ? sum + x[row, column] : sum;
            }

            sums[row] = sum;
        }

        return new(x.Rows, 1, sums);
    }

    /// <inheritdoc/>
    public static Grid<S> SumOverBatch(Grid<S> x)
    {
        var sums = new S[x.Columns];
        for (int column = 0; column < x.Columns; column++)
        {
            S sum = S.Constant(Element(x), 0);
            for (int row = 0; row < x.Rows; row++)
            {
                sum += x[row, column];
            }

            sums[column] = sum;
        }

        return new(1, x.Columns, sums);
    }

    /// <inheritdoc/>
    public static Grid<S> ExpandOverTime(Grid<S> x, int columns)
    {
        CheckShape(x, x.Rows, 1, nameof(x));
        var result = new S[x.Rows * columns];
        for (int row = 0; row < x.Rows; row++)
        {
            result.AsSpan(row * columns, columns).Fill(x._values[row]);
        }

        return new(x.Rows, columns, result);
    }

    /// <inheritdoc/>
    public static Grid<S> ExpandOverBatch(Grid<S> x, int rows)
    {
        CheckShape(x, 1, x.Columns, nameof(x));
        var result = new S[rows * x.Columns];
        for (int row = 0; row < rows; row++)
        {
            x._values.CopyTo(result, row * x.Columns);
        }

        return new(rows, x.Columns, result);
    }

    /// <inheritdoc/>
    public static Grid<S> MapElements<TFormula>(
        TFormula formula, Grid<S> variable, Grid<S> first, Grid<S> second, Grid<S> third, Grid<S> fourth)
        where TFormula : struct, IElementFormula
    {
        CheckSame(variable, first);
        CheckSame(variable, second);
        CheckSame(variable, third);
        CheckSame(variable, fourth);
        return Index(variable, i => formula.Evaluate(
            variable._values[i],
            S.StopGradient(first._values[i]),
            S.StopGradient(second._values[i]),
            S.StopGradient(third._values[i]),
            S.StopGradient(fourth._values[i])));
    }

    /// <summary>Shape and elements.</summary>
    public override string ToString() => $"{Rows} × {Columns}: {string.Join(", ", _values ?? [])}";

    private static Grid<S> Each(Grid<S> x, Func<S, S> function) => Index(x, i => function(x._values[i]));

    private static Grid<S> Zip(Grid<S> left, Grid<S> right, Func<S, S, S> function)
    {
        CheckSame(left, right);
        return Index(left, i => function(left._values[i], right._values[i]));
    }

    private static Grid<S> Index(Grid<S> shape, Func<int, S> element)
    {
        var result = new S[shape.Rows * shape.Columns];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = element(i);
        }

        return new(shape.Rows, shape.Columns, result);
    }

    private static void CheckSame(Grid<S> left, Grid<S> right) => CheckShape(right, left.Rows, left.Columns, nameof(right));

    private static void CheckMask(Grid<S> x, SequenceMask mask)
    {
        if (x.Rows != mask.Rows || x.Columns != mask.Columns)
        {
            throw new ArgumentException($"The mask is {mask.Rows} × {mask.Columns}, but the grid is {x.Rows} × {x.Columns}.", nameof(mask));
        }
    }

    private static void CheckShape(Grid<S> x, int rows, int columns, string name)
    {
        if (x.Rows != rows || x.Columns != columns)
        {
            throw new ArgumentException($"A grid of {x.Rows} × {x.Columns} was given where {rows} × {columns} is needed.", name);
        }
    }

    // An engine's tensor makes a constant only beside another tensor, which says where it lives.
    private static S Element(Grid<S> like) => like._values is { Length: > 0 } values ? values[0] : default;

    private static void CheckCount(int rows, int columns, int count, string name)
    {
        if (count != rows * columns)
        {
            throw new ArgumentException($"A grid of {rows} × {columns} needs {rows * columns} values, but {count} were given.", name);
        }
    }
}
