using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// A value with its derivative along one direction, over any scalar carrier: forward-mode differentiation.
/// <c>Dual&lt;Real&gt;</c> is a derivative, <c>Dual&lt;Dual&lt;Real&gt;&gt;</c> a second derivative,
/// <c>Dual&lt;Lanes&lt;float&gt;&gt;</c> a derivative of a whole register at once.
/// </summary>
/// <param name="Value">f(x).</param>
/// <param name="Tangent">f′(x)·ẋ.</param>
/// <typeparam name="S">The scalar carrier.</typeparam>
public readonly record struct Dual<S>(S Value, S Tangent) : IAlgebra<Dual<S>>
    where S : struct, IAlgebra<S>
{
    /// <summary>The variable of differentiation: tangent 1.</summary>
    /// <param name="x">Its value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Variable(S x) => new(x, S.Constant(x, 1));

    /// <summary>A datum: tangent 0.</summary>
    /// <param name="x">Its value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Constant(S x) => new(x, S.Constant(x, 0));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> operator +(Dual<S> left, Dual<S> right) => new(left.Value + right.Value, left.Tangent + right.Tangent);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> operator -(Dual<S> left, Dual<S> right) => new(left.Value - right.Value, left.Tangent - right.Tangent);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> operator *(Dual<S> left, Dual<S> right) =>
        new(left.Value * right.Value, (left.Tangent * right.Value) + (left.Value * right.Tangent));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> operator /(Dual<S> left, Dual<S> right)
    {
        S quotient = left.Value / right.Value;
        return new(quotient, (left.Tangent - (quotient * right.Tangent)) / right.Value);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> operator -(Dual<S> x) => new(-x.Value, -x.Tangent);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Scale(Dual<S> x, double factor) => new(S.Scale(x.Value, factor), S.Scale(x.Tangent, factor));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Shift(Dual<S> x, double offset) => new(S.Shift(x.Value, offset), x.Tangent);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Constant(Dual<S> like, double value) => Constant(S.Constant(like.Value, value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Exp(Dual<S> x)
    {
        S exp = S.Exp(x.Value);
        return new(exp, exp * x.Tangent);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Log(Dual<S> x) => new(S.Log(x.Value), x.Tangent / x.Value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Sqrt(Dual<S> x)
    {
        S root = S.Sqrt(x.Value);
        return new(root, x.Tangent / S.Scale(root, 2));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Abs(Dual<S> x)
    {
        S zero = S.Constant(x.Value, 0);
        return new(S.Abs(x.Value), S.SelectByOrder(x.Value, zero, -x.Tangent, zero, x.Tangent));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> ExpM1(Dual<S> x) => new(S.ExpM1(x.Value), S.Exp(x.Value) * x.Tangent);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> LogP1(Dual<S> x) => new(S.LogP1(x.Value), x.Tangent / S.Shift(x.Value, 1));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> ExpM1MinusX(Dual<S> x)
    {
        (S value, S slope) = S.ExpM1MinusXWithSlope(x.Value);
        return new(value, slope * x.Tangent);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Dual<S> Value, Dual<S> Slope) ExpM1MinusXWithSlope(Dual<S> x) => (ExpM1MinusX(x), ExpM1(x));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Log1MExp(Dual<S> x) => new(S.Log1MExp(x.Value), -x.Tangent / S.ExpM1(-x.Value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Sigmoid(Dual<S> x)
    {
        S value = S.Sigmoid(x.Value);
        return new(value, value * S.Sigmoid(-x.Value) * x.Tangent);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> LogSigmoid(Dual<S> x)
    {
        (S value, S slope) = S.LogSigmoidWithSlope(x.Value);
        return new(value, slope * x.Tangent);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Dual<S> Value, Dual<S> Slope) LogSigmoidWithSlope(Dual<S> x) => (LogSigmoid(x), Sigmoid(-x));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Min(Dual<S> left, Dual<S> right) => new(
        S.Min(left.Value, right.Value),
        S.SelectByOrder(left.Value, right.Value, left.Tangent, Mean(left.Tangent, right.Tangent), right.Tangent));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Max(Dual<S> left, Dual<S> right) => new(
        S.Max(left.Value, right.Value),
        S.SelectByOrder(left.Value, right.Value, right.Tangent, Mean(left.Tangent, right.Tangent), left.Tangent));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> Clamp(Dual<S> x, double low, double high) => new(
        S.Clamp(x.Value, low, high),
        S.SelectInside(x.Value, low, high, x.Tangent, S.Constant(x.Value, 0)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> StopGradient(Dual<S> x) => Constant(S.StopGradient(x.Value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> SelectByOrder(Dual<S> left, Dual<S> right, Dual<S> less, Dual<S> equal, Dual<S> greater) => new(
        S.SelectByOrder(left.Value, right.Value, less.Value, equal.Value, greater.Value),
        S.SelectByOrder(left.Value, right.Value, less.Tangent, equal.Tangent, greater.Tangent));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<S> SelectInside(Dual<S> x, double low, double high, Dual<S> inside, Dual<S> outside) => new(
        S.SelectInside(x.Value, low, high, inside.Value, outside.Value),
        S.SelectInside(x.Value, low, high, inside.Tangent, outside.Tangent));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S Mean(S left, S right) => S.Scale(left + right, 0.5);
}
