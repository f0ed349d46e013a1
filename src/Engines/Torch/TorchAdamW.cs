using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>AdamW by libtorch's multi-tensor operations: a few calls an update, whatever the number of parameters.</summary>
internal sealed class TorchAdamW : IOptimizer
{
    // Only operations that libtorch has had from 1.13 to 2.10: an unknown one would end the process, not throw.
    private const string Script = """
        def norms(g: List[Tensor]):
            return torch.stack(torch._foreach_norm(g))

        def scale(g: List[Tensor], factor: float):
            torch._foreach_mul_(g, factor)

        def update(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], keep: float, beta1: float, gain1: float, beta2: float, gain2: float, root2: float, eps: float, step: float):
            if keep != 1.0:
                torch._foreach_mul_(p, keep)
            torch._foreach_mul_(m, beta1)
            torch._foreach_add_(m, g, alpha=gain1)
            torch._foreach_mul_(v, beta2)
            torch._foreach_addcmul_(v, g, g, gain2)
            d = torch._foreach_sqrt(v)
            torch._foreach_div_(d, root2)
            torch._foreach_add_(d, eps)
            torch._foreach_addcdiv_(p, m, d, step)

        """;

    // Elements whose denominators exist at once: few enough to stay in a cache on the CPU, or to be no burden on a card.
    private const long ElementsAtOnce = 1L << 26;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    private readonly TorchContext _context;
    private readonly IReadOnlyList<NamedParameter<TorchTensor>> _parameters;
    private readonly AdamWOptions _options;
    private readonly Tensor[] _first;
    private readonly Tensor[] _second;
    private readonly List<Group> _groups;
    private long _step;

    public TorchAdamW(TorchContext context, IReadOnlyList<NamedParameter<TorchTensor>> parameters, AdamWOptions options)
    {
        foreach (NamedParameter<TorchTensor> parameter in parameters)
        {
            if (parameter.Value.Slot is null || parameter.Value.Context != context)
            {
                throw new ArgumentException($"{parameter.Name} is no parameter of this engine.", nameof(parameters));
            }
        }

        if (parameters.DistinctBy(p => p.Name).Count() != parameters.Count || parameters.DistinctBy(p => p.Value.Slot).Count() != parameters.Count)
        {
            throw new ArgumentException("Each parameter is given once, under a name of its own.", nameof(parameters));
        }

        _context = context;
        _parameters = [.. parameters];
        _options = options;
        _first = Moments();
        _second = Moments();
        _groups = Group.Split(_parameters, ElementsAtOnce);
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

        double clip = Math.Min(1, maxGradientNorm / (norm + 1e-6));
        if (clip < 1)
        {
            Invoke("scale", gradients, clip);
        }

        _step++;
        foreach (Group group in _groups)
        {
            using DisposeScope inner = NewDisposeScope();
            Update(group, gradients, learningRate);
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
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second])
        {
            tensor.Dispose();
        }
    }

    // TorchSharp boxes a number into a native scalar that nothing keeps alive during the call, so they are kept here.
    private static object? Invoke(string function, Tensor[] tensors, params double[] numbers) => Invoke(function, [tensors], numbers);

    private static object? Invoke(string function, Tensor[][] lists, params double[] numbers)
    {
        Scalar[] scalars = [.. numbers.Select(number => (Scalar)number)];
        try
        {
            return Compiled.Value.invoke(function, [.. lists, .. scalars]);
        }
        finally
        {
            foreach (Scalar scalar in scalars)
            {
                scalar.Dispose();
            }

            GC.KeepAlive(lists);
        }
    }

    // The one synchronisation of an update: the norms of all parameters in one transfer, added up in float64.
    private static double Norm(Tensor[] gradients)
    {
        if (gradients.Length == 0)
        {
            return 0;
        }

        var norms = (Tensor)Invoke("norms", gradients)!;
        using Tensor host = norms.cpu();
        double sum = 0;
        foreach (float norm in host.data<float>())
        {
            sum += (double)norm * norm;
        }

        return Math.Sqrt(sum);
    }

    private void Update(Group group, Tensor[] gradients, double learningRate)
    {
        double correction1 = 1 - Math.Pow(_options.Beta1, _step);
        double correction2 = 1 - Math.Pow(_options.Beta2, _step);
        double keep = group.Decays ? 1 - (learningRate * _options.WeightDecay) : 1;
        Tensor[] masters = [.. group.Members.Select(i => _parameters[i].Value.Slot!.Master)];
        Invoke(
            "update",
            [masters, group.Of(gradients), group.Of(_first), group.Of(_second)],
            keep,
            _options.Beta1,
            1 - _options.Beta1,
            _options.Beta2,
            1 - _options.Beta2,
            Math.Sqrt(correction2),
            _options.Epsilon,
            -learningRate / correction1);
        foreach (int member in group.Members)
        {
            _parameters[member].Value.Slot!.Changed();
        }
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
        [.. _parameters.Select(p => zeros([p.Value.Rows, p.Value.Columns], ScalarType.Float32, _context.Device).DetachFromDisposeScope())];

    private Dictionary<string, float[]> Read(Tensor[] moments)
    {
        var values = new Dictionary<string, float[]>();
        for (int i = 0; i < moments.Length; i++)
        {
            values[_parameters[i].Name] = TorchContext.Download(moments[i]);
        }

        return values;
    }

    private void Write(Tensor[] moments, IReadOnlyDictionary<string, float[]> values)
    {
        using IDisposable quiet = no_grad();
        for (int i = 0; i < moments.Length; i++)
        {
            (string name, TorchTensor parameter) = (_parameters[i].Name, _parameters[i].Value);
            if (!values.TryGetValue(name, out float[]? value) || value.Length != (long)parameter.Rows * parameter.Columns)
            {
                throw new ArgumentException($"The state does not fit {name} of [{parameter.Rows}, {parameter.Columns}]: {(value is null ? "it is missing" : $"it has {value.Length} values")}.", nameof(values));
            }

            using Tensor uploaded = _context.Upload<float>(value, ScalarType.Float32, parameter.Rows, parameter.Columns);
            moments[i].copy_(uploaded);
        }
    }

    /// <summary>Parameters of one decay that are updated in one call.</summary>
    private sealed record Group(bool Decays, List<int> Members)
    {
        public static List<Group> Split(IReadOnlyList<NamedParameter<TorchTensor>> parameters, long elementsAtOnce)
        {
            var groups = new List<Group>();
            foreach (bool decays in (bool[])[true, false])
            {
                long elements = long.MaxValue;
                foreach (int i in Enumerable.Range(0, parameters.Count).Where(i => parameters[i].Decays == decays))
                {
                    long size = (long)parameters[i].Value.Rows * parameters[i].Value.Columns;
                    if (elements > elementsAtOnce - size)
                    {
                        groups.Add(new Group(decays, []));
                        elements = 0;
                    }

                    groups[^1].Members.Add(i);
                    elements += size;
                }
            }

            return groups;
        }

        public Tensor[] Of(Tensor[] all) => [.. Members.Select(i => all[i])];
    }
}
