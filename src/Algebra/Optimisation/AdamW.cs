
namespace RlCore.Algebra;

/// <summary>The constants of Adam. Source: Kingma &amp; Ba 2015; Loshchilov &amp; Hutter 2019 (decoupled decay).</summary>
/// <param name="LearningRate">Base rate.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the corrected second moment.</param>
/// <param name="WeightDecay">λ.</param>
/// <param name="Decoupled">Whether the decay shrinks the weights (AdamW) or is added to the gradient (Adam with L2).</param>
/// <param name="AmsGrad">Whether the greatest second moment so far is used.</param>
public sealed record AdamOptions(
    double LearningRate,
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    double Epsilon = 1e-8,
    double WeightDecay = 0,
    bool Decoupled = true,
    bool AmsGrad = false);

/// <summary>
/// AdamW as a pure step over arrays of doubles: the meaning that the engines' optimizers are tested against.
/// </summary>
/// <param name="Parameters">The parameters.</param>
/// <param name="FirstMoment">m.</param>
/// <param name="SecondMoment">v.</param>
/// <param name="GreatestSecondMoment">Greatest v so far, for AMSGrad.</param>
/// <param name="Steps">Steps taken.</param>
public sealed record AdamState(double[] Parameters, double[] FirstMoment, double[] SecondMoment, double[] GreatestSecondMoment, int Steps)
{
    /// <summary>The state before the first step.</summary>
    /// <param name="parameters">Initial parameters; copied.</param>
    public static AdamState Start(ReadOnlySpan<double> parameters) =>
        new(parameters.ToArray(), new double[parameters.Length], new double[parameters.Length], new double[parameters.Length], 0);

    /// <summary>The state after a step.</summary>
    /// <param name="gradient">∂loss/∂parameters.</param>
    /// <param name="options">Constants.</param>
    /// <exception cref="ArgumentException">The gradient is of another length.</exception>
    public AdamState Step(ReadOnlySpan<double> gradient, AdamOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (gradient.Length != Parameters.Length)
        {
            throw new ArgumentException($"A gradient of {gradient.Length} was given for {Parameters.Length} parameters.", nameof(gradient));
        }

        AdamState next = new([.. Parameters], [.. FirstMoment], [.. SecondMoment], [.. GreatestSecondMoment], Steps + 1);
        double firstCorrection = 1 - Math.Pow(options.Beta1, next.Steps);
        double secondCorrection = 1 - Math.Pow(options.Beta2, next.Steps);
        for (int i = 0; i < gradient.Length; i++)
        {
            double g = gradient[i] + (options.Decoupled ? 0 : options.WeightDecay * Parameters[i]);
            double shrunk = Parameters[i] * (options.Decoupled ? 1 - (options.LearningRate * options.WeightDecay) : 1);
            next.FirstMoment[i] = (options.Beta1 * FirstMoment[i]) + ((1 - options.Beta1) * g);
            next.SecondMoment[i] = (options.Beta2 * SecondMoment[i]) + ((1 - options.Beta2) * g * g);
            next.GreatestSecondMoment[i] = Math.Max(GreatestSecondMoment[i], next.SecondMoment[i]);
            double second = options.AmsGrad ? next.GreatestSecondMoment[i] : next.SecondMoment[i];
            double denominator = (Math.Sqrt(second) / Math.Sqrt(secondCorrection)) + options.Epsilon;
            next.Parameters[i] = shrunk - (options.LearningRate / firstCorrection * next.FirstMoment[i] / denominator);
        }

        return next;
    }

    /// <summary>Whether both hold the same numbers.</summary>
    /// <param name="other">The other state.</param>
    public bool Equals(AdamState? other) => other is not null
        && Steps == other.Steps
        && Parameters.AsSpan().SequenceEqual(other.Parameters)
        && FirstMoment.AsSpan().SequenceEqual(other.FirstMoment)
        && SecondMoment.AsSpan().SequenceEqual(other.SecondMoment)
        && GreatestSecondMoment.AsSpan().SequenceEqual(other.GreatestSecondMoment);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Steps, Parameters.Length, Parameters.Length > 0 ? Parameters[0] : 0);
}
