namespace RlCore.Algebra;

/// <summary>
/// A loss as a function of what is spent on it: L(x₁, x₂, …) = E + (Σ_j A_j / x_j^α_j)^p. With p = 1, one term and E = 0 it is a power law;
/// with one term, a power law over an irreducible loss (Henighan et al. 2020, eq. 1.1); with two, L(N, D) = E + A/N^α + B/D^β for N
/// parameters and D tokens (Hoffmann et al. 2022, eq. 2). With p = α_D, E = 0 and the terms (N_c/N)^(α_N/α_D) and D_c/D it is
/// L(N, D) = ((N_c/N)^(α_N/α_D) + D_c/D)^α_D (Kaplan et al. 2020, eq. 1.5).
/// </summary>
/// <param name="Irreducible">E, in nats: what no model and no data take away; not negative.</param>
/// <param name="Terms">The terms, one for each variable.</param>
public sealed record ScalingLaw(double Irreducible, IReadOnlyList<PowerTerm> Terms)
{
    /// <summary>
    /// Floating-point operations of training per parameter and token, forward and backward. Source: Kaplan et al. 2020, section 2.1.
    /// </summary>
    public const double OperationsPerParameterAndToken = 6;

    /// <summary>p: the power of the sum of the terms, positive.</summary>
    /// <value>1.</value>
    public double Power { get; init; } = 1;

    /// <summary>The loss, in nats.</summary>
    /// <param name="x">A positive number for each variable.</param>
    /// <exception cref="ArgumentException">There is not one number for each variable.</exception>
    public double Loss(params ReadOnlySpan<double> x)
    {
        if (x.Length != Terms.Count)
        {
            throw new ArgumentException($"{x.Length} numbers for {Terms.Count} variables: one of each is needed.", nameof(x));
        }

        double sum = 0;
        for (int j = 0; j < x.Length; j++)
        {
            sum += Terms[j].At(x[j]);
        }

        return Irreducible + Raised(sum);
    }

    /// <summary>The x at which a law of one variable reaches a loss; NaN of a loss that is not above the irreducible one.</summary>
    /// <param name="loss">In nats.</param>
    /// <exception cref="InvalidOperationException">The law has more variables.</exception>
    public double Inverse(double loss) =>
        loss > Irreducible ? Only.Inverse(Power == 1 ? loss - Irreducible : Math.Pow(loss - Irreducible, 1 / Power)) : double.NaN;

    /// <summary>
    /// The factor on x that divides the reducible loss L − E of a law of one variable by a divisor: divisor^(1/(αp)). Where E = 0 that is
    /// the whole loss.
    /// </summary>
    /// <param name="divisor">Positive.</param>
    /// <exception cref="InvalidOperationException">The law has more variables.</exception>
    public double MultiplierToDivideReducibleBy(double divisor) => Math.Pow(divisor, 1 / (Only.Exponent * Power));

    /// <summary>
    /// The split of compute C = 6·N·D that makes the loss of a law of two variables, N parameters and D tokens, least:
    /// N = G·(C/6)^(β/(α+β)) and D = C/(6·N), with G = (αA/(βB))^(1/(α+β)). Source: Hoffmann et al. 2022, eq. 4.
    /// </summary>
    /// <param name="compute">C, in floating-point operations; positive.</param>
    /// <exception cref="InvalidOperationException">The law does not have two variables.</exception>
    public ComputeSplit Split(double compute)
    {
        var (parameters, tokens) = Pair;
        double sum = parameters.Exponent + tokens.Exponent;
        double logGain = Math.Log(parameters.Exponent / tokens.Exponent) + Math.Log(parameters.Coefficient) - Math.Log(tokens.Coefficient);
        double product = Math.Log(compute / OperationsPerParameterAndToken);
        double logParameters = (logGain + (tokens.Exponent * product)) / sum;
        return new(Math.Exp(logParameters), Math.Exp(product - logParameters));
    }

    /// <summary>β/(α+β): parameters grow as this power of the compute, and tokens as one less this.</summary>
    /// <exception cref="InvalidOperationException">The law does not have two variables.</exception>
    public double SplitExponent => Pair.Tokens.Exponent / (Pair.Parameters.Exponent + Pair.Tokens.Exponent);

    /// <summary>
    /// The loss of a law of two variables as a law of compute, split as <see cref="Split"/> does: both terms fall as C^(−αβ/(α+β)), so
    /// that it is E + (K/C^(αβ/(α+β)))^p.
    /// </summary>
    /// <exception cref="InvalidOperationException">The law does not have two variables.</exception>
    public ScalingLaw OfCompute()
    {
        ComputeSplit unit = Split(1);
        var (parameters, tokens) = Pair;
        double exponent = parameters.Exponent * tokens.Exponent / (parameters.Exponent + tokens.Exponent);
        return new(Irreducible, [new(Raised(parameters.At(unit.Parameters) + tokens.At(unit.Tokens)), exponent * Power)]);
    }

    /// <summary>Whether another law has the same numbers.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(ScalingLaw? other) =>
        other is not null && Irreducible.Equals(other.Irreducible) && Power.Equals(other.Power) && Terms.SequenceEqual(other.Terms);

    /// <inheritdoc/>
    public override int GetHashCode() => Terms.Aggregate(HashCode.Combine(Irreducible, Power), HashCode.Combine);

    private double Raised(double sum) => Power == 1 ? sum : Math.Pow(sum, Power);

    private PowerTerm Only => Terms.Count == 1
        ? Terms[0]
        : throw new InvalidOperationException($"The law has {Terms.Count} variables: only a law of one can be inverted.");

    private (PowerTerm Parameters, PowerTerm Tokens) Pair => Terms.Count == 2
        ? (Terms[0], Terms[1])
        : throw new InvalidOperationException($"The law has {Terms.Count} variable(s): compute is split between parameters and tokens.");
}

/// <summary>A split of training compute.</summary>
/// <param name="Parameters">N.</param>
/// <param name="Tokens">D.</param>
public readonly record struct ComputeSplit(double Parameters, double Tokens);
