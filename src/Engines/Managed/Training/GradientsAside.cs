namespace RlCore.Engines.Managed;

/// <summary>Gradients that were taken away from their parameters: their memory changes hands, and nothing is copied.</summary>
internal sealed class GradientsAside : IGradientsAside
{
    private readonly ManagedEngine _engine;
    private readonly Node[] _nodes;
    private readonly Block[] _gradients;

    public GradientsAside(ManagedEngine engine, Node[] nodes)
    {
        _engine = engine;
        _nodes = nodes;
        _gradients = new Block[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            if (nodes[i].HasGradient)
            {
                _gradients[i] = nodes[i].Gradient;
                nodes[i].Gradient = default;
                nodes[i].HasGradient = false;
            }
        }
    }

    public unsafe void AddBack()
    {
        for (int i = 0; i < _nodes.Length; i++)
        {
            Node node = _nodes[i];
            if (_gradients[i].IsNone)
            {
                continue;
            }

            if (node.HasGradient)
            {
                Elementwise.Add(_engine.Pool, _gradients[i].Data, new GradientSink(node.Gradient.Data, accumulate: true), node.Length);
            }
            else
            {
                node.ReleaseGradient();
                (node.Gradient, node.HasGradient) = (_gradients[i], true);
                _gradients[i] = default;
            }
        }

        Dispose();
    }

    public void Dispose()
    {
        foreach (Block gradient in _gradients)
        {
            _engine.Arena.Return(gradient);
        }

        Array.Clear(_gradients);
    }
}
