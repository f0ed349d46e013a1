using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>Gradients that were taken away from the masters of their parameters, on the device.</summary>
internal sealed class TorchGradientsAside : IGradientsAside
{
    private readonly Tensor[] _masters;
    private readonly Tensor?[] _gradients;

    public TorchGradientsAside(Tensor[] masters)
    {
        _masters = masters;
        _gradients = [.. masters.Select(master => master.grad?.DetachFromDisposeScope())];
        Array.ForEach(masters, master => master.grad = null);
    }

    public void AddBack()
    {
        using IDisposable quiet = no_grad();
        for (int i = 0; i < _masters.Length; i++)
        {
            using Tensor? present = _masters[i].grad;
            if (_gradients[i] is not { } aside)
            {
                continue;
            }

            if (present is null)
            {
                _masters[i].grad = aside;
            }
            else
            {
                present.add_(aside);
            }
        }

        Dispose();
    }

    public void Dispose()
    {
        foreach (Tensor? gradient in _gradients)
        {
            gradient?.Dispose();
        }

        Array.Clear(_gradients);
    }
}
