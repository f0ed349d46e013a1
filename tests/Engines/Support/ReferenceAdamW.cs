namespace RlCore.Engines.Tests;

/// <summary>AdamW in double, as its paper has it, with the global norm clip before.</summary>
public sealed class ReferenceAdamW(AdamWOptions options, bool decays, double[] start)
{
    private readonly double[] _first = new double[start.Length];
    private readonly double[] _second = new double[start.Length];
    private int _step;

    public double[] Values { get; } = [.. start];

    public double Step(double[] gradient, double learningRate, double maxNorm)
    {
        _step++;
        double norm = Math.Sqrt(gradient.Sum(g => g * g));
        double clip = Math.Min(1, maxNorm / (norm + 1e-6));
        for (int i = 0; i < gradient.Length; i++)
        {
            double g = gradient[i] * clip;
            _first[i] = (options.Beta1 * _first[i]) + ((1 - options.Beta1) * g);
            _second[i] = (options.Beta2 * _second[i]) + ((1 - options.Beta2) * g * g);
            double first = _first[i] / (1 - Math.Pow(options.Beta1, _step));
            double second = _second[i] / (1 - Math.Pow(options.Beta2, _step));
            Values[i] *= 1 - (learningRate * (decays ? options.WeightDecay : 0));
            Values[i] -= learningRate * first / (Math.Sqrt(second) + options.Epsilon);
        }

        return norm;
    }
}
