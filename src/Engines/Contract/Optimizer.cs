namespace RlCore.Engines;

/// <summary>A parameter with its name in checkpoints.</summary>
/// <param name="Name">Unique name.</param>
/// <param name="Value">The parameter.</param>
/// <param name="Decays">Whether weight decay applies: matrices yes; biases and norm gains no.</param>
/// <typeparam name="T">The tensor.</typeparam>
public readonly record struct NamedParameter<T>(string Name, T Value, bool Decays)
    where T : struct, ITensor<T>;

/// <summary>The engine-independent state of an optimizer, as stored in a checkpoint.</summary>
/// <param name="Step">Updates made so far.</param>
/// <param name="FirstMoments">By parameter name.</param>
/// <param name="SecondMoments">By parameter name.</param>
public sealed record OptimizerState(
    long Step,
    IReadOnlyDictionary<string, float[]> FirstMoments,
    IReadOnlyDictionary<string, float[]> SecondMoments);

/// <summary>An optimizer over a fixed set of parameters.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// One update from the accumulated gradients, which are first scaled by min(1, maxGradientNorm/(norm + 1e-6)), and then
    /// cleared. If the norm is NaN or infinite, the parameters, moments and gradients are unchanged.
    /// </summary>
    /// <param name="learningRate">Learning rate of this update.</param>
    /// <param name="maxGradientNorm">Maximum global norm; positive infinity for none.</param>
    /// <returns>The global gradient norm before clipping.</returns>
    double Step(double learningRate, double maxGradientNorm);

    /// <summary>Clears the gradients.</summary>
    void ZeroGradients();

    /// <summary>A copy of the state.</summary>
    OptimizerState Export();

    /// <summary>Replaces the state.</summary>
    /// <param name="state">Made by <see cref="Export"/> over parameters of the same names and sizes.</param>
    void Import(OptimizerState state);
}
