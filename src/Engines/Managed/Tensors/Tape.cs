
namespace RlCore.Engines.Managed;

/// <summary>All nodes of an engine but its parameters, in order of creation: scopes cut it, and reverse mode walks it back.</summary>
internal sealed unsafe class Tape(ManagedEngine engine) : IDisposable
{
    private readonly Stack<Node> _pool = new();
    private Node[] _nodes = new Node[256];
    private int _count;
    private int _depth;
    private int _suspensions;

    public bool Records => _suspensions == 0;

    /// <summary>Number of nodes, which is the index of the next one.</summary>
    public int Count => _count;

    public Node NewParameter(int rows, int columns)
    {
        var node = Take(rows, columns);
        node.Value = engine.Arena.Rent(node.Length);
        node.Index = -1;
        node.IsParameter = node.RequiresGradient = true;
        return node;
    }

    /// <summary>Its memory is no larger than it has to be, and returns to the system when it is released.</summary>
    public Node NewFrozen(int rows, int columns, WeightType type)
    {
        var node = Take(rows, columns);
        node.Value = engine.Arena.Allocate(WeightTransfer.BytesOf(rows, columns, type));
        node.Index = -1;
        node.IsFrozen = true;
        node.Type = type;
        return node;
    }

    public Node NewNode(int rows, int columns)
    {
        var node = Append(Take(rows, columns));
        node.Value = engine.Arena.Rent(node.Length);
        return node;
    }

    public Node NewView(Node source, int rows, int columns)
    {
        var node = Append(Take(rows, columns));
        node.Value = source.Value;
        node.Base = source.Base;
        node.BaseGeneration = source.BaseGeneration;
        return node;
    }

    public void Recycle(Node node)
    {
        node.Recycle();
        _pool.Push(node);
    }

    public IDisposable OpenScope() => new ScopeMark(this, _count, ++_depth);

    public IDisposable StopRecording()
    {
        _suspensions++;
        return new Suspension(this);
    }

    /// <summary>Walks back from the loss. Gradients of temporaries are returned as soon as they have been passed on.</summary>
    public void Backward(Node loss)
    {
        if (!loss.Accepts(out var seed))
        {
            return;
        }

        *seed.Data = 1 + (seed.Accumulate ? *seed.Data : 0);
        WalkBack(loss.Base.Index, 0);
    }

    /// <summary>
    /// Ends a segment: all that it computed is freed but its result, which the backward pass computes again where it needs a gradient.
    /// </summary>
    /// <param name="first">Index of the segment's first node.</param>
    /// <param name="input">Its input.</param>
    /// <param name="result">Its result.</param>
    /// <param name="segment">The segment.</param>
    public void Close(int first, Node input, Node result, Func<ManagedTensor, ManagedTensor> segment)
    {
        Node owner = result.Base;
        if (owner.Index < first)
        {
            return;
        }

        int kept = first;
        Move(owner, kept++);
        if (result != owner)
        {
            Move(result, kept++);
        }

        Truncate(kept);
        owner.ForgetInputs();
        if (owner.RequiresGradient)
        {
            owner.A = input;
            owner.Segment = segment;
            owner.Backward = &ComputeAgain;
        }
    }

    public void Dispose() => Truncate(0);

    // Runs a segment again, with its result's gradient, and frees it.
    private static void ComputeAgain(Node result)
    {
        Tape tape = result.Engine.Tape;
        int first = tape._count;
        int suspensions = tape._suspensions;
        tape._suspensions = 0;
        try
        {
            Node again = result.Segment!(new ManagedTensor(result.A!)).Node.Base;
            again.Gradient = result.Gradient;
            again.HasGradient = true;
            result.Gradient = default;
            tape.WalkBack(again.Index, first);
        }
        finally
        {
            tape._suspensions = suspensions;
            tape.Truncate(first);
        }
    }

    private void WalkBack(int from, int to)
    {
        for (int i = from; i >= to; i--)
        {
            var node = _nodes[i];
            if (node.HasGradient)
            {
                node.Backward(node);
                node.ReleaseGradient();
            }
        }
    }

    // Exchanges a node with the one at an index.
    private void Move(Node node, int index)
    {
        (_nodes[node.Index], _nodes[index]) = (_nodes[index], node);
        _nodes[node.Index].Index = node.Index;
        node.Index = index;
    }

    private void Truncate(int count)
    {
        while (_count > count)
        {
            Recycle(_nodes[--_count]);
        }
    }

    private Node Take(int rows, int columns)
    {
        if ((long)rows * columns > int.MaxValue - Arena.Line)
        {
            throw new ArgumentException($"A tensor of [{rows}, {columns}] has more than 2³¹ elements.");
        }

        if (!_pool.TryPop(out var node))
        {
            node = new Node(engine);
        }

        node.Rows = rows;
        node.Columns = columns;
        node.Base = node;
        node.BaseGeneration = node.Generation;
        return node;
    }

    private Node Append(Node node)
    {
        if (_count == _nodes.Length)
        {
            Array.Resize(ref _nodes, 2 * _count);
        }

        node.Index = _count;
        _nodes[_count++] = node;
        return node;
    }

    /// <summary>Ending an outer scope ends the inner ones too; their own end does nothing then.</summary>
    private sealed class ScopeMark(Tape tape, int count, int depth) : IDisposable
    {
        private bool _ended;

        public void Dispose()
        {
            if (!_ended && tape._depth >= depth)
            {
                tape.Truncate(count);
                tape._depth = depth - 1;
            }

            _ended = true;
        }
    }

    private sealed class Suspension(Tape tape) : IDisposable
    {
        private bool _ended;

        public void Dispose()
        {
            if (!_ended)
            {
                tape._suspensions--;
            }

            _ended = true;
        }
    }
}
