namespace RlCore.Algebra;

/// <summary>
/// AdamW as a pure function over arrays of doubles: the reference for the engines' optimizers.
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
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <param name="options">Constants.</param>
    /// <param name="decoupled">Whether the decay shrinks the weights (AdamW) or is added to the gradient (Adam with L2).</param>
    /// <param name="amsGrad">Whether the greatest second moment so far is used (Reddi et al. 2018).</param>
    /// <exception cref="ArgumentException">The gradient has the wrong length.</exception>
    public AdamState Step(
        ReadOnlySpan<double> gradient, double learningRate, AdamWOptions options, bool decoupled = true, bool amsGrad = false)
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
            double g = gradient[i] + (decoupled ? 0 : options.WeightDecay * Parameters[i]);
            double shrunk = Parameters[i] * (decoupled ? 1 - (learningRate * options.WeightDecay) : 1);
            next.FirstMoment[i] = (options.Beta1 * FirstMoment[i]) + ((1 - options.Beta1) * g);
            next.SecondMoment[i] = (options.Beta2 * SecondMoment[i]) + ((1 - options.Beta2) * g * g);
            next.GreatestSecondMoment[i] = Math.Max(GreatestSecondMoment[i], next.SecondMoment[i]);
            double second = amsGrad ? next.GreatestSecondMoment[i] : next.SecondMoment[i];
            double denominator = (Math.Sqrt(second) / Math.Sqrt(secondCorrection)) + options.Epsilon;
            next.Parameters[i] = shrunk - (learningRate / firstCorrection * next.FirstMoment[i] / denominator);
        }

        return next;
    }

    /// <summary>Whether both contain the same numbers.</summary>
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
