using System.Numerics.Tensors;

namespace RlCore.Algebra;

/// <summary>
/// Runs and the law's form, in well-conditioned parameters θ: log E if there is an E, then log(A_j / x̄_j^α_j) and α_j of each term, x̄_j
/// the geometric mean of the variable. Of a law with a power, the last α is 1 (a power of the whole makes it so), and p stands in its
/// place.
/// </summary>
internal sealed class ScalingModel
{
    // Of the smallest loss, in logs: an irreducible loss that is smaller is none.
    private const double LeastIrreducible = -40;

    private static readonly double[] IrreducibleStarts = [0.9, 0.5, 0.1];
    private static readonly double[] ExponentStarts = [0.1, 0.3, 1];

    private readonly double[][] _logX;
    private readonly double[] _means;
    private readonly double[] _logLoss;
    private readonly int _first;
    private readonly bool _hasPower;

    /// <summary>Checks and centres the runs.</summary>
    /// <param name="x">The runs' numbers, an array for each variable.</param>
    /// <param name="losses">Their losses.</param>
    /// <param name="hasIrreducible">Whether there is an E.</param>
    /// <param name="hasPower">Whether the sum of the terms has a power, the exponent of the last term being 1.</param>
    /// <exception cref="ArgumentException">A law cannot be fitted to them.</exception>
    public ScalingModel(double[][] x, double[] losses, bool hasIrreducible, bool hasPower = false)
    {
        Require(x, losses, hasIrreducible);
        _first = hasIrreducible ? 1 : 0;
        _hasPower = hasPower;

        // In one order, so that the order of the runs does not even change rounding.
        int[] order = [.. Enumerable.Range(0, losses.Length).OrderBy(i => losses[i]).ThenBy(i => x[0][i]).ThenBy(i => x[^1][i])];
        double[][] logs = [.. x.Select(values => (double[])[.. order.Select(i => Math.Log(values[i]))])];
        _means = [.. logs.Select(values => Moments.Of(values).Mean)];
        _logX = [.. logs.Zip(_means, (values, mean) => (double[])[.. values.Select(value => value - mean)])];
        _logLoss = [.. order.Select(i => Math.Log(losses[i]))];
    }

    /// <summary>n.</summary>
    public int Runs => _logLoss.Length;

    /// <summary>The logarithm of the geometric mean of the variable, or of the compute of two.</summary>
    public double LogCentre => _means.Length == 1 ? _means[0] : _means.Sum() + Math.Log(ScalingLaw.OperationsPerParameterAndToken);

    /// <summary>p.</summary>
    public int Count => _first + (2 * _logX.Length);

    /// <summary>The θ of the least Σr².</summary>
    public double[] Fit()
    {
        double[] best = Starts().Select(start => LevenbergMarquardt.Minimise(start, Evaluate))
            .MinBy(end => Evaluate(end).Squares)!;
        if (_first > 0)
        {
            best[0] = Math.Max(best[0], _logLoss[0] + LeastIrreducible);
        }

        return best;
    }

    /// <summary>The law of θ.</summary>
    /// <param name="at">θ.</param>
    public ScalingLaw LawOf(double[] at) => new(
        _first > 0 ? Math.Exp(at[0]) : 0,
        [
            .. _means.Select((mean, j) =>
                new PowerTerm(Math.Exp(at[_first + (2 * j)] + (ExponentOf(at, j) * mean)), ExponentOf(at, j))),
        ])
    {
        Power = PowerOf(at),
    };

    /// <summary>
    /// r = log L(x) − log loss, and its derivatives: by log E and by a term's logarithm the share of each in L, by an exponent
    /// −share·log(x/x̄). With a power log L = p·log Σ, so that all of these are p times as large, and by p it is log Σ.
    /// </summary>
    /// <param name="at">θ.</param>
    public Residuals Evaluate(double[] at)
    {
        var values = new double[Runs];
        var slopes = new double[Runs][];
        for (int i = 0; i < values.Length; i++)
        {
            double[] shares = new double[_first + _logX.Length];
            if (_first > 0)
            {
                shares[0] = at[0];
            }

            for (int j = 0; j < _logX.Length; j++)
            {
                shares[_first + j] = at[_first + (2 * j)] - (ExponentOf(at, j) * _logX[j][i]);
            }

            double largest = TensorPrimitives.Max<double>(shares), power = PowerOf(at);
            double logSum = largest + Math.Log(shares.Sum(part => Math.Exp(part - largest)));
            values[i] = (power * logSum) - _logLoss[i];
            slopes[i] = new double[Count];
            if (_first > 0)
            {
                slopes[i][0] = Math.Exp(shares[0] - logSum);
            }

            for (int j = 0; j < _logX.Length; j++)
            {
                double share = power * Math.Exp(shares[_first + j] - logSum);
                slopes[i][_first + (2 * j)] = share;
                slopes[i][_first + (2 * j) + 1] = IsPower(j) ? logSum : -share * _logX[j][i];
            }
        }

        return new(values, slopes);
    }

    /// <summary>
    /// A θ, and others where no irreducible loss is left in it: log E has no slope there, so that nothing leads back to one.
    /// </summary>
    /// <param name="at">θ.</param>
    public IEnumerable<double[]> Restarts(double[] at) => _first > 0 && at[0] < _logLoss[0] + Math.Log(IrreducibleStarts[^1])
        ? [at, .. IrreducibleStarts.Select(part => (double[])[_logLoss[0] + Math.Log(part), .. at[1..]])]
        : [at];

    private bool IsPower(int term) => _hasPower && term == _logX.Length - 1;

    private double ExponentOf(double[] at, int term) => IsPower(term) ? 1 : at[_first + (2 * term) + 1];

    private double PowerOf(double[] at) => _hasPower ? at[^1] : 1;

    private IEnumerable<double[]> Starts()
    {
        double least = Math.Exp(_logLoss[0]), mean = Math.Exp(Moments.Of(_logLoss).Mean);
        return from part in _first > 0 ? IrreducibleStarts : [0]
               from first in ExponentStarts
               from second in _logX.Length > 1 ? ExponentStarts : [first]
               let height = (Math.Log(mean - (part * least)) / (_hasPower ? second : 1)) - Math.Log(_logX.Length)
               select (double[])
               [
                   .. _first > 0 ? [Math.Log(part * least)] : Array.Empty<double>(),
                   height, first,
                   .. _logX.Length > 1 ? [height, second] : Array.Empty<double>(),
               ];
    }

    private static void Require(double[][] x, double[] losses, bool hasIrreducible)
    {
        foreach (double[] values in x)
        {
            if (values.Length != losses.Length)
            {
                throw new ArgumentException($"{values.Length} numbers and {losses.Length} losses: a run has one of each.", nameof(losses));
            }
        }

        if (x.Append(losses).Any(values => values.Any(value => !(value > 0 && double.IsFinite(value)))))
        {
            throw new ArgumentException("A number that is not positive and finite: its logarithm is needed.", nameof(x));
        }

        int runs = ScalingFit.LeastRuns(x.Length, hasIrreducible), different = ScalingFit.LeastValues(hasIrreducible);
        if (losses.Length < runs)
        {
            throw new ArgumentException($"{losses.Length} runs: this law needs at least {runs}.", nameof(losses));
        }

        int found = x.Min(values => values.Distinct().Count());
        if (found < different)
        {
            throw new ArgumentException($"{found} different values of a variable: this law needs at least {different} of each.", nameof(x));
        }
    }
}
