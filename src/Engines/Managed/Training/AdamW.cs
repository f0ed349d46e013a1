using RlCore.Algebra;

namespace RlCore.Engines.Managed;

/// <summary>AdamW over a fixed set of parameters, fused into one pass for the norm and one for the update.</summary>
internal sealed unsafe class AdamW : IOptimizer
{
    private readonly ManagedEngine _engine;
    private readonly NamedParameter<ManagedTensor>[] _parameters;
    private readonly AdamWOptions _options;
    private readonly int[] _updated;
    private readonly Block[] _first;
    private readonly Block[] _second;
    private readonly Block _pieces;
    private readonly int _pieceCount;
    private long _step;
    private bool _disposed;

    public AdamW(
        ManagedEngine engine,
        IReadOnlyList<NamedParameter<ManagedTensor>> parameters,
        AdamWOptions options,
        IReadOnlySet<string> updated)
    {
        _engine = engine;
        _parameters = [.. parameters];
        _options = options;
        Check();
        _updated = [.. Enumerable.Range(0, _parameters.Length).Where(i => updated.Contains(_parameters[i].Name))];
        _first = new Block[_parameters.Length];
        _second = new Block[_parameters.Length];
        for (int i = 0; i < _parameters.Length; i++)
        {
            _pieceCount += (_parameters[i].Value.Node.Length + AdamWKernel.PieceFloats - 1) / AdamWKernel.PieceFloats;
        }

        foreach (int i in _updated)
        {
            _first[i] = Zeros(_parameters[i].Value.Node.Length);
            _second[i] = Zeros(_parameters[i].Value.Node.Length);
        }

        _pieces = engine.Arena.Rent((long)_pieceCount * sizeof(AdamWKernel.Piece) / sizeof(float));
    }

    public double Step(double learningRate, double maxGradientNorm)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!(learningRate >= 0) || !(maxGradientNorm > 0))
        {
            throw new ArgumentException(
                $"Learning rate {learningRate} must not be negative, and the gradient norm {maxGradientNorm} to clip to must be positive.");
        }

        var update = new AdamWKernel.Update { Pieces = (AdamWKernel.Piece*)_pieces.Data };
        FillPieces(update.Pieces, learningRate);
        _engine.Pool.For(_pieceCount, 4, &AdamWKernel.SquaredNormPart, &update);
        double squared = 0;
        for (int i = 0; i < _pieceCount; i++)
        {
            squared += update.Pieces[i].SquaredNorm;
        }

        double norm = Math.Sqrt(squared);
        if (!double.IsFinite(norm))
        {
            return norm;
        }

        _step++;
        update.Beta1 = (float)_options.Beta1;
        update.Beta2 = (float)_options.Beta2;
        update.OneMinusBeta1 = (float)(1 - _options.Beta1);
        update.OneMinusBeta2 = (float)(1 - _options.Beta2);
        update.Clip = (float)Descent.ClipFactor(norm, maxGradientNorm);
        update.Rate = (float)(learningRate / (1 - Math.Pow(_options.Beta1, _step)));
        update.RootCorrection = (float)(1 / Math.Sqrt(1 - Math.Pow(_options.Beta2, _step)));
        update.Epsilon = (float)_options.Epsilon;
        _engine.Pool.For(_pieceCount, 2, &AdamWKernel.UpdatePart, &update);
        ZeroGradients();
        return norm;
    }

    public void ZeroGradients()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (var parameter in _parameters)
        {
            parameter.Value.Node.HasGradient = false;
        }
    }

    public OptimizerState Export()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new OptimizerState(_step, Copy(_first), Copy(_second));
    }

    public void Import(OptimizerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(state.Step);
        CheckMoments(state.FirstMoments);
        CheckMoments(state.SecondMoments);
        foreach (int i in _updated)
        {
            string name = _parameters[i].Name;
            state.FirstMoments[name].CopyTo(Span(_first[i], i));
            state.SecondMoments[name].CopyTo(Span(_second[i], i));
        }

        _step = state.Step;
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (var block in _first.Concat(_second).Append(_pieces))
        {
            _engine.Arena.Return(block);
        }

        _engine.Forget(this);
    }

    private void Check()
    {
        var names = new HashSet<string>();
        var nodes = new HashSet<Node>();
        foreach (var (name, value, _) in _parameters)
        {
            _ = _engine.OwnParameter(value, $"'{name}'");
            if (!names.Add(name) || !nodes.Add(value.Node))
            {
                throw new ArgumentException($"Parameter '{name}' is named twice: each parameter and each name may occur once.");
            }
        }
    }

    private void CheckMoments(IReadOnlyDictionary<string, float[]> moments)
    {
        foreach (var (name, value, _) in _updated.Select(i => _parameters[i]))
        {
            if (!moments.TryGetValue(name, out var values) || values.Length != value.Node.Length)
            {
                throw new ArgumentException(
                    $"The state has {values?.Length ?? 0} moments for parameter '{name}', which has {value.Node.Length} elements.");
            }
        }

        if (moments.Count != _updated.Length)
        {
            throw new ArgumentException($"The state is of {moments.Count} parameters; this optimizer has {_updated.Length}.");
        }
    }

    private void FillPieces(AdamWKernel.Piece* pieces, double learningRate)
    {
        int next = 0;
        for (int i = 0; i < _parameters.Length; i++)
        {
            var node = _parameters[i].Value.Node;
            double decay = _parameters[i].Decays ? _options.WeightDecay : 0;
            for (int offset = 0; offset < node.Length; offset += AdamWKernel.PieceFloats)
            {
                pieces[next++] = new AdamWKernel.Piece
                {
                    Value = node.Data + offset,
                    Gradient = node.HasGradient ? node.Gradient.Data + offset : null,
                    First = _first[i].IsNone ? null : _first[i].Data + offset,
                    Second = _first[i].IsNone ? null : _second[i].Data + offset,
                    Length = Math.Min(AdamWKernel.PieceFloats, node.Length - offset),
                    Decay = (float)(1 - (learningRate * decay)),
                };
            }
        }
    }

    private Block Zeros(int length)
    {
        var block = _engine.Arena.Rent(length);
        new Span<float>(block.Data, length).Clear();
        return block;
    }

    private Span<float> Span(Block block, int parameter) => new(block.Data, _parameters[parameter].Value.Node.Length);

    private Dictionary<string, float[]> Copy(Block[] blocks) =>
        _updated.ToDictionary(i => _parameters[i].Name, i => Span(blocks[i], i).ToArray());
}
