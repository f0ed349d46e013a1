namespace RlCore.Engines.Managed;

/// <content>The members of <see cref="RlCore.Algebra.IAlgebra{T}"/>.</content>
public readonly unsafe partial struct ManagedTensor
{
    /// <inheritdoc/>
    public static ManagedTensor operator +(ManagedTensor left, ManagedTensor right)
    {
        var (a, b) = (left.Node, EqualShapes(left, right));
        var result = Apply<AddOperation>(a, b);
        Record(result, &AddBackward, a, b);
        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor operator -(ManagedTensor left, ManagedTensor right) => Binary<SubtractOperation>(left, right);

    /// <inheritdoc/>
    public static ManagedTensor operator *(ManagedTensor left, ManagedTensor right) => Binary<MultiplyOperation>(left, right);

    /// <inheritdoc/>
    public static ManagedTensor operator /(ManagedTensor left, ManagedTensor right) => Binary<DivideOperation>(left, right);

    /// <inheritdoc/>
    public static ManagedTensor operator -(ManagedTensor x) => Unary<ScaleOperation>(x, -1);

    /// <inheritdoc/>
    public static ManagedTensor Scale(ManagedTensor x, double factor) => Unary<ScaleOperation>(x, (float)factor);

    /// <inheritdoc/>
    public static ManagedTensor Shift(ManagedTensor x, double offset) => Unary<ShiftOperation>(x, (float)offset);

    /// <inheritdoc/>
    public static ManagedTensor Constant(ManagedTensor like, double value)
    {
        var node = like.Node;
        var result = node.Engine.NewNode(node.Rows, node.Columns);
        Elementwise.Fill(node.Engine.Pool, result.Data, result.Length, (float)value);
        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor Exp(ManagedTensor x) => Unary<ExpOperation>(x);

    /// <inheritdoc/>
    public static ManagedTensor Log(ManagedTensor x) => Unary<LogOperation>(x);

    /// <inheritdoc/>
    public static ManagedTensor Sqrt(ManagedTensor x) => Unary<SqrtOperation>(x);

    /// <inheritdoc/>
    public static ManagedTensor Abs(ManagedTensor x) => Unary<AbsOperation>(x);

    /// <inheritdoc/>
    public static ManagedTensor ExpM1(ManagedTensor x) => Unary<ExpM1Operation>(x);

    /// <inheritdoc/>
    public static ManagedTensor LogP1(ManagedTensor x) => Unary<LogP1Operation>(x);

    /// <inheritdoc/>
    public static ManagedTensor ExpM1MinusX(ManagedTensor x) => Unary<ExpM1MinusXOperation>(x);

    /// <inheritdoc/>
    public static (ManagedTensor Value, ManagedTensor Slope) ExpM1MinusXWithSlope(ManagedTensor x) => (ExpM1MinusX(x), ExpM1(x));

    /// <inheritdoc/>
    public static ManagedTensor Log1MExp(ManagedTensor x) => Unary<Log1MExpOperation>(x);

    /// <inheritdoc/>
    public static ManagedTensor Sigmoid(ManagedTensor x) => Unary<SigmoidOperation>(x);

    /// <inheritdoc/>
    public static ManagedTensor LogSigmoid(ManagedTensor x) => Unary<LogSigmoidOperation>(x);

    /// <inheritdoc/>
    public static (ManagedTensor Value, ManagedTensor Slope) LogSigmoidWithSlope(ManagedTensor x) => (LogSigmoid(x), Sigmoid(-x));

    /// <inheritdoc/>
    public static ManagedTensor Min(ManagedTensor left, ManagedTensor right) => Binary<MinOperation>(left, right);

    /// <inheritdoc/>
    public static ManagedTensor Max(ManagedTensor left, ManagedTensor right) => Binary<MaxOperation>(left, right);

    /// <inheritdoc/>
    public static ManagedTensor Clamp(ManagedTensor x, double low, double high) => Unary<ClampOperation>(x, (float)low, (float)high);

    /// <inheritdoc/>
    public static ManagedTensor StopGradient(ManagedTensor x)
    {
        var node = x.Node;
        return new ManagedTensor(node.Engine.NewView(node, node.Rows, node.Columns));
    }

    /// <inheritdoc/>
    public static ManagedTensor SelectByOrder(
        ManagedTensor left, ManagedTensor right, ManagedTensor less, ManagedTensor equal, ManagedTensor greater)
    {
        var (a, b, c, d, e) = (
            left.Node, EqualShapes(left, right), EqualShapes(left, less), EqualShapes(left, equal), EqualShapes(left, greater));
        var result = a.Engine.NewNode(a.Rows, a.Columns);
        Selection.ByOrder(a.Engine.Pool, a, b, c, d, e, result);
        if (c.RequiresGradient || d.RequiresGradient || e.RequiresGradient)
        {
            Record(result, &Selection.ByOrderBackward, a, b, c, d, e);
        }

        return new ManagedTensor(result);
    }

    /// <inheritdoc/>
    public static ManagedTensor SelectInside(ManagedTensor x, double low, double high, ManagedTensor inside, ManagedTensor outside)
    {
        var (a, b, c) = (x.Node, EqualShapes(x, inside), EqualShapes(x, outside));
        var result = a.Engine.NewNode(a.Rows, a.Columns);
        (result.Scalar0, result.Scalar1) = ((float)low, (float)high);
        Selection.Inside(a.Engine.Pool, a, b, c, result);
        if (b.RequiresGradient || c.RequiresGradient)
        {
            Record(result, &Selection.InsideBackward, a, b, c);
        }

        return new ManagedTensor(result);
    }

    private static ManagedTensor Unary<TOperation>(ManagedTensor x, float p = 0, float q = 0)
        where TOperation : struct, IUnaryOperation
    {
        var node = x.Node;
        var result = node.Engine.NewNode(node.Rows, node.Columns);
        (result.Scalar0, result.Scalar1) = (p, q);
        Elementwise.Unary<TOperation>(node.Engine.Pool, node.Data, result.Data, node.Length, p, q);
        Record(result, &Elementwise.UnaryBackward<TOperation>, node);
        return new ManagedTensor(result);
    }

    private static ManagedTensor Binary<TOperation>(ManagedTensor left, ManagedTensor right)
        where TOperation : struct, IBinaryOperation
    {
        var (a, b) = (left.Node, EqualShapes(left, right));
        var result = Apply<TOperation>(a, b);
        Record(result, &Elementwise.BinaryBackward<TOperation>, a, b);
        return new ManagedTensor(result);
    }

    private static Node Apply<TOperation>(Node a, Node b)
        where TOperation : struct, IBinaryValue
    {
        var result = a.Engine.NewNode(a.Rows, a.Columns);
        Elementwise.Binary<TOperation>(a.Engine.Pool, a.Data, b.Data, result.Data, a.Length);
        return result;
    }

    // The right operand first: the left one may then take the gradient's memory over.
    private static void AddBackward(Node node)
    {
        if (node.B!.Accepts(out var right))
        {
            Elementwise.Add(node.Engine.Pool, node.Arrived, right, node.Length);
        }

        node.HandGradientTo(node.A!);
    }
}
