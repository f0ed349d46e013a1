namespace RlCore.Algebra;

/// <summary>A part of a loss that falls as a power: coefficient / x^exponent.</summary>
/// <param name="Coefficient">What it is at x = 1, in nats; positive.</param>
/// <param name="Exponent">How fast it falls.</param>
public sealed record PowerTerm(double Coefficient, double Exponent)
{
    /// <summary>The part at x, in nats.</summary>
    /// <param name="x">Positive.</param>
    public double At(double x) => Math.Exp(Math.Log(Coefficient) - (Exponent * Math.Log(x)));

    /// <summary>The x at which the part is a loss.</summary>
    /// <param name="loss">Positive, in nats.</param>
    public double Inverse(double loss) => Math.Exp((Math.Log(Coefficient) - Math.Log(loss)) / Exponent);

    /// <summary>The same as a power law (x/scale)^(−exponent), with scale = coefficient^(1/exponent).</summary>
    public PowerLaw ToPowerLaw() => new(Inverse(1), Exponent);
}
