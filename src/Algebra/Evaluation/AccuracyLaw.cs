namespace RlCore.Algebra;

/// <summary>How accuracy grows with the tokens that are spent while answering: a law that was fitted to measured points.</summary>
/// <param name="Error">Root mean square of the differences between the points' accuracies and the law's.</param>
public abstract record AccuracyLaw(double Error)
{
    /// <summary>The accuracy that the law expects.</summary>
    /// <param name="tokens">Positive.</param>
    public abstract double At(double tokens);

    /// <summary>
    /// The law that lies nearer to some points, by the root mean square of the differences: logarithmic by least squares, or a power law of
    /// the share of wrong answers (<see cref="PowerLaw.Fit"/>; only where no accuracy is 1). Of equals the logarithmic one.
    /// </summary>
    /// <param name="tokens">Positive, at least two different ones.</param>
    /// <param name="accuracies">In [0, 1], one for each.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or there are fewer than two different numbers of tokens.</exception>
    public static AccuracyLaw Fit(ReadOnlySpan<double> tokens, ReadOnlySpan<double> accuracies)
    {
        if (tokens.Length != accuracies.Length)
        {
            throw new ArgumentException(
                $"{tokens.Length} points and {accuracies.Length} accuracies: one of each is needed.", nameof(accuracies));
        }

        double[] x = [.. tokens.ToArray().Select(Math.Log2)];
        double[] y = accuracies.ToArray();
        Moments moments = Moments.Of(x);
        if (!(moments.SquaredDeviations > 0))
        {
            throw new ArgumentException("A law needs two different points.", nameof(tokens));
        }

        double meanY = Moments.Of(y).Mean;
        double slope = x.Zip(y, (a, b) => (a - moments.Mean) * (b - meanY)).Sum() / moments.SquaredDeviations;
        AccuracyLaw logarithmic = new Logarithmic(meanY - (slope * moments.Mean), slope, 0);
        logarithmic = logarithmic with { Error = ErrorOf(logarithmic, tokens, y) };
        double[] wrong = [.. y.Select(accuracy => 1 - accuracy)];
        if (wrong.Any(share => share <= 0) || wrong.Distinct().Count() == 1)
        {
            return logarithmic;
        }

        AccuracyLaw power = new Power(PowerLaw.Fit(tokens, wrong), 0);
        power = power with { Error = ErrorOf(power, tokens, y) };
        return power.Error < logarithmic.Error ? power : logarithmic;
    }

    private static double ErrorOf(AccuracyLaw law, ReadOnlySpan<double> tokens, double[] accuracies)
    {
        double sum = 0;
        for (int i = 0; i < tokens.Length; i++)
        {
            sum += Math.Pow(accuracies[i] - law.At(tokens[i]), 2);
        }

        return Math.Sqrt(sum / tokens.Length);
    }

    /// <summary>accuracy = intercept + gain · log₂ tokens.</summary>
    /// <param name="Intercept">The accuracy at one token.</param>
    /// <param name="Gain">What twice the tokens gain.</param>
    /// <param name="Error">Root mean square of the differences.</param>
    public sealed record Logarithmic(double Intercept, double Gain, double Error) : AccuracyLaw(Error)
    {
        /// <inheritdoc/>
        public override double At(double tokens) => Intercept + (Gain * Math.Log2(tokens));
    }

    /// <summary>1 − accuracy = (tokens/scale)^(−exponent).</summary>
    /// <param name="Wrong">The law of the share of wrong answers.</param>
    /// <param name="Error">Root mean square of the differences.</param>
    public sealed record Power(PowerLaw Wrong, double Error) : AccuracyLaw(Error)
    {
        /// <inheritdoc/>
        public override double At(double tokens) => 1 - Wrong.Loss(tokens);
    }
}
