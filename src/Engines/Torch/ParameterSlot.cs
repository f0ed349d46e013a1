using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// A parameter: the float32 master, which holds the gradient and is what the optimizer updates, and a copy in the number
/// format of the arithmetic where that differs. Or a frozen weight: a master without a gradient, in the format that it came in.
/// </summary>
/// <remarks>
/// The copy is the output of one differentiable cast of the master, made once and refreshed in place after each update. A cast
/// saves nothing for its backward pass, so one node serves any number of them, and each adds to the master's float32 gradient.
/// </remarks>
internal sealed class ParameterSlot(Tensor master) : IDisposable
{
    private Tensor? _copy;
    private bool _stale;

    public Tensor Master { get; } = master;

    /// <summary>Whether nothing trains it.</summary>
    public bool IsFrozen { get; } = !master.requires_grad;

    /// <summary>The weight in the given number format: no wider than its own.</summary>
    public Tensor In(ScalarType type)
    {
        if (type == Master.dtype)
        {
            return Master;
        }

        if (_copy is null)
        {
            using IDisposable gradients = enable_grad();
            _copy = Master.to(type).DetachFromDisposeScope();
        }
        else if (_stale)
        {
            using IDisposable quiet = no_grad();
            _copy.copy_(Master);
        }

        _stale = false;
        return _copy;
    }

    /// <summary>Says that the master has changed.</summary>
    public void Changed() => _stale = true;

    public void Dispose()
    {
        _copy?.Dispose();
        Master.Dispose();
    }
}
