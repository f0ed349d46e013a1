using RlCore.Algebra;

namespace RlCore.Engines.Managed;

/// <summary>A matrix of float32 on the embedded CPU engine. It finds its engine through its operands.</summary>
/// <remarks>Copies are cheap: the struct points at memory that the engine's scope owns.</remarks>
public readonly partial struct ManagedTensor : ITensor<ManagedTensor>
{
    private readonly Node? _node;
    private readonly int _generation;

    internal ManagedTensor(Node node)
    {
        _node = node;
        _generation = node.Generation;
    }

    /// <inheritdoc/>
    public int Rows => Weight.Rows;

    /// <inheritdoc/>
    public int Columns => Weight.Columns;

    /// <summary>The node as an operand in float32, if the tensor still lives.</summary>
    /// <exception cref="ArgumentException">The tensor is a weight that is not stored in float32.</exception>
    internal Node Node
    {
        get
        {
            var node = Weight;
            return node.Type == WeightType.F32
                ? node
                : throw new ArgumentException(
                    $"The tensor of [{node.Rows}, {node.Columns}] is a {(node.Type == WeightType.BF16 ? "bfloat16" : "Q8_0")} weight: it "
                        + "can be the weight of Linear, the table of GatherRows, and the head of SelectedLogProbs and Sample, and nothing "
                        + "else.");
        }
    }

    /// <summary>The node, whatever type it is stored in, if the tensor still lives.</summary>
    internal Node Weight
    {
        get
        {
            if (_node is not { } node)
            {
                throw new InvalidOperationException("The tensor was never assigned.");
            }

            bool lives = node.Generation == _generation && node.Base.Generation == node.BaseGeneration;
            return lives
                ? node
                : throw new InvalidOperationException("The tensor was used after its scope had ended, or after it was released.");
        }
    }

    /// <summary>The shape, for messages.</summary>
    public override string ToString() => $"[{Rows}, {Columns}]";

    /// <summary>The engine of two operands.</summary>
    private static ManagedEngine Common(Node left, Node right) =>
        left.Engine == right.Engine ? left.Engine : throw new InvalidOperationException("The tensors belong to different engines.");

    private static Node EqualShapes(ManagedTensor like, ManagedTensor other)
    {
        var (expected, node) = (like.Node, other.Node);
        _ = Common(expected, node);
        return expected.Rows == node.Rows && expected.Columns == node.Columns
            ? node
            : throw new ArgumentException($"Shapes [{expected.Rows}, {expected.Columns}] and [{node.Rows}, {node.Columns}] must be equal.");
    }

    private static void CheckShape(Node node, int rows, int columns, string name)
    {
        if (node.Rows != rows || node.Columns != columns)
        {
            throw new ArgumentException($"The shape of {name} is [{node.Rows}, {node.Columns}]; it must be [{rows}, {columns}].", name);
        }
    }

    private static void CheckMask(Node node, SequenceMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (node.Rows != mask.Rows || node.Columns != mask.Columns)
        {
            throw new ArgumentException(
                $"A mask of [{mask.Rows}, {mask.Columns}] does not fit a tensor of [{node.Rows}, {node.Columns}].", nameof(mask));
        }
    }

    /// <summary>Makes a result depend on its inputs, if recording is on and one of them needs a gradient.</summary>
    /// <returns>Whether it does.</returns>
    private static unsafe bool Record(
        Node result, delegate*<Node, void> backward, Node a, Node? b = null, Node? c = null, Node? d = null, Node? e = null)
    {
        bool wanted = a.RequiresGradient || b is { RequiresGradient: true } || c is { RequiresGradient: true }
            || d is { RequiresGradient: true } || e is { RequiresGradient: true };
        if (!wanted || !result.Engine.IsRecording)
        {
            return false;
        }

        (result.A, result.B, result.C, result.D, result.E) = (a, b, c, d, e);
        result.Backward = backward;
        result.RequiresGradient = true;
        return true;
    }
}
