using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <content>The gradients of parameters.</content>
public sealed partial class TorchEngine
{
    /// <inheritdoc/>
    public void ReadGradient(TorchTensor parameter, Span<float> destination)
    {
        RequireSize(parameter, destination.Length);
        using Tensor? gradient = SlotOf(parameter).Master.grad;
        if (gradient is null)
        {
            destination.Clear();
        }
        else
        {
            TorchContext.Download(gradient, destination);
        }
    }

    /// <inheritdoc/>
    public void ReadGradient(TorchTensor parameter, int first, Span<float> destination)
    {
        RequirePart(parameter, first, destination.Length);
        using Tensor? gradient = SlotOf(parameter).Master.grad;
        if (gradient is null)
        {
            destination.Clear();
        }
        else
        {
            using Tensor part = gradient.view(-1).narrow(0, first, destination.Length);
            TorchContext.Download(part, destination);
        }
    }

    /// <inheritdoc/>
    public void WriteGradient(TorchTensor parameter, int first, ReadOnlySpan<float> values)
    {
        RequirePart(parameter, first, values.Length);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        Tensor master = SlotOf(parameter).Master;
        master.grad ??= zeros_like(master);
        master.grad!.view(-1).narrow(0, first, values.Length).copy_(
            _context.Upload(values, ScalarType.Float32, values.Length));
    }

    /// <inheritdoc/>
    public bool HasGradient(TorchTensor parameter)
    {
        using Tensor? gradient = SlotOf(parameter).Master.grad;
        return gradient is not null;
    }

    /// <inheritdoc/>
    public IGradientsAside SetGradientsAside(IReadOnlyList<NamedParameter<TorchTensor>> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new TorchGradientsAside([.. parameters.Select(parameter => SlotOf(parameter.Value).Master)]);
    }

    private static void RequirePart(TorchTensor x, int first, int count)
    {
        if (first < 0 || first > ((long)x.Rows * x.Columns) - count)
        {
            throw new ArgumentException(
                $"Elements {first} to {(long)first + count} are not within [{x.Rows}, {x.Columns}].", nameof(first));
        }
    }
}

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
