using System.Globalization;

namespace RlCore.Algebra;

/// <summary>A double: the reference meaning of every formula.</summary>
/// <param name="Value">The number.</param>
public readonly record struct Real(double Value) : IAlgebra<Real>
{
    /// <summary>A double is a Real.</summary>
    public static implicit operator Real(double value) => new(value);

    /// <summary>A Real is a double.</summary>
    public static implicit operator double(Real value) => value.Value;

    /// <inheritdoc/>
    public static Real operator +(Real left, Real right) => new(left.Value + right.Value);

    /// <inheritdoc/>
    public static Real operator -(Real left, Real right) => new(left.Value - right.Value);

    /// <inheritdoc/>
    public static Real operator *(Real left, Real right) => new(left.Value * right.Value);

    /// <inheritdoc/>
    public static Real operator /(Real left, Real right) => new(left.Value / right.Value);

    /// <inheritdoc/>
    public static Real operator -(Real x) => new(-x.Value);

    /// <inheritdoc/>
    public static Real Scale(Real x, double factor) => new(x.Value * factor);

    /// <inheritdoc/>
    public static Real Shift(Real x, double offset) => new(x.Value + offset);

    /// <inheritdoc/>
    public static Real Constant(Real like, double value) => new(value);

    /// <inheritdoc/>
    public static Real Exp(Real x) => new(Math.Exp(x.Value));

    /// <inheritdoc/>
    public static Real Log(Real x) => new(Math.Log(x.Value));

    /// <inheritdoc/>
    public static Real Sqrt(Real x) => new(Math.Sqrt(x.Value));

    /// <inheritdoc/>
    public static Real Abs(Real x) => new(Math.Abs(x.Value));

    /// <inheritdoc/>
    public static Real ExpM1(Real x) => new(StableMath.ExpM1(x.Value));

    /// <inheritdoc/>
    public static Real LogP1(Real x) => new(StableMath.LogP1(x.Value));

    /// <inheritdoc/>
    public static Real ExpM1MinusX(Real x) => new(StableMath.ExpM1MinusX(x.Value));

    /// <inheritdoc/>
    public static (Real Value, Real Slope) ExpM1MinusXWithSlope(Real x) => (ExpM1MinusX(x), ExpM1(x));

    /// <inheritdoc/>
    public static Real Log1MExp(Real x) => new(StableMath.Log1MExp(x.Value));

    /// <inheritdoc/>
    public static Real Sigmoid(Real x) => new(StableMath.Sigmoid(x.Value));

    /// <inheritdoc/>
    public static Real LogSigmoid(Real x) => new(StableMath.LogSigmoid(x.Value));

    /// <inheritdoc/>
    public static (Real Value, Real Slope) LogSigmoidWithSlope(Real x) => (LogSigmoid(x), Sigmoid(-x));

    /// <inheritdoc/>
    public static Real Min(Real left, Real right) => new(Math.Min(left.Value, right.Value));

    /// <inheritdoc/>
    public static Real Max(Real left, Real right) => new(Math.Max(left.Value, right.Value));

    /// <inheritdoc/>
    public static Real Clamp(Real x, double low, double high) => new(Math.Clamp(x.Value, low, high));

    /// <inheritdoc/>
    public static Real StopGradient(Real x) => x;

    /// <inheritdoc/>
    public static Real SelectByOrder(Real left, Real right, Real less, Real equal, Real greater) =>
        left.Value < right.Value ? less : left.Value > right.Value ? greater : equal;

    /// <inheritdoc/>
    public static Real SelectInside(Real x, double low, double high, Real inside, Real outside) =>
        low <= x.Value && x.Value <= high ? inside : outside;

    /// <summary>The number, round-trip, in the invariant culture.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
