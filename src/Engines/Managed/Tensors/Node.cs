namespace RlCore.Engines.Managed;

/// <summary>
/// What a <see cref="ManagedTensor"/> points at: values, gradient, and how the gradient goes back. Nodes are pooled by their
/// engine; <see cref="Generation"/> changes when one is taken back, which is how a tensor that outlived its scope is noticed.
/// </summary>
internal sealed unsafe class Node(ManagedEngine engine)
{
    public ManagedEngine Engine { get; } = engine;

    public int Generation { get; set; }

    /// <summary>Position on the tape; −1 for a parameter.</summary>
    public int Index { get; set; }

    public int Rows { get; set; }

    public int Columns { get; set; }

    public int Length => Rows * Columns;

    /// <summary>The node that owns the values, and the gradient too: itself, or what a reshape is a view of.</summary>
    public Node Base { get; set; } = null!;

    public int BaseGeneration { get; set; }

    public Block Value { get; set; }

    public Block Gradient { get; set; }

    /// <summary>Whether something has flowed into <see cref="Gradient"/>; until then its memory means nothing.</summary>
    public bool HasGradient { get; set; }

    public bool RequiresGradient { get; set; }

    public bool IsParameter { get; set; }

    /// <summary>A weight that is not trained, outside of all scopes.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>How the values are stored: float32 but in frozen weights.</summary>
    public WeightType Type { get; set; }

    /// <summary>Adds this node's gradient to its inputs'.</summary>
    public delegate*<Node, void> Backward { get; set; }

    /// <summary>Of the result of a segment that is computed again in the backward pass: the segment.</summary>
    public Func<ManagedTensor, ManagedTensor>? Segment { get; set; }

    public Node? A { get; set; }

    public Node? B { get; set; }

    public Node? C { get; set; }

    public Node? D { get; set; }

    public Node? E { get; set; }

    public Block Saved0 { get; set; }

    public Block Saved1 { get; set; }

    public Block Saved2 { get; set; }

    /// <summary>Gradient of a second result of the same operation, which has arrived before this one's turn.</summary>
    public Block PartnerGradient { get; set; }

    public float Scalar0 { get; set; }

    public float Scalar1 { get; set; }

    public int Integer0 { get; set; }

    public HeadLayout Heads { get; set; }

    /// <summary>Of rotary positions.</summary>
    public RotaryFrequencies? Frequencies { get; set; }

    /// <summary>A mask that the backward pass needs again.</summary>
    public RlCore.Algebra.SequenceMask? Mask { get; set; }

    public float* Data => Value.Data;

    /// <summary>The gradient that has arrived here; only inside a backward function.</summary>
    public float* Arrived => Gradient.Data;

    /// <summary>Where a contribution to this node's gradient goes; false if none is wanted.</summary>
    /// <param name="sink">Memory, and whether to add to it or to overwrite it.</param>
    public bool Accepts(out GradientSink sink)
    {
        if (!RequiresGradient)
        {
            sink = default;
            return false;
        }

        if (Base.Gradient.IsNone)
        {
            Base.Gradient = Engine.Arena.Rent(Base.Length);
        }

        sink = new GradientSink(Base.Gradient.Data, Base.HasGradient);
        Base.HasGradient = true;
        return true;
    }

    /// <summary>Gives this node's whole gradient to an input, without a copy where the input has none yet.</summary>
    /// <param name="input">An input of equal size.</param>
    public void HandGradientTo(Node input)
    {
        if (!input.RequiresGradient)
        {
            return;
        }

        var target = input.Base;
        if (!target.HasGradient && !target.IsParameter)
        {
            target.Gradient = Gradient;
            target.HasGradient = true;
            Gradient = default;
        }
        else if (input.Accepts(out var sink))
        {
            Elementwise.Add(Engine.Pool, Arrived, sink, Length);
        }
    }

    public void ReleaseGradient()
    {
        Engine.Arena.Return(Gradient);
        Gradient = default;
        HasGradient = false;
    }

    /// <summary>Forgets how the values came about, and what the backward pass would have needed.</summary>
    public void ForgetInputs()
    {
        var arena = Engine.Arena;
        arena.Return(Saved0);
        arena.Return(Saved1);
        arena.Return(Saved2);
        arena.Return(PartnerGradient);
        Saved0 = Saved1 = Saved2 = PartnerGradient = default;
        A = B = C = D = E = null;
        Mask = null;
        Frequencies = null;
        Segment = null;
        Backward = null;
    }

    /// <summary>Returns all memory and forgets everything; tensors that still point here are stale from now on.</summary>
    public void Recycle()
    {
        if (Base == this)
        {
            Engine.Arena.Return(Value);
        }

        ReleaseGradient();
        ForgetInputs();
        Value = default;
        RequiresGradient = IsParameter = IsFrozen = false;
        Type = WeightType.F32;
        Generation++;
    }
}

/// <summary>Where a gradient contribution goes.</summary>
/// <param name="data">The input's gradient.</param>
/// <param name="accumulate">Add to what is there; otherwise what is there means nothing and every element is written.</param>
internal readonly unsafe struct GradientSink(float* data, bool accumulate)
{
    public float* Data => data;

    public bool Accumulate => accumulate;
}
