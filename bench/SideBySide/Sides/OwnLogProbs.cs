using RlCore.Algebra;
using RlCore.Engines;
using RlCore.SideBySide.Cases;

namespace RlCore.SideBySide.Sides;

/// <summary>Mean log-prob of given tokens, and its gradients.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class OwnLogProbs<T> : ISideWork
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly T _hidden;
    private readonly T _head;
    private readonly int[] _targets;

    public OwnLogProbs(IEngine<T> engine, BenchCase.LogProbs one)
    {
        _engine = engine;
        _hidden = engine.Parameter(one.Tokens, one.Width, BenchData.Hidden(one));
        _head = engine.Parameter(one.VocabularySize, one.Width, BenchData.Head(one));
        _targets = BenchData.Targets(one);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check()
    {
        double loss = Step();
        return [loss, GradientNorm(_hidden), GradientNorm(_head)];
    }

    // Gradients add up: there is no optimizer that would clear them.
    /// <inheritdoc/>
    public void Run() => Step();

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    private double Step()
    {
        using IDisposable scope = _engine.Scope();
        T logProbs = T.SelectedLogProbs(_hidden, _head, _targets, 1, _targets.Length, 1).LogProbs;
        SequenceMask mask = SequenceMask.Full(1, _targets.Length);
        T loss = T.Scale(T.SumOverBatch(T.SumOverTime(logProbs, mask)), -1.0 / _targets.Length);
        _engine.Backward(loss);
        var value = new float[1];
        _engine.Read(loss, value);
        return value[0];
    }

    private double GradientNorm(T parameter)
    {
        var gradient = new float[parameter.Rows * parameter.Columns];
        _engine.ReadGradient(parameter, gradient);
        return Math.Sqrt(gradient.Sum(value => (double)value * value));
    }
}
