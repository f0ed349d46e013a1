namespace RlCore.Algebra;

/// <summary>A number that was estimated from runs.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Interval">Its confidence interval. An end that the runs leave open is 0 or infinite.</param>
public readonly record struct ScalingEstimate(double Value, Interval Interval);

/// <summary>
/// A scaling law that was fitted to runs: least squares of log loss, so that errors count in proportion, by Levenberg–Marquardt from a
/// grid of starts. The parameters are log E, the logarithms of the terms at the geometric mean of each variable, and the exponents, so
/// that units change nothing but the coefficients. Intervals are of the profile likelihood: a value belongs to it if the best law with
/// that value has Σr² ≤ Σr²_min · (1 + t²/(n − p)), t Student's quantile at n − p degrees of freedom. They need no symmetry, do not depend
/// on how a law is parametrised, and are exact where log loss is linear in the parameters and its errors are normal.
/// </summary>
/// <remarks>
/// Hoffmann et al. 2022 minimise Huber's loss at 1e-3 of log residuals instead. That is nearly the sum of absolute residuals, which a bad
/// run moves less, and for which a handful of runs gives no intervals; runs that went wrong are better left out. Sources: Hoffmann et al.
/// 2022, approach 3; Bates and Watts 1988, section 6.1, for profiles.
/// </remarks>
public sealed class ScalingFit
{
    /// <summary>The usual level of intervals.</summary>
    public const double UsualLevel = 0.95;

    private const double Exact = 1e-24, Precision = 1e-4, FirstStep = 0.05, FarthestStep = 600, Pull = 10, Slope = 1e-5;

    // In logs: what is farther from the runs is never reached. And how exactly it is said where a loss is reached.
    private const double Farthest = 70, InversePrecision = 1e-3;

    private readonly ScalingModel _model;
    private readonly double[] _best;

    private ScalingFit(ScalingModel model)
    {
        _model = model;
        _best = model.Fit();
        Law = model.LawOf(_best);
        Squares = model.Evaluate(_best).Squares;
    }

    /// <summary>The law.</summary>
    public ScalingLaw Law { get; }

    /// <summary>Runs less fitted numbers.</summary>
    public int DegreesOfFreedom => _model.Runs - _model.Count;

    /// <summary>√(Σr²/(n − p)), r the residuals of log loss: 0.01 says that losses are about 1 % away from the law.</summary>
    public double Deviation => Math.Sqrt(Squares / DegreesOfFreedom);

    /// <summary>Σr² of log loss.</summary>
    internal double Squares { get; }

    /// <summary>Fits a law of one variable: A/x^α, or E + A/x^α.</summary>
    /// <param name="x">The variable in each run, positive.</param>
    /// <param name="losses">The loss of each run, in nats, positive.</param>
    /// <param name="hasIrreducible">Whether there is an E.</param>
    /// <exception cref="ArgumentException">
    /// The spans differ in length, a number is not positive and finite, or there are too few runs or different x.
    /// </exception>
    public static ScalingFit Of(ReadOnlySpan<double> x, ReadOnlySpan<double> losses, bool hasIrreducible) =>
        new(new ScalingModel([x.ToArray()], losses.ToArray(), hasIrreducible));

    /// <summary>Fits L(N, D) = E + A/N^α + B/D^β.</summary>
    /// <param name="parameters">N of each run, positive.</param>
    /// <param name="tokens">D of each run, positive.</param>
    /// <param name="losses">The loss of each run, in nats, positive.</param>
    /// <exception cref="ArgumentException">
    /// The spans differ in length, a number is not positive and finite, or there are too few runs, different N or different D.
    /// </exception>
    public static ScalingFit Joint(ReadOnlySpan<double> parameters, ReadOnlySpan<double> tokens, ReadOnlySpan<double> losses) =>
        new(new ScalingModel([parameters.ToArray(), tokens.ToArray()], losses.ToArray(), hasIrreducible: true));

    /// <summary>Fits L(N, D) = ((N_c/N)^(α_N/α_D) + D_c/D)^α_D. Source: Kaplan et al. 2020, eq. 1.5.</summary>
    /// <param name="parameters">N of each run, positive.</param>
    /// <param name="tokens">D of each run, positive.</param>
    /// <param name="losses">The loss of each run, in nats, positive.</param>
    /// <returns>
    /// A law with α_D as its power, and the terms (N_c/N)^(α_N/α_D) and D_c/D: N_c and D_c are where the terms are 1, α_N is the first
    /// exponent times the power.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The spans differ in length, a number is not positive and finite, or there are too few runs, different N or different D.
    /// </exception>
    public static ScalingFit JointPower(ReadOnlySpan<double> parameters, ReadOnlySpan<double> tokens, ReadOnlySpan<double> losses) => new(
        new ScalingModel([parameters.ToArray(), tokens.ToArray()], losses.ToArray(), hasIrreducible: false, hasPower: true));

