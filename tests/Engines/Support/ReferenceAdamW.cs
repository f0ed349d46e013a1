using RlCore.Algebra;

namespace RlCore.Engines.Tests;

/// <summary>The algebra's AdamW in double, with the global norm clip before it.</summary>
public sealed class ReferenceAdamW(AdamWOptions options, bool decays, double[] start)
{
    private readonly AdamWOptions _options = decays ? options : options with { WeightDecay = 0 };
    private AdamState _state = AdamState.Start(start);

    public double[] Values => _state.Parameters;

    public double Step(double[] gradient, double learningRate, double maxNorm)
    {
        double norm = Descent.GlobalNorm(gradient);
        double clip = Descent.ClipFactor(norm, maxNorm);
        _state = _state.Step([.. gradient.Select(g => g * clip)], learningRate, _options);
        return norm;
    }
}
