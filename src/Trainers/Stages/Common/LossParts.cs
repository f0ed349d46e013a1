using RlCore.Engines;

namespace RlCore.Trainers.Stages;

/// <summary>The loss of an update, whose parts are differentiated one after the other and read together.</summary>
/// <param name="engine">Where it is computed.</param>
/// <param name="parts">Parts of the loss.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class LossParts<T>(IEngine<T> engine, int parts) : IDisposable
    where T : struct, ITensor<T>
{
    private readonly DeviceTable<T> _values = new(engine, Math.Max(1, parts), 1);
    private int _done;

    /// <summary>Computes the next part, and adds its gradient to those of the parameters.</summary>
    /// <param name="loss">The part, [1, 1].</param>
    public void Accumulate(Func<T> loss)
    {
        using var scope = engine.Scope();
        T part = loss();
        _values.Put(_done++, part);
        engine.Backward(part);
    }

    /// <summary>The sum of the parts.</summary>
    public double Total() => _values.Sums()[0];

    /// <inheritdoc/>
    public void Dispose() => _values.Dispose();
}