    /// <summary>How many runs a fit needs: one more than it has numbers.</summary>
    /// <param name="variables">1 or 2.</param>
    /// <param name="hasIrreducible">Whether there is an E.</param>
    public static int LeastRuns(int variables, bool hasIrreducible) => (2 * variables) + (hasIrreducible ? 1 : 0) + 1;

    /// <summary>How many different values a variable needs: 2, or 3 beside an E.</summary>
    /// <param name="hasIrreducible">Whether there is an E.</param>
    public static int LeastValues(bool hasIrreducible) => hasIrreducible ? 3 : 2;

    /// <summary>A quantity of the law with its interval.</summary>
    /// <param name="quantity">A positive quantity, such as an exponent; NaN for laws that have none.</param>
    /// <param name="level">How often such intervals contain the true value, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The level is not in (0, 1).</exception>
    public ScalingEstimate Estimate(Func<ScalingLaw, double> quantity, double level = UsualLevel)
    {
        ArgumentNullException.ThrowIfNull(quantity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(level, 1);
        double value = quantity(Law);
        if (IsExact || !(value > 0))
        {
            return new(value, new(value, value));
        }

        return new(value, new(End(quantity, level, -1), End(quantity, level, 1)));
    }

    /// <summary>
    /// The x, or of a law of two variables the compute split at best, at which a loss is reached. The interval has each x at which the
    /// interval of the loss has that loss; infinite is what is never reached.
    /// </summary>
    /// <param name="loss">Positive, in nats.</param>
    /// <param name="level">How often such intervals contain the true value, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The loss is not positive, or the level not in (0, 1).</exception>
    public ScalingEstimate Inverse(double loss, double level = UsualLevel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(loss);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(level, 1);
        double exact = Curve(Law).Inverse(loss);
        double value = double.IsNaN(exact) ? double.PositiveInfinity : exact;
        return IsExact ? new(value, new(value, value)) : new(value, new(
            FirstX(x => End(law => Curve(law).Loss(x), level, -1) <= loss), FirstX(x => End(law => Curve(law).Loss(x), level, 1) < loss)));
    }

    private bool IsExact => Squares <= Exact * _model.Runs;

    private static ScalingLaw Curve(ScalingLaw law) => law.Terms.Count == 1 ? law : law.OfCompute();

    // Where a condition that holds for all large x begins to hold; infinite if it never does.
    private double FirstX(Predicate<double> holds)
    {
        double low = _model.LogCentre - Farthest, high = _model.LogCentre + Farthest;
        if (!holds(Math.Exp(high)))
        {
            return double.PositiveInfinity;
        }

        while (high - low > InversePrecision)
        {
            double middle = (low + high) / 2;
            (low, high) = holds(Math.Exp(middle)) ? (low, middle) : (middle, high);
        }

        return Math.Exp(high);
    }

    // Goes outwards until no law with that value is good enough, then halves the gap.
    private double End(Func<ScalingLaw, double> quantity, double level, int sign)
    {
        double t = StudentT.Quantile(level, DegreesOfFreedom);
        double threshold = Squares * (1 + (t * t / DegreesOfFreedom));
        Func<double[], double> log = at => Math.Log(quantity(_model.LawOf(at)));
        double centre = log(_best), inner = 0, step = FirstStep, outer = double.PositiveInfinity, reached = centre;
        double[] from = _best;
        while (double.IsInfinity(outer) || outer - inner > Precision * outer)
        {
            double distance = double.IsInfinity(outer) ? step : (inner + outer) / 2;
            if (distance > FarthestStep)
            {
                return sign < 0 ? 0 : double.PositiveInfinity;
            }

            double[] there = Constrained(log, centre + (sign * distance), from);
            if (_model.Evaluate(there).Squares <= threshold)
            {
                (inner, from, reached, step) = (distance, there, log(there), 2 * distance);
            }
            else
            {
                outer = distance;
            }
        }

        return Math.Exp(reached);
    }

    // The best law whose quantity is pulled to a value is the best of all with the quantity that it has, however hard the pull.
    private double[] Constrained(Func<double[], double> log, double wanted, double[] from)
    {
        Residuals Pulled(double[] at)
        {
            Residuals data = _model.Evaluate(at);
            double[] slopes = [.. at.Select((_, j) => Pull * (log(Moved(at, j, Slope)) - log(Moved(at, j, -Slope))) / (2 * Slope))];
            return new([.. data.Values, Pull * (log(at) - wanted)], [.. data.Slopes, slopes]);
        }

        return _model.Restarts(from).Select(start => LevenbergMarquardt.Minimise(start, Pulled)).MinBy(end => Pulled(end).Squares)!;
    }

    private static double[] Moved(double[] at, int index, double change)
    {
        double[] moved = [.. at];
        moved[index] += change;
        return moved;
    }
}
