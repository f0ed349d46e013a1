using RlCore.Algebra;
using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>AdamW by libtorch's multi-tensor operations: a few calls per update, whatever the number of parameters.</summary>
internal sealed class TorchAdamW : IOptimizer
{
    // Elements of one call: on the CPU few enough that all its passes run in the cores' caches, on a card to bound the denominators.
    private const int ElementsOfCore = 1 << 16;
    private const int ElementsOfCuda = 1 << 26;

    private readonly TorchContext _context;
    private readonly IReadOnlyList<NamedParameter<TorchTensor>> _parameters;
    private readonly AdamWOptions _options;
    private readonly int[] _updated;
    private readonly Tensor[] _first;
    private readonly Tensor[] _second;
    private readonly List<UpdateGroup> _groups;
    private long _step;

    public TorchAdamW(
        TorchContext context,
        IReadOnlyList<NamedParameter<TorchTensor>> parameters,
        AdamWOptions options,
        IReadOnlySet<string> updated)
    {
        foreach (NamedParameter<TorchTensor> parameter in parameters)
        {
            if (parameter.Value.Slot is { IsFrozen: true })
            {
                throw new ArgumentException($"'{parameter.Name}' is a frozen weight.", nameof(parameters));
            }

            if (parameter.Value.Slot is null || parameter.Value.Context != context)
            {
                throw new ArgumentException($"{parameter.Name} is no parameter of this engine.", nameof(parameters));
            }
        }

        if (parameters.DistinctBy(p => p.Name).Count() != parameters.Count
            || parameters.DistinctBy(p => p.Value.Slot).Count() != parameters.Count)
        {
            throw new ArgumentException("Each parameter is given once, under a name of its own.", nameof(parameters));
        }

        _context = context;
        _parameters = [.. parameters];
        _options = options;
        _updated = [.. Enumerable.Range(0, _parameters.Count).Where(i => updated.Contains(_parameters[i].Name))];
        _first = Moments();
        _second = Moments();
        _groups = UpdateGroup.Split(
            [.. _updated.Select(i => _parameters[i])],
            _first,
            _second,
            context.OnCuda ? ElementsOfCuda : ElementsOfCore * get_num_threads());
    }

    /// <inheritdoc/>
    public double Step(double learningRate, double maxGradientNorm)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        Tensor[] gradients = Gradients();
        double norm = Norm(gradients);
        if (!double.IsFinite(norm))
        {
            return norm;
        }

        double clip = Descent.ClipFactor(norm, maxGradientNorm);
        _step++;
        double correction1 = 1 - Math.Pow(_options.Beta1, _step);
        double correction2 = 1 - Math.Pow(_options.Beta2, _step);
        Tensor[] updated = [.. _updated.Select(i => gradients[i])];
        foreach (UpdateGroup group in _groups)
        {
            using DisposeScope inner = NewDisposeScope();
            TorchScript.Update(
                group.With(updated),
                clip,
                group.Decays ? 1 - (learningRate * _options.WeightDecay) : 1,
                _options.Beta1,
                1 - _options.Beta1,
                _options.Beta2,
                1 - _options.Beta2,
                Math.Sqrt(correction2),
                _options.Epsilon,
                -learningRate / correction1);
        }

        foreach (NamedParameter<TorchTensor> parameter in _parameters)
        {
            parameter.Value.Slot!.Changed();
        }

        ZeroGradients();
        return norm;
    }

    /// <inheritdoc/>
    public void ZeroGradients()
    {
        foreach (NamedParameter<TorchTensor> parameter in _parameters)
        {
            parameter.Value.Slot!.Master.grad = null;
        }
    }

    /// <inheritdoc/>
    public OptimizerState Export() => new(_step, Read(_first), Read(_second));

    /// <inheritdoc/>
    public void Import(OptimizerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Write(_first, state.FirstMoments);
        Write(_second, state.SecondMoments);
        _step = state.Step;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _groups.ForEach(group => group.Dispose());
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second])
        {
            tensor.Dispose();
        }
    }

    // The one synchronisation of an update: the norms of all parameters in one transfer, added up in float64.
    private static double Norm(Tensor[] gradients)
    {
        if (gradients.Length == 0)
        {
            return 0;
        }

        float[] norms = TorchContext.Download(TorchScript.Norms(gradients));
        return Math.Sqrt(norms.Sum(norm => (double)norm * norm));
    }

    // A parameter that nothing flowed to has a gradient of zeros.
    private Tensor[] Gradients()
    {
        var gradients = new Tensor[_parameters.Count];
        for (int i = 0; i < gradients.Length; i++)
        {
            Tensor master = _parameters[i].Value.Slot!.Master;
            gradients[i] = master.grad ?? zeros_like(master);
        }

        return gradients;
    }

    private Tensor[] Moments() =>
    [
        .. _updated.Select(i => _parameters[i].Value)
            .Select(p => zeros([p.Rows, p.Columns], ScalarType.Float32, _context.Device).DetachFromDisposeScope()),
    ];

    private Dictionary<string, float[]> Read(Tensor[] moments)
    {
        var values = new Dictionary<string, float[]>();
        for (int i = 0; i < moments.Length; i++)
        {
            values[_parameters[_updated[i]].Name] = TorchContext.Download(moments[i]);
        }

        return values;
    }

    private void Write(Tensor[] moments, IReadOnlyDictionary<string, float[]> values)
    {
        using IDisposable quiet = no_grad();
        for (int i = 0; i < moments.Length; i++)
        {
            (string name, TorchTensor parameter) = (_parameters[_updated[i]].Name, _parameters[_updated[i]].Value);
            if (!values.TryGetValue(name, out float[]? value) || value.Length != (long)parameter.Rows * parameter.Columns)
            {
                throw new ArgumentException(
                    $"The state does not fit {name} of [{parameter.Rows}, {parameter.Columns}]: "
                        + $"{(value is null ? "it is missing" : $"it has {value.Length} values")}.",
                    nameof(values));
            }

            using Tensor uploaded = _context.Upload<float>(value, ScalarType.Float32, parameter.Rows, parameter.Columns);
            moments[i].copy_(uploaded);
        }
    }
}
