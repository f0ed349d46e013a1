namespace RlCore.Algebra;

/// <summary>
/// A power law L(x) = (x/scale)^(−exponent). Source: Kaplan et al. 2020, eq. 1.1–1.3.
/// </summary>
/// <remarks>
/// "How much more for half the loss" is 2^(1/exponent): about 1.05·10⁶ times the compute, 9.1·10³ times the parameters and
/// 1.5·10³ times the data at the exponents below. A widely shown slide says 2.6·10⁵ and 10⁵ for the last two, which does not
/// follow from its own exponents.
/// </remarks>
/// <param name="Scale">x at which the loss is 1.</param>
/// <param name="Exponent">Positive.</param>
public sealed record PowerLaw(double Scale, double Exponent)
{
    /// <summary>Loss against compute, in PF-days: exponent 0.050.</summary>
    public static PowerLaw Compute { get; } = new(3.1e8, 0.050);

    /// <summary>Loss against non-embedding parameters: exponent 0.076.</summary>
    public static PowerLaw Parameters { get; } = new(8.8e13, 0.076);

    /// <summary>Loss against training tokens: exponent 0.095.</summary>
    public static PowerLaw Data { get; } = new(5.4e13, 0.095);

    /// <summary>The loss at x, in nats.</summary>
    /// <param name="x">Positive.</param>
    public double Loss(double x) => Math.Pow(x / Scale, -Exponent);

    /// <summary>The x at which the loss is reached.</summary>
    /// <param name="loss">Positive, in nats.</param>
    public double Inverse(double loss) => Scale * Math.Pow(loss, -1 / Exponent);

    /// <summary>The factor on x that divides the loss by a divisor: divisor^(1/exponent).</summary>
    /// <param name="divisor">Positive.</param>
    public double MultiplierToDivideLossBy(double divisor) => Math.Pow(divisor, 1 / Exponent);

    /// <summary>The least-squares line through (log x, log loss).</summary>
    /// <param name="x">Positive, at least two different ones.</param>
    /// <param name="losses">Positive, one an x.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or there are fewer than two different x.</exception>
    public static PowerLaw Fit(ReadOnlySpan<double> x, ReadOnlySpan<double> losses)
    {
        if (x.Length != losses.Length)
        {
            throw new ArgumentException($"{x.Length} points and {losses.Length} losses: one of each is needed.", nameof(losses));
        }

        double[] logX = [.. x.ToArray().Select(value => Math.Log(value))];
        double[] logLoss = [.. losses.ToArray().Select(value => Math.Log(value))];
        Moments moments = Moments.Of(logX);
        if (!(moments.SquaredDeviations > 0))
        {
            throw new ArgumentException("A power law needs two different points.", nameof(x));
        }

        double meanLoss = Moments.Of(logLoss).Mean;
        double slope = logX.Zip(logLoss, (a, b) => (a - moments.Mean) * (b - meanLoss)).Sum() / moments.SquaredDeviations;
        return new(Math.Exp(moments.Mean - (meanLoss / slope)), -slope);
    }
}
