using RlCore.Engines;
using RlCore.SideBySide.Cases;

namespace RlCore.SideBySide.Sides;

/// <summary>The cases with this library's own classes, on any engine.</summary>
internal static class OwnSide
{
    /// <summary>Prepares a case.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="one">The case.</param>
    /// <param name="place">Where files are.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static ISideWork Open<T>(IEngine<T> engine, BenchCase one, BenchPlace place)
        where T : struct, ITensor<T> => one switch
        {
            BenchCase.Training training => new OwnTraining<T>(engine, training, place),
            BenchCase.Decoding decoding => new OwnDecoding<T>(engine, decoding, place),
            BenchCase.Grpo => new OwnGrpo<T>(engine, place),
            BenchCase.LogProbs logProbs => new OwnLogProbs<T>(engine, logProbs),
            BenchCase.Product product => new OwnProduct<T>(engine, product),
            _ => throw new ArgumentException($"{one.Name} is no case of this library.", nameof(one)),
        };
}

/// <summary>A product of square matrices.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class OwnProduct<T> : ISideWork
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly T _left;
    private readonly T _right;

    public OwnProduct(IEngine<T> engine, BenchCase.Product one)
    {
        _engine = engine;
        _left = engine.Parameter(one.Size, one.Size, BenchData.Normal(one.Size * one.Size, 1, 0));
        _right = engine.Parameter(one.Size, one.Size, BenchData.Normal(one.Size * one.Size, 1, 1));
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Check() => [];

    /// <inheritdoc/>
    public void Run()
    {
        using IDisposable quiet = _engine.NoGradient();
        using IDisposable scope = _engine.Scope();
        T.Linear(_left, _right);
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();
}
